// The provisioner's own account in a server, and its Secret. The server's first administrator makes it, and raises it to an administrator
// where snapshot policies need one.
import type { Stored } from '../src/api/kubernetes.ts';
import { OPERATOR_USER } from '../src/api/names.ts';
import type { SecretObject } from '../src/api/secret-data.ts';
import { DittoFsError, urlOf, type Account, type DittoFsApi, type Session } from '../src/dittofs/index.ts';
import { operatorSecret } from '../src/manifests/index.ts';
import { known, valueOf, type Facts } from '../src/requirements/facts.ts';
import { liveOf } from './observe/live.ts';
import { accountOf, adminOf, serverApiFact } from './observe/server-api.ts';
import { enablePortmapper } from './portmapper.ts';
import { Refused } from './server-api-failure.ts';
import type { Visit } from './server-visit.ts';
import type { Work } from './step.ts';

/** A session of the first administrator. @throws Refused when there is none to be had */
async function asAdmin<T>({ work, key, api }: Visit, run: (session: Session) => Promise<T>): Promise<T> {
  const { credentials, where } = adminOf(work.server, work.observation.secrets);
  const refused = (why: string): Refused =>
    new Refused({ reason: 'AuthenticationFailed', message: `the server does not let its user admin in: ${why}` });
  if (!credentials) throw refused(`${where} does not exist`);
  try {
    return await work.call.deps.sessions.use(key, api, credentials, run);
  } catch (error) {
    if (!(error instanceof DittoFsError)) throw error;
    if (error.kind === 'unauthorized') throw refused(`it refuses the password in ${where}`);
    if (error.kind === 'password-change')
      throw refused(`it wants a new password first; log in as admin, set one, and put it into ${where}`);
    throw error;
  }
}

/** The Secret of the account: made once, or made whole again. Before the account, so that no password is ever lost. */
async function writeAccount({ work, endpoint }: Visit): Promise<readonly [Account, Stored<SecretObject> | undefined]> {
  const { call, server, observation } = work;
  const { kube, randomBytes } = call.deps;
  const live = valueOf(observation.facts.serverApi.account);
  const before = accountOf(server, observation.secrets);
  if (before && live?.ownership === 'ours') return [before, undefined];
  const password = before?.password ?? Buffer.from(randomBytes(18)).toString('base64url');
  const secret = operatorSecret(server, { password, url: urlOf(endpoint) });
  const stored: Stored<SecretObject> = live
    ? await kube.apply({ ...secret, metadata: { ...secret.metadata, uid: live.uid } }, { signal: call.signal })
    : await kube.create(secret, { signal: call.signal });
  return [{ username: OPERATOR_USER, password, own: true }, stored];
}

/** Errors of what is a favour only: a server without it is no less served. */
async function favour(task: Promise<void>): Promise<void> {
  try {
    await task;
  } catch (error) {
    if (!(error instanceof DittoFsError) || error.passing) throw error;
  }
}

/** Makes the account, or sets its password and role where it exists. */
async function makeAccount(api: DittoFsApi, token: string, account: Account): Promise<void> {
  try {
    await api.createUser(token, { ...account, role: 'operator' });
  } catch (error) {
    if (!(error instanceof DittoFsError) || error.kind !== 'conflict') throw error;
    await api.resetPassword(token, account);
    await api.setRole(token, account.username, 'operator');
  }
}

/** Our account, made or made right, with its Secret where that had to be written. @throws Refused when no administrator lets us */
export async function provision(at: Visit): Promise<readonly [Account, Stored<SecretObject> | undefined]> {
  const { api, key, work } = at;
  return asAdmin(at, async ({ token }) => {
    const writing = writeAccount(at);
    const favouring = favour(enablePortmapper(api, token));
    // Nothing is left running behind a failure.
    await Promise.allSettled([writing, favouring]);
    const [account, secret] = await writing;
    // Before the account, which tells later steps that this was done.
    await favouring;
    await makeAccount(api, token, account);
    work.call.deps.sessions.forget(key, account);
    return [account, secret] as const;
  });
}

/** Makes the account the operator again that it was before there were snapshot policies. */
export async function demote({ api, key, work }: Visit, account: Account): Promise<void> {
  const { sessions } = work.call.deps;
  await sessions.use(key, api, account, ({ token }) => api.setRole(token, account.username, 'operator'));
  sessions.forget(key, account);
}

/** A session that may set policies: the account becomes an administrator for as long as there are any. */
export async function asPolicyMaker<T>(at: Visit, account: Account, run: (session: Session) => Promise<T>): Promise<T> {
  const { api, key, work } = at;
  const { sessions } = work.call.deps;
  const { role } = await sessions.open(key, api, account);
  if (role !== 'admin') {
    await asAdmin(at, ({ token }) => api.setRole(token, account.username, 'admin'));
    sessions.forget(key, account);
  }
  return sessions.use(key, api, account, run);
}

/** Facts with the account's Secret as it was written. */
export function withAccount(facts: Facts, work: Work, secret: Stored<SecretObject> | undefined): Facts {
  if (!secret) return facts;
  const { server, observation, call } = work;
  const secrets = new Map(observation.secrets).set(secret.metadata.name, known(secret));
  return {
    ...facts,
    serverApi: { ...facts.serverApi, ...serverApiFact(server, secrets, call.deps.clusterDomain), account: known(liveOf(secret, server)) }, // prettier-ignore
    seen: { ...facts.seen, [secret.metadata.uid]: secret.metadata.resourceVersion },
  };
}

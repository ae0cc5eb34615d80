// The steps that talk to a server's own API: log in with an account of our own (making it where it is not), see what the server says,
// and set its snapshot policies. What does not succeed is remembered with its cause; the requirements decide when it is tried again.
import type { Stored } from '../src/api/kubernetes.ts';
import { OPERATOR_USER } from '../src/api/names.ts';
import { SERVER_API, type Failure, type ServerApiMemory } from '../src/api/verdict.ts';
import {
  answerDigest,
  DittoFsError,
  endpointDigest,
  inspect,
  urlOf,
  type Account,
  type Answer,
  type DittoFsApi,
  type Endpoint,
  type Session,
} from '../src/dittofs/index.ts';
import { operatorSecret } from '../src/manifests/index.ts';
import { askedOnce } from '../src/requirements/asked.ts';
import { needsAdmin, serverApiBasis } from '../src/requirements/authenticated.ts';
import { known, valueOf, type Facts } from '../src/requirements/facts.ts';
import { policiesBasis } from '../src/requirements/snapshot-policies.ts';
import { expose, withAdapterFacts } from './adapters.ts';
import { failureOfApi, Refused } from './server-api-failure.ts';
import { enablePortmapper } from './portmapper.ts';
import { liveOf } from './observe/live.ts';
import type { SecretObject } from './observe/secrets.ts';
import { accountOf, adminOf, endpointOf, serverApiFact } from './observe/server-api.ts';
import type { Act, Outcome } from './outcome.ts';
import { NoSlot } from './slots.ts';
import type { Work } from './step.ts';
import { differingPolicies, wantedPolicies } from './policies.ts';

/** One server, and who we are there. */
interface Visit {
  readonly work: Work;
  readonly endpoint: Endpoint;
  /** Tells this server's sessions apart. */
  readonly key: string;
  readonly api: DittoFsApi;
}

/** For all calls together: so much less than the step has that its outcome, whatever it is, is still told and remembered. */
const TALK_MS = 6_500;

function visit(work: Work): Visit {
  const { call, server, observation } = work;
  const endpoint = endpointOf(server, observation.secrets, call.deps.clusterDomain);
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(TALK_MS)]);
  return { work, endpoint, key: endpointDigest(endpoint), api: call.deps.dittofs.at(endpoint, signal) };
}

const BUSY: Failure = {
  reason: 'APIBusy',
  message: 'other servers that do not answer are being asked just now',
  notAsked: true,
};

/** A failure in our own words; what is none of the API's own errors is thrown on. */
async function inSlot<T>({ work, endpoint }: Visit, troubled: boolean, task: () => Promise<T>): Promise<T | Failure> {
  try {
    return await work.call.deps.slots.run(task, troubled);
  } catch (error) {
    if (error instanceof NoSlot) return BUSY;
    if (error instanceof Refused) return error.failure;
    if (error instanceof DittoFsError) return failureOfApi(error, urlOf(endpoint));
    throw error;
  }
}

const isFailure = (value: object): value is Failure => 'reason' in value && 'message' in value;

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

async function provision(at: Visit): Promise<readonly [Account, Stored<SecretObject> | undefined]> {
  const { api, key, work } = at;
  return asAdmin(at, async ({ token }) => {
    const [account, secret] = await writeAccount(at);
    await favour(enablePortmapper(api, token));
    await makeAccount(api, token, account);
    work.call.deps.sessions.forget(key, account);
    return [account, secret] as const;
  });
}

/** The answer, and the Secret if it was written. */
interface Talk {
  readonly answer: Answer;
  readonly secret?: Stored<SecretObject> | undefined;
}

const isRefusal = ({ problem }: Answer): boolean =>
  problem?.kind === 'unauthorized' || problem?.kind === 'password-change';

/** What only an administrator can mend: no account, one that is refused, or one that lacks its role. */
const needsProvisioning = (answer: Answer, account: Account | undefined): boolean =>
  answer.database !== 'unreachable' &&
  ((!account && !answer.problem) ||
    isRefusal(answer) ||
    answer.problem?.kind === 'forbidden' ||
    answer.role === 'user');

async function talk(at: Visit): Promise<Talk> {
  const { work, api, key } = at;
  const { facts, secrets } = work.observation;
  const { sessions } = work.call.deps;
  const withPolicies = needsAdmin(facts);
  const ask = (account: Account | undefined): Promise<Answer> =>
    inspect({ server: key, api, sessions, account, withPolicies });

  const account = accountOf(work.server, secrets);
  const answer = await ask(account);
  if (needsProvisioning(answer, account)) {
    const [made, secret] = await provision(at);
    return { answer: await ask(made), secret };
  }
  if (account && answer.role === 'admin' && !withPolicies) {
    await sessions.use(key, api, account, ({ token }) => api.setRole(token, OPERATOR_USER, 'operator'));
    sessions.forget(key, account);
    return { answer: await ask(account) };
  }
  return { answer };
}

function failureOfAnswer({ database, problem, adapters }: Answer, endpoint: Endpoint): Failure | undefined {
  if (problem) return failureOfApi(problem, urlOf(endpoint));
  if (database === 'unreachable') {
    const message = 'the server does not reach its database, so that it can let nobody in';
    return { reason: 'APIUnreachable', message };
  }
  return adapters ? undefined : { reason: 'APIRefused', message: 'the server did not tell its adapters' };
}

/** Facts with the account's Secret as it was written. */
function withAccount(facts: Facts, work: Work, secret: Stored<SecretObject> | undefined): Facts {
  if (!secret) return facts;
  const { server, observation, call } = work;
  const secrets = new Map(observation.secrets).set(secret.metadata.name, known(secret));
  return {
    ...facts,
    serverApi: { ...facts.serverApi, ...serverApiFact(server, secrets, call.deps.clusterDomain), account: known(liveOf(secret, server)) }, // prettier-ignore
    seen: { ...facts.seen, [secret.metadata.uid]: secret.metadata.resourceVersion },
  };
}

/** What is remembered of an answer; the basis is that of the facts as they are with it. */
function withAnswer(facts: Facts, now: number, answer: Answer, failure: Failure | undefined): Facts {
  const before = facts.memory.serverApi;
  const digest = answerDigest(answer);
  const serverApi: ServerApiMemory = {
    ...before,
    digest,
    // A server that cannot be asked says nothing of its database.
    database: answer.database === 'unknown' ? (before?.database ?? 'unknown') : answer.database,
    ...(answer.adapters && { adapters: answer.adapters }),
  };
  const told: Facts = {
    ...facts,
    memory: { ...facts.memory, serverApi },
    seen: { ...facts.seen, [SERVER_API]: digest },
  };
  const asked = askedOnce(before?.asked, serverApiBasis(told), now, failure);
  return { ...told, memory: { ...told.memory, serverApi: { ...serverApi, asked } } };
}

/** Nothing was learned: what is known stays, with the reason. */
function withoutAnswer(facts: Facts, now: number, failure: Failure): Facts {
  const before = facts.memory.serverApi ?? { digest: '', database: 'unknown' };
  const asked = askedOnce(before.asked, serverApiBasis(facts), now, failure);
  return { ...facts, memory: { ...facts.memory, serverApi: { ...before, asked } } };
}

/** Logs in, sees what the server says, and makes its adapters reachable. */
export const connectServerApi: Act = async (work): Promise<Outcome> => {
  const { facts } = work.observation;
  const { now, log } = work.call.deps;
  const at = visit(work);
  const talked = await inSlot(at, (facts.memory.serverApi?.asked?.failures ?? 0) > 0, () => talk(at));
  if (isFailure(talked)) {
    log.warn({ step: 'connectServerApi', reason: talked.reason }, talked.message);
    return { facts: withoutAnswer(facts, now(), talked) };
  }
  const { answer, secret } = talked;
  const failure = failureOfAnswer(answer, at.endpoint);
  const told = withAnswer(withAccount(facts, work, secret), now(), answer, failure);
  if (failure) return { facts: told };
  const [judged, lives] = await withAdapterFacts(work, told);
  return expose(work, judged, lives);
};

/** A session that may set policies: the account becomes an administrator for as long as there are any. */
async function asPolicyMaker<T>(at: Visit, account: Account, run: (session: Session) => Promise<T>): Promise<T> {
  const { api, key, work } = at;
  const { sessions } = work.call.deps;
  const { role } = await sessions.open(key, api, account);
  if (role !== 'admin') {
    await asAdmin(at, ({ token }) => api.setRole(token, account.username, 'admin'));
    sessions.forget(key, account);
  }
  return sessions.use(key, api, account, run);
}

interface Set {
  /** Shares that do not exist. */
  readonly missing: readonly string[];
  /** What the server says afterwards. */
  readonly answer: Answer;
}

/** Sets what differs. */
async function setPolicies(at: Visit, account: Account): Promise<Set> {
  const { api, key, work } = at;
  const { sessions } = work.call.deps;
  return asPolicyMaker(at, account, async ({ token }) => {
    const missing: string[] = [];
    const live = await api.snapshotPolicies(token);
    for (const policy of differingPolicies(wantedPolicies(work.server), live)) {
      try {
        await api.putSnapshotPolicy(token, policy);
      } catch (error) {
        if (!(error instanceof DittoFsError) || error.kind !== 'not-found') throw error;
        missing.push(policy.share);
      }
    }
    return { missing, answer: await inspect({ server: key, api, sessions, account, withPolicies: true }) };
  });
}

/** The snapshot policies of the specification. Those that are not in it are left alone: somebody may have made them by hand. */
export const applySnapshotPolicies: Act = async (work): Promise<Outcome> => {
  const { facts, secrets } = work.observation;
  const at = visit(work);
  const account = accountOf(work.server, secrets);
  const before = facts.memory.serverApi;
  if (!account || !before) return { facts };
  const done = await inSlot(at, (before.policies?.failures ?? 0) > 0, () => setPolicies(at, account));
  const failure = isFailure(done) ? done : missingShares(done.missing);
  const now = work.call.deps.now();
  // The answer has changed by our own doing, and is no reason to ask again.
  const after = isFailure(done) || done.answer.problem ? facts : withAnswer(facts, now, done.answer, undefined);
  const { serverApi = before } = after.memory;
  const policies = askedOnce(before.policies, policiesBasis(after), now, failure);
  return { facts: { ...after, memory: { ...after.memory, serverApi: { ...serverApi, policies } } } };
};

function missingShares(missing: readonly string[]): Failure | undefined {
  if (missing.length === 0) return undefined;
  return { reason: 'ShareMissing', message: `the server has no share ${missing.join(', ')}` };
}

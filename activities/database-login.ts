// The step that tries credentials on the database: new ones before a running server is rolled to them, present ones where a server is in
// trouble that the database may explain.
import type { Reason } from '../src/api/reasons.ts';
import { textIn, type SecretData } from '../src/api/secret-data.ts';
import type { Failure } from '../src/api/verdict.ts';
import { settings } from '../src/manifests/index.ts';
import type { LoginOutcome, LoginTarget } from '../src/postgres/index.ts';
import { loginOccasion, triedLogin, type LoginOccasion } from '../src/requirements/database-login.ts';
import { NoSlot } from './slots.ts';
import type { Secrets } from './observe/secrets.ts';
import type { Act, Outcome } from './outcome.ts';
import type { Work } from './step.ts';

const dataOf = (secrets: Secrets, name: string): SecretData | undefined => {
  const fact = secrets.get(name);
  return fact?.state === 'known' ? fact.value.data : undefined;
};

const PORT = 5432;
const SSL_MODE = 'require';

function loginWith(data: SecretData | undefined, databaseKey: string): LoginTarget | undefined {
  const text = (key: string): string => textIn(data, key);
  const login = { host: text('host'), user: text('user'), password: text('password'), database: text(databaseKey) };
  if (Object.values(login).includes('')) return undefined;
  return { ...login, port: Number(text('port') || PORT), sslMode: text('sslmode') || SSL_MODE };
}

/** Which database it is, for people: nothing of what stands in a Secret of theirs. */
function calledOf({ server }: Work, { host, port }: LoginTarget): string {
  const { percona, externalPostgres } = settings(server);
  return percona ? `the database at ${host}:${port}` : `the database of Secret "${externalPostgres ?? ''}"`;
}

/** What the pod is to get, from the same Secrets; undefined when a part is missing, which is judged elsewhere. */
function targetOf({ server, observation: { secrets } }: Work): LoginTarget | undefined {
  const { percona, externalPostgres, names } = settings(server);
  if (!percona) return loginWith(dataOf(secrets, externalPostgres ?? ''), 'database');
  const ca = textIn(dataOf(secrets, names.postgresCertSecret), 'ca.crt');
  const login = loginWith(dataOf(secrets, names.postgresUserSecret), 'dbname');
  return login && { ...login, sslMode: percona.sslMode, ...(ca && { ca }) };
}

const BUSY = {
  outcome: 'unreachable',
  why: 'others that do not answer are being tried just now',
  notAsked: true,
} as const;

type Found = LoginOutcome | typeof BUSY;

async function tryLogin({ call: { deps, signal } }: Work, target: LoginTarget, troubled: boolean): Promise<Found> {
  try {
    return await deps.slots.run(() => deps.tryLogin(target, signal), troubled);
  } catch (error) {
    if (!(error instanceof NoSlot)) throw error;
    return BUSY;
  }
}

type Why = LoginOccasion['why'];

const REFUSED: Readonly<Record<Why, string>> = {
  'new configuration': 'does not accept the new credentials',
  start: 'does not accept the credentials that the server starts with',
  serving: 'does not accept the credentials of the server, which runs without it',
};

const UNREACHABLE: Readonly<Record<Why, readonly [Reason, string]>> = {
  'new configuration': ['DatabaseLoginUnchecked', 'cannot be tried from here'],
  start: ['DatabaseUnreachable', 'is waited for by the server, and does not answer from here either'],
  serving: ['DatabaseUnreachable', 'is not reached by the server, nor from here'],
};

function failureOf(found: Found, called: string, why: Why): Failure | undefined {
  if (found.outcome === 'accepted') return undefined;
  const [reason, what]: readonly [Reason, string] =
    found.outcome === 'refused' ? ['DatabaseLoginRefused', REFUSED[why]] : UNREACHABLE[why];
  const message = `${called} ${what}: ${found.why}`;
  return { reason, message, ...('notAsked' in found && { notAsked: true }) };
}

export const verifyDatabaseLogin: Act = async (work): Promise<Outcome> => {
  const { facts } = work.observation;
  const { memory } = facts;
  const occasion = loginOccasion(facts);
  const target = targetOf(work);
  if (!occasion || !target) return { facts };
  const before = memory.databaseLogin;
  const found = await tryLogin(work, target, (before?.failures ?? 0) > 0);
  const failure = failureOf(found, calledOf(work, target), occasion.why);
  const { outcome } = found;
  const databaseLogin = triedLogin(before, occasion, {
    outcome,
    atMs: work.call.deps.now(),
    ...(failure && { failure }),
  });
  if (failure) work.call.deps.log.warn({ step: 'verifyDatabaseLogin', reason: failure.reason }, failure.message);
  return { facts: { ...facts, memory: { ...memory, databaseLogin } } };
};

// A login to the database from here, where it says what nothing else does: whether new credentials work, before a running server is rolled
// to them; and why a server does not get through its start, or says that its database is away. A first start is not held up by it: there
// the init container tries from the very pod, but tells nothing before it gives up.
import { digest } from '../api/fingerprint.ts';
import { CONTAINERS } from '../api/names.ts';
import type { LoginMemory } from '../api/verdict.ts';
import { askAgainMs, askedOnce, pauseMs } from './asked.ts';
import { areNew, restLeftMs } from './credentials-rest.ts';
import { serverSaysUnreachable } from './database-serving.ts';
import { hasPostgres, type Facts, type PodFact, valueOf } from './facts.ts';
import { holds, met, OFF, pending, wait, type ActFinding, type Finding, type Requirement } from './finding.ts';
import { holdLeftMs } from './postgres-ready.ts';
import { isNewHash } from './stateful-set-plan.ts';

/** How long the init container may wait before it is asked for the reason; usual is a second. */
export const START_PATIENCE_MS = 5_000;

/** Why a login is to be tried. */
export interface LoginOccasion {
  readonly why: 'new configuration' | 'start' | 'serving';
  /** Digest of what the answer will rest on. */
  readonly basis: string;
}

/** Whether the pod does not get through its start, for a reason that may be its database. */
function isHeldAtStart({ ready, terminating, initContainers, containers }: PodFact, nowMs: number): boolean {
  if (ready || terminating) return false;
  const init = initContainers.find(({ name }) => name === CONTAINERS.waitForPostgres);
  const began = init?.state?.running?.startedAt;
  const failed = [init, containers.find(({ name }) => name === CONTAINERS.server)].some(
    (container) => (container?.lastState?.terminated?.exitCode ?? 0) !== 0,
  );
  return failed || (began !== undefined && nowMs - Date.parse(began) >= START_PATIENCE_MS);
}

/** The occasion that a server gives which has the present configuration. */
function troubleOf(facts: Facts, hash: string): LoginOccasion | undefined {
  const { pods, memory, nowMs } = facts;
  if (serverSaysUnreachable(facts)) {
    return { why: 'serving', basis: digest([hash, 'serving', memory.serverApi?.digest ?? '']) };
  }
  const held = valueOf(pods)?.find((pod) => isHeldAtStart(pod, nowMs));
  return held && { why: 'start', basis: digest([hash, 'start', held.uid]) };
}

/** The occasion for a login; undefined when there is none, or the configuration is not known or to be waited for. */
export function loginOccasion(facts: Facts): LoginOccasion | undefined {
  const { configHash, statefulSet } = facts;
  const live = valueOf(statefulSet);
  if (configHash.state !== 'computed' || live?.ownership !== 'ours') return undefined;
  if (!isNewHash(facts, live)) return troubleOf(facts, configHash.hash);
  if (holdLeftMs(facts) > 0 || restLeftMs(facts) > 0) return undefined;
  return { why: 'new configuration', basis: configHash.hash };
}

const SUMMARIES = {
  'new configuration': 'try the new credentials on the database',
  start: 'find out why the server does not get through its start',
  serving: 'find out why the server does not reach its database',
} as const satisfies Readonly<Record<LoginOccasion['why'], string>>;

function tryLogin({ memory }: Facts, { why, basis }: LoginOccasion): ActFinding {
  return {
    state: 'act',
    step: 'verifyDatabaseLogin',
    intent: digest([basis, memory.databaseLogin?.asks ?? 0]),
    summary: SUMMARIES[why],
    needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'postgresReady', 'credentialsWhole'], // prettier-ignore
    reason: 'DatabaseLoginDue',
    message: 'the credentials are to be tried on the database',
  };
}

/** What explains nothing does not hold for long: the database may be another by now, or let in only those who come from here. */
function againMs({ memory: { databaseLogin }, nowMs }: Facts, { why, basis }: LoginOccasion): number | undefined {
  const again = askAgainMs(databaseLogin, basis, nowMs);
  if (again !== undefined || why === 'new configuration' || !databaseLogin) return again;
  return Math.max(0, databaseLogin.atMs + pauseMs(databaseLogin.unexplained ?? 0) - nowMs);
}

/** What is remembered after a login was tried. */
export function triedLogin(
  before: LoginMemory | undefined,
  { why, basis }: LoginOccasion,
  { outcome, atMs, failure }: Pick<LoginMemory, 'outcome' | 'atMs' | 'failure'>,
): LoginMemory {
  const asked = askedOnce(before, basis, atMs, failure);
  if (failure || why === 'new configuration') return { ...asked, outcome };
  return { ...asked, outcome, unexplained: ((before?.basis === basis && before.unexplained) || 0) + 1 };
}

/** Where the database cannot be reached from here, only a change of its own credentials waits for that. What an external one had is not known. */
function holdsNothingBack(facts: Facts, { why }: LoginOccasion): boolean {
  const isUnchecked = facts.memory.databaseLogin?.failure?.reason === 'DatabaseLoginUnchecked';
  return why === 'new configuration' && isUnchecked && facts.server.spec?.percona?.enabled === true && !areNew(facts);
}

function judgeLogin(facts: Facts, occasion: LoginOccasion): Finding {
  const { databaseLogin } = facts.memory;
  const recheckMs = againMs(facts, occasion);
  if (recheckMs === 0) return tryLogin(facts, occasion);
  if (recheckMs === undefined || !databaseLogin?.failure || holdsNothingBack(facts, occasion))
    return met('PostgresReady', 'PostgreSQL is ready and accepts the credentials');
  return wait(databaseLogin.failure.reason, databaseLogin.failure.message, { recheckMs });
}

export const databaseLogin: Requirement = {
  name: 'databaseLogin',
  condition: 'DatabaseReady',
  judge: (facts, earlier) => {
    const occasion = hasPostgres(facts) ? loginOccasion(facts) : undefined;
    if (!occasion) return OFF;
    if (holds(earlier, 'postgresReady') && holds(earlier, 'credentialsWhole')) return judgeLogin(facts, occasion);
    if (occasion.why !== 'new configuration') return OFF;
    return pending('DatabaseBlocked', 'new credentials are tried when the database is ready');
  },
};

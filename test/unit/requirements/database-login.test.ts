// When a login to the database is tried from here, and what its three outcomes hold back: new credentials wait for it, a server in
// trouble is told why, and a first start is never held up.
import { digest } from '../../../src/api/fingerprint.ts';
import type { Failure, LoginMemory } from '../../../src/api/verdict.ts';
import { LONGEST_PAUSE_MS } from '../../../src/requirements/asked.ts';
import { databaseLogin, START_PATIENCE_MS } from '../../../src/requirements/database-login.ts';
import { known, type PodFact } from '../../../src/requirements/facts.ts';
import { met, OFF, wait, type Finding } from '../../../src/requirements/finding.ts';
import { ANSWERED, container, credentials, DATABASE_DOWN, earlier, factsWith, FRESH, HASH, NEW_HASH, NOW_MS, pod, SQLITE, statefulSet, unread, type Changes } from './facts.ts'; // prettier-ignore

const DATABASE_READY = earlier({ postgresReady: met('PostgresReady', 'ready'), credentialsWhole: met('PostgresReady', 'whole') }); // prettier-ignore
const judge = (changes: Changes): Finding => databaseLogin.judge(factsWith(changes), DATABASE_READY);

/** A running server is to get another configuration. */
const NEW: Changes = { configHash: { state: 'computed', hash: NEW_HASH } };
const before = (changes: Partial<LoginMemory> = {}): LoginMemory => ({
  basis: HASH,
  asks: 4,
  atMs: NOW_MS - 60 * LONGEST_PAUSE_MS,
  failures: 0,
  outcome: 'accepted',
  ...changes,
});
const remembering = (login: Partial<LoginMemory>): Changes => ({ memory: { databaseLogin: before(login) } });
const REFUSED: Failure = { reason: 'DatabaseLoginRefused', message: 'the database does not accept the credentials' };
const UNCHECKED: Failure = { reason: 'DatabaseLoginUnchecked', message: 'the database cannot be tried from here' };
const AWAY: Failure = { reason: 'DatabaseUnreachable', message: 'the database does not answer from here either' };
const BUSY: Failure = { ...UNCHECKED, notAsked: true };
const tried = (basis: string, failure: Failure, agoMs = 0, failures = 1): Changes =>
  remembering({ basis, failure, failures, atMs: NOW_MS - agoMs, outcome: failure === REFUSED ? 'refused' : 'unreachable' }); // prettier-ignore

const external = (changes: Changes = {}): Changes => ({
  ...SQLITE,
  spec: { ...SQLITE.spec, database: { postgresSecretRef: { name: 'own-postgres', key: '' } } },
  statefulSet: statefulSet({ onPostgres: false, onExternalPostgres: true }),
  ...changes,
});

const waiting = (sinceMs: number): PodFact =>
  pod({ initContainers: [container({ running: { startedAt: new Date(NOW_MS - sinceMs).toISOString() } }, { name: 'wait-for-postgres' })] }); // prettier-ignore
const failed = (name: string, exitCode = 1): PodFact => {
  const broken = container(undefined, { name, lastState: { terminated: { exitCode } } });
  return name === 'dittofs' ? pod({ containers: [broken] }) : pod({ initContainers: [broken] });
};
const held = (one: PodFact = waiting(START_PATIENCE_MS)): Changes => ({ pods: known([one]) });
const START_BASIS = digest([HASH, 'start', 'u-pod']);
const SAYS_DEAD = { ...ANSWERED, database: 'unreachable' } as const;
const DEAD: Changes = { memory: { serverApi: SAYS_DEAD, databaseLogin: before() } };
const SERVING_BASIS = digest([HASH, 'serving', ANSWERED.digest]);

const ACT = { state: 'act', step: 'verifyDatabaseLogin', reason: 'DatabaseLoginDue' };
const DUE = { ...ACT, summary: 'try the new credentials on the database' };
const DUE_START = { ...ACT, summary: 'find out why the server does not get through its start' };
const DUE_SERVING = { ...ACT, summary: 'find out why the server does not reach its database' };
const ACCEPTED = { state: 'met', reason: 'PostgresReady' };

describe('no login is tried', () => {
  test.each<[string, Changes]>([
    ['on SQLite', { ...SQLITE, configHash: { state: 'computed', hash: NEW_HASH } }],
    ['for a configuration that the server has', {}],
    ['for a first start', FRESH],
    ['for a first start whose configuration is known', { ...FRESH, configHash: { state: 'computed', hash: HASH } }],
    ['while the new configuration is not whole', { configHash: { state: 'incomplete' }, ...held() }],
    ['before generated Secrets are made', { configHash: { state: 'due' }, ...held() }],
    ['for a StatefulSet that is somebody else’s', { ...NEW, statefulSet: statefulSet({ ownership: 'foreign' }) }],
    ['for a StatefulSet that may not be read', { ...NEW, statefulSet: unread('no') }],
    ['while the database’s ready is younger than five seconds', { ...NEW, memory: { databaseReadySinceMs: NOW_MS - 4_999 } }],
    ['while the new credentials may still change (R1)', { ...NEW, memory: { credentials: { hash: NEW_HASH, writtenAt: 'w2', sinceMs: NOW_MS - 4_999, changes: 2, inUse: 'w1' } } }],
    ['for a pod whose init container has just begun to wait', held(waiting(START_PATIENCE_MS - 1))],
    ['for a pod that is ready, whatever it went through', held({ ...failed('wait-for-postgres'), ready: true })],
    ['for a pod that is going', held({ ...failed('wait-for-postgres'), terminating: true })],
    ['for a pod whose init container ended well', held(failed('wait-for-postgres', 0))],
    ['for a pod that waits for another init container', held(pod({ initContainers: [container({ running: { startedAt: new Date(0).toISOString() } }, { name: 'mesh' })] }))],
    ['for a server that says so of its database and does not run any more', { memory: { serverApi: SAYS_DEAD }, statefulSet: statefulSet({ readyReplicas: 0 }) }],
    ['where pods may not be read', { pods: unread('no') }],
  ])('%s', (_, changes) => {
    expect(judge(changes)).toEqual(OFF);
  }); // prettier-ignore
});

describe('new credentials, before a running server is rolled to them', () => {
  test.each<[string, Changes, object]>([
    ['were never tried', { ...NEW, ...remembering({}) }, DUE],
    ['have rested for five seconds (R1)', { ...NEW, memory: { databaseLogin: before(), credentials: { hash: NEW_HASH, writtenAt: 'w2', sinceMs: NOW_MS - 5_000, changes: 2, inUse: 'w1' } } }, DUE],
    ['are accepted', NEW, ACCEPTED],
    ['were accepted long ago: that is not asked again', { ...NEW, ...remembering({ basis: NEW_HASH }) }, ACCEPTED],
    ['are refused: the server keeps those that it has', { ...NEW, ...tried(NEW_HASH, REFUSED) }, { state: 'wait', ...REFUSED, budget: 'database', recheckMs: 5_000 }],
    ['have been refused again and again', { ...NEW, ...tried(NEW_HASH, REFUSED, 0, 30) }, { state: 'wait', recheckMs: LONGEST_PAUSE_MS }],
    ['were refused, and it is time to try again', { ...NEW, ...tried(NEW_HASH, REFUSED, 5_000) }, DUE],
    ['were refused, and others have come', { ...NEW, ...tried('c'.repeat(64), REFUSED) }, DUE],
    ['cannot be tried from here', { ...NEW, ...tried(NEW_HASH, UNCHECKED) }, { state: 'wait', ...UNCHECKED, budget: 'database' }],
    ['were not tried for want of a turn', { ...NEW, ...tried(NEW_HASH, BUSY, 0, 9) }, { state: 'wait', reason: 'DatabaseLoginUnchecked', recheckMs: 5_000 }],
    ['of an external PostgreSQL were never tried', external({ ...NEW, ...remembering({}) }), DUE],
    ['of an external PostgreSQL are refused', external({ ...NEW, ...tried(NEW_HASH, REFUSED) }), { state: 'wait', ...REFUSED }],
    ['of an external PostgreSQL cannot be tried from here', external({ ...NEW, ...tried(NEW_HASH, UNCHECKED) }), { state: 'wait', ...UNCHECKED }],
  ])('%s', (_, changes, found) => {
    expect(judge(changes)).toMatchObject(found);
  }); // prettier-ignore

  test('another field changed, and the database cannot be tried from here: nothing is held back', () => {
    const inUse = { hash: NEW_HASH, writtenAt: 'w1', sinceMs: NOW_MS, changes: 1, inUse: 'w1' };
    const facts: Changes = { ...NEW, credentials: credentials({ writtenAt: 'w1' }) };
    const memory = { ...tried(NEW_HASH, UNCHECKED).memory, credentials: inUse };
    expect(judge({ ...facts, memory })).toMatchObject(ACCEPTED);
    expect(judge({ ...facts, memory: { ...memory, ...tried(NEW_HASH, REFUSED).memory } })).toMatchObject({ state: 'wait', ...REFUSED }); // prettier-ignore
  });

  test.each<[string, Parameters<typeof earlier>[0]]>([
    ['the database is not ready', { postgresReady: wait('PostgresInitializing', 'it starts'), credentialsWhole: met('PostgresReady', 'whole') }],
    ['they contradict themselves', { postgresReady: met('PostgresReady', 'ready'), credentialsWhole: wait('CredentialsIncomplete', 'no') }],
  ])('are not tried while %s', (_, findings) => {
    const found = databaseLogin.judge(factsWith({ ...NEW, ...remembering({}) }), earlier(findings));
    expect(found).toMatchObject({ state: 'pending', reason: 'DatabaseBlocked' });
  }); // prettier-ignore
});

describe('a server that does not get through its start', () => {
  test.each<[string, Changes, object]>([
    ['its init container has waited for five seconds', held(), DUE_START],
    ['its init container gave up', held(failed('wait-for-postgres')), DUE_START],
    ['the server itself ended with an error', held(failed('dittofs')), DUE_START],
    ['on an external PostgreSQL', external(held()), DUE_START],
    ['the database accepts the credentials: what is wrong is told elsewhere', { ...held(), ...remembering({ basis: START_BASIS, atMs: NOW_MS }) }, ACCEPTED],
    ['that was found out a while ago: the database may be another by now', { ...held(), ...remembering({ basis: START_BASIS, atMs: NOW_MS - LONGEST_PAUSE_MS }) }, DUE_START],
    ['the database refuses them', { ...held(), ...tried(START_BASIS, REFUSED) }, { state: 'wait', ...REFUSED, recheckMs: 5_000 }],
    ['it does not answer from here either', { ...held(), ...tried(START_BASIS, AWAY) }, { state: 'wait', ...AWAY, budget: 'database' }],
    ['that was said of an earlier pod', { ...held({ ...waiting(START_PATIENCE_MS), uid: 'u-next' }), ...tried(START_BASIS, REFUSED) }, DUE_START],
  ])('%s', (_, changes, found) => {
    expect(judge(changes)).toMatchObject(found);
  }); // prettier-ignore

  test('is left to what is told of its database, where that is not ready', () => {
    const down = earlier({ postgresReady: wait('PostgresInitializing', 'it starts') });
    expect(databaseLogin.judge(factsWith({ ...held(), postgresCluster: DATABASE_DOWN }), down)).toEqual(OFF);
  });
});

describe('a server that runs and says that its database is away', () => {
  test.each<[string, Changes, object]>([
    ['nobody has tried', DEAD, DUE_SERVING],
    ['the database refuses its credentials', { memory: { serverApi: SAYS_DEAD, ...tried(SERVING_BASIS, REFUSED).memory } }, { state: 'wait', ...REFUSED }],
    ['the database accepts them', { memory: { serverApi: SAYS_DEAD, databaseLogin: before({ basis: SERVING_BASIS, atMs: NOW_MS }) } }, ACCEPTED],
    ['it says so on and on', { memory: { serverApi: SAYS_DEAD, databaseLogin: before({ basis: SERVING_BASIS }) } }, DUE_SERVING],
    ['it has said something else meanwhile', { memory: { serverApi: { ...SAYS_DEAD, digest: 'answer-2' }, ...tried(SERVING_BASIS, REFUSED).memory } }, DUE_SERVING],
  ])('%s', (_, changes, found) => {
    expect(judge(changes)).toMatchObject(found);
  }); // prettier-ignore

  test('comes after new credentials, which may be its rescue', () => {
    expect(judge({ ...NEW, ...DEAD })).toMatchObject(DUE);
  });
});

test('trying again is no contest: each attempt is an intent of its own', () => {
  const intents = [1, 2].map((asks) => {
    const found = judge({ ...NEW, ...remembering({ asks }) });
    return found.state === 'act' ? found.intent : undefined;
  });
  expect(intents).toEqual([expect.any(String), expect.any(String)]);
  expect(intents[0]).not.toBe(intents[1]);
});

test('it needs whole credentials of a ready database, on which nothing is held', () => {
  const needs = ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'postgresReady', 'credentialsWhole']; // prettier-ignore
  expect(judge({ ...NEW, ...remembering({}) })).toMatchObject({ needs });
});

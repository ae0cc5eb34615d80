// The wait for PostgreSQL, and which part of it is not ready.
import { ABSENT, known, type PostgresClusterFact } from '../../../src/requirements/facts.ts';
import {
  HOLD_MS,
  holdLeftMs,
  isFirst,
  postgresReady,
  reportsReady,
  SILENCE_MS,
} from '../../../src/requirements/postgres-ready.ts';
import {
  claim, cluster, container, earlier, factsWith, FRESH, NOW_MS, pod, saying, SQLITE, statefulSet, unread, type Changes,
} from './facts.ts'; // prettier-ignore

const starting = (changes: Partial<PostgresClusterFact> = {}): Changes => ({
  postgresCluster: cluster({ state: 'initializing', ready: 0, size: 1, ...changes }),
});
const wait = (reason: string, ...parts: readonly string[]): object => ({
  state: 'wait',
  budget: 'database',
  reason,
  message: saying(...parts),
});
const warning = (name: string, reason: string) => ({ kind: 'PostgresCluster', name, reason, note: 'Missing image(s)' });
const pulling = pod({ name: 'pg-0', containers: [container({ waiting: { reason: 'ErrImagePull' } })] });

const rows: [string, Changes, object][] = [
  ['no Percona', SQLITE, { state: 'off' }],
  ['no cluster yet', FRESH, { state: 'pending', reason: 'DatabaseBlocked' }],
  ['a foreign cluster', { postgresCluster: cluster({ ownership: 'foreign' }) }, { state: 'pending' }],
  ['ready', {}, { state: 'met', reason: 'PostgresReady' }],
  ['more instances than asked for are ready', { postgresCluster: cluster({ ready: 3, size: 3 }) }, { state: 'met' }],
  ['it starts', starting(), wait('PostgresInitializing', 'PostgreSQL is initializing, 0 of 1 instances ready')],
  [
    'it says ready, but of one of three instances',
    { postgresCluster: cluster({ wanted: 3 }) },
    wait('PostgresInitializing', 'being changed, 1 of 3'),
  ],
  [
    'it says ready of an older generation',
    { postgresCluster: cluster({ generation: 2 }) },
    wait('PostgresInitializing'),
  ],
  [
    'it says ready, but is being deleted',
    { postgresCluster: cluster({ terminating: true }) },
    wait('PostgresInitializing'),
  ],
  ['it is paused', starting({ state: 'paused' }), wait('PostgresPaused', 'unset its spec.pause')],
  ['it is stopping', starting({ state: 'stopping' }), wait('PostgresPaused', 'stopping')],
  [
    'the operator holds it',
    starting({ heldByOperator: 'add the annotation authorizeBackupRemoval' }),
    wait('PostgresPaused', 'authorizeBackupRemoval'),
  ],
  [
    'an image cannot be pulled',
    { ...starting(), databasePods: known([pulling]) },
    wait('PostgresPodsNotReady', 'pod "pg-0"', 'cannot be pulled'),
  ],
  [
    'no node takes its pod',
    { ...starting(), databasePods: known([pod({ name: 'pg-0', phase: 'Pending', unschedulable: '0/1 nodes' })]) },
    wait('PostgresPodsNotReady', '0/1 nodes'),
  ],
  [
    'its volume is not bound',
    {
      ...starting(),
      databasePods: known([pod({ phase: 'Pending' })]),
      databaseClaims: known([claim('pgdata', 'Pending')]),
    },
    wait('PostgresPodsNotReady', 'volume claim "pgdata" is not bound'),
  ],
  [
    'a claim is not bound although the pod runs: no matter',
    { ...starting(), databasePods: known([pod()]), databaseClaims: known([claim('pgdata', 'Pending')]) },
    wait('PostgresInitializing'),
  ],
  [
    'the operator misses an image',
    { ...starting({ size: 0 }), warnings: [warning('files-postgres', 'MissingRequiredImage')] },
    wait('PostgresPodsNotReady', 'Missing image(s)'),
  ],
  [
    'an old warning, while its pods are there',
    { ...starting(), warnings: [warning('files-postgres', 'MissingRequiredImage')] },
    wait('PostgresInitializing'),
  ],
  [
    'a warning about the server’s own StatefulSet is none about PostgreSQL',
    { ...starting({ size: 0 }), warnings: [warning('files', 'MissingRequiredImage')] },
    wait('PostgresInitializing'),
  ],
  [
    'the operator has not reported on a new cluster: usual for a moment',
    starting({ state: '', createdAtMs: NOW_MS - 1_000 }),
    { ...wait('PostgresInitializing', 'has not reported yet'), recheckMs: SILENCE_MS - 1_000 },
  ],
  [
    'the operator has been silent for longer',
    starting({ state: '', createdAtMs: NOW_MS - SILENCE_MS }),
    wait('PostgresOperatorSilent', 'does one watch this namespace?'),
  ],
];

test.each(rows)('%s', (_, changes, found) => {
  expect(postgresReady.judge(factsWith(changes), earlier())).toMatchObject(found);
});

test.each([
  ['another state', { state: 'initializing' }],
  ['too few ready', { ready: 0 }],
  ['too few there', { size: 0 }],
  ['an older generation', { generation: 2 }],
  ['no generation seen (2.7 and older)', { observedGeneration: undefined }],
  ['a deletion', { terminating: true }],
])('a report with %s is not ready', (_, changes) => {
  const found = cluster(changes);
  expect(found.state === 'known' && reportsReady(found.value)).toBe(false);
});

describe('the time for which a ready database must have been so', () => {
  test.each([
    ['it became ready a moment ago', { memory: { databaseReadySinceMs: NOW_MS - 1_000 } }, HOLD_MS - 1_000],
    ['it has been ready for long enough', { memory: { databaseReadySinceMs: NOW_MS - HOLD_MS } }, 0],
    ['nobody has seen it ready', { memory: { databaseReadySinceMs: 0 } }, HOLD_MS],
    ['it may not be read', { memory: { databaseReadySinceMs: 0 }, postgresCluster: unread('no') }, HOLD_MS],
    ['there is none', { ...SQLITE, memory: { databaseReadySinceMs: 0 } }, 0],
  ] satisfies [string, Changes, number][])('%s', (_, changes, ms) => {
    expect(holdLeftMs(factsWith(changes))).toBe(ms);
  });
});

describe('the first start, which needs no such time', () => {
  test.each([
    ['nothing has ever run', FRESH, true],
    ['a StatefulSet', { ...FRESH, statefulSet: statefulSet() }, false],
    ['a StatefulSet that may not be read', { ...FRESH, statefulSet: unread('no') }, false],
    ['a hash in status', { ...FRESH, status: { configHash: 'h' } }, false],
    ['volumes of an earlier server', { ...FRESH, claims: known([claim('metadata-files-0')]) }, false],
    ['volumes that may not be read', { ...FRESH, claims: unread('no') }, false],
    ['volumes that are not there', { ...FRESH, claims: ABSENT }, true],
  ] satisfies [string, Changes, boolean][])('%s', (_, changes, first) => {
    expect(isFirst(factsWith(changes))).toBe(first);
  });
});

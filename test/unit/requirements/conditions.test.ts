// Conditions: what each says in each situation, since when, and what a passed deadline changes.
import type { Condition } from '../../../src/api/kubernetes.ts';
import { ABSENT, known } from '../../../src/requirements/facts.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { statusOf } from '../../../src/requirements/status.ts';
import {
  child, cluster, container, DATABASE_DOWN, factsWith, FRESH, HASH, MINUTE_MS, NEW_HASH, NOW_MS, pod, saying, SQLITE,
  STARTING_DATABASE, statefulSet, unread, type Changes,
} from './facts.ts'; // prettier-ignore

const judgeWith = (changes: Changes) => judge(requirements, factsWith(changes), DEFAULT_SETTINGS);
const conditionsWith = (changes: Changes): readonly Condition[] => judgeWith(changes).conditions;
const told = (changes: Changes): Record<string, string> =>
  Object.fromEntries(conditionsWith(changes).map(({ type, status, reason }) => [type, `${status}/${reason}`]));
const the = (type: string, changes: Changes): Condition => {
  const found = conditionsWith(changes).find((condition) => condition.type === type);
  if (!found) throw new Error(`there is no condition ${type}`);
  return found;
};

const paused = { metadata: { annotations: { 'dittofs.io/paused': 'true' } } } as const;
const deleted = { metadata: { deletionTimestamp: '2026-03-01T11:59:00Z' } } as const;
const missing = { inputs: [{ field: 'spec.identity.jwt.secretRef', secret: 'own-jwt', missingKeys: ABSENT }] };
const pulling = pod({ containers: [container({ waiting: { reason: 'ErrImagePull' } })] });
const lostService = { foundation: [child('Service/files-api', { live: ABSENT })] };
const newHash = { configHash: { state: 'computed', hash: NEW_HASH } } as const;
const invalid = { spec: { metrics: { enabled: true, port: 8080 } } };

const SETTLED = {
  Ready: 'True/AllConditionsMet',
  ConfigReady: 'True/ConfigValid',
  DatabaseReady: 'True/PostgresReady',
  Available: 'True/MinimumReplicasAvailable',
  Progressing: 'False/ReconcileComplete',
  Stalled: 'False/InTime',
};

describe('in each situation', () => {
  test.each<[string, Changes, Record<string, string | undefined>]>([
    ['all is as asked for', {}, SETTLED],
    ['without Percona there is no DatabaseReady', SQLITE, { ...SETTLED, DatabaseReady: undefined }],
    [
      'just applied, a Secret is missing: everything else says that it waits for that, and nothing seems to progress',
      { ...FRESH, ...missing },
      { Ready: 'False/InputsMissing', ConfigReady: 'False/InputsMissing', DatabaseReady: 'Unknown/DatabaseBlocked', Available: 'Unknown/NotStarted', Progressing: 'False/Blocked', Stalled: 'False/InTime' },
    ],
    [
      'the database starts',
      STARTING_DATABASE,
      { Ready: 'False/PostgresInitializing', ConfigReady: 'True/ConfigValid', DatabaseReady: 'False/PostgresInitializing', Available: 'Unknown/NotStarted', Progressing: 'True/WaitingForDatabase', Stalled: 'False/InTime' },
    ],
    ['Percona is not installed', { ...FRESH, perconaOperator: ABSENT }, { Ready: 'Unknown/DatabaseAPIMissing', DatabaseReady: 'Unknown/DatabaseAPIMissing' }],
    ['pods start', { statefulSet: statefulSet({ readyReplicas: 0 }) }, { ...SETTLED, Ready: 'False/PodsStarting', Available: 'False/PodsStarting', Progressing: 'True/PodsStarting' }],
    [
      'a roll that cannot pull its image: Ready says what hinders, not that something goes on',
      { statefulSet: statefulSet({ readyReplicas: 0, updated: false }), pods: known([pulling]) },
      { ...SETTLED, Ready: 'False/ImagePullFailed', Available: 'False/ImagePullFailed', Progressing: 'True/StatefulSetUpdating' },
    ],
    ['a roll whose old pod is still ready', { statefulSet: statefulSet({ updated: false }) }, { ...SETTLED, Ready: 'False/StatefulSetUpdating', Progressing: 'True/StatefulSetUpdating' }],
    ['the database is down while the server runs', { postgresCluster: DATABASE_DOWN }, { ...SETTLED, Ready: 'False/PostgresInitializing', DatabaseReady: 'False/PostgresInitializing' }],
    ['a new hash is held back', { ...newHash, postgresCluster: DATABASE_DOWN }, { Ready: 'False/PostgresInitializing', Progressing: 'False/HeldBack', Available: SETTLED.Available }],
    ['an invalid specification of a running server', invalid, { ...SETTLED, Ready: 'False/InvalidSpec', ConfigReady: 'False/InvalidSpec' }],
    ['something may not be read', { postgresCluster: unread('no') }, { Ready: 'Unknown/DatabaseUnreadable', DatabaseReady: 'Unknown/DatabaseUnreadable' }],
    ['scaled to zero', { spec: { replicas: 0 }, statefulSet: statefulSet({ replicas: 0, statusReplicas: 0, readyReplicas: 0 }), memory: {} }, { Available: 'True/Stopped' }],
    ['paused and settled: it stays ready, and says so', paused, { ...SETTLED, Ready: 'True/Paused', Progressing: 'False/Paused' }],
    ['paused, a Service is lost', { ...paused, ...lostService }, { ...SETTLED, Ready: 'False/Paused', ConfigReady: 'Unknown/Blocked', Progressing: 'False/Paused' }],
    ['paused, a new hash', { ...paused, ...newHash }, { ...SETTLED, Ready: 'False/Paused', Progressing: 'False/Paused' }],
    ['paused, the database is down', { ...paused, postgresCluster: DATABASE_DOWN }, { ...SETTLED, Ready: 'False/PostgresInitializing', DatabaseReady: 'False/PostgresInitializing', Progressing: 'False/Paused' }],
    ['being deleted', deleted, { ...SETTLED, Ready: 'False/Deleting', Progressing: 'False/Deleting' }],
    ['being deleted, children are gone', { ...deleted, ...lostService, statefulSet: ABSENT }, { Ready: 'False/Deleting', ConfigReady: 'Unknown/Blocked', Available: 'Unknown/NotStarted' }],
  ])('%s', (_, changes, expected) => {
    const found = told(changes);
    for (const [type, state] of Object.entries(expected)) expect([type, found[type]]).toEqual([type, state]);
  }); // prettier-ignore

  test('Ready tells the message of what it waits for', () => {
    expect(the('Ready', { ...FRESH, ...missing }).message).toEqual(saying('missing: Secret "own-jwt"'));
  });

  test('what is held back tells by what', () => {
    expect(the('DatabaseReady', { ...FRESH, ...missing }).message).toEqual(
      saying('is to be created; held back: missing: Secret "own-jwt"'),
    );
    expect(the('ConfigReady', { ...paused, ...lostService }).message).toEqual(
      saying('Service/files-api; held back:', 'dittofs.io/paused'),
    );
  });

  test('every condition says which generation it was judged on', () => {
    for (const { observedGeneration } of conditionsWith({ metadata: { generation: 12 } }))
      expect(observedGeneration).toBe(12);
  });
});

const at = (minutesAgo: number): string =>
  new Date(NOW_MS - minutesAgo * MINUTE_MS).toISOString().replace('.000Z', 'Z');
const stored = (...conditions: readonly [type: string, status: Condition['status'], reason: string, minutesAgo: number][]) => ({
  status: {
    configHash: HASH,
    conditions: conditions.map(([type, status, reason, minutesAgo]) => ({
      type, status, reason, message: 'as it was', lastTransitionTime: at(minutesAgo),
    })),
  },
}); // prettier-ignore
const since = (type: string, changes: Changes): string => the(type, changes).lastTransitionTime;

describe('since when', () => {
  test.each<[string, string, Changes, number]>([
    ['a condition that stands keeps its time', 'Available', stored(['Available', 'True', 'MinimumReplicasAvailable', 90]), 90],
    ['one that turns begins now', 'Available', { ...stored(['Available', 'True', 'MinimumReplicasAvailable', 90]), statefulSet: statefulSet({ readyReplicas: 0 }) }, 0],
    ['a new one begins now', 'Available', stored(), 0],
    ['the default of the CRD is nobody’s word', 'Ready', { ...FRESH, ...missing, status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Queued', message: '', lastTransitionTime: '1970-01-01T00:00:00Z' }] } }, 0],
    ['a time that cannot be read begins anew', 'Ready', { status: { conditions: [{ type: 'Ready', status: 'True', reason: 'AllConditionsMet', message: '', lastTransitionTime: 'long ago' }] } }, 0],
    ['a time in the future is now: clocks differ', 'Ready', stored(['Ready', 'True', 'AllConditionsMet', -5]), 0],
    ['another reason of the same kind goes on', 'DatabaseReady', { ...stored(['DatabaseReady', 'False', 'PostgresPodsNotReady', 9]), postgresCluster: DATABASE_DOWN }, 9],
    ['Ready has stood since it turned, whatever the reason', 'Ready', { ...stored(['Ready', 'False', 'InvalidSpec', 30]), ...FRESH, ...missing, status: stored(['Ready', 'False', 'InvalidSpec', 30]).status }, 30],
    ['a deadline begins when a mistake was mended, not with the mistake', 'ConfigReady', { ...stored(['ConfigReady', 'False', 'InvalidSpec', 3_000]), ...missing }, 0],
    ['nor with the decision that a person took', 'DatabaseReady', { ...stored(['DatabaseReady', 'False', 'LeftoverVolumes', 3_000]), postgresCluster: DATABASE_DOWN }, 0],
    ['a failure after a time of rest begins now', 'Progressing', { ...stored(['Progressing', 'False', 'ReconcileComplete', 3_000]), statefulSet: statefulSet({ ownership: 'foreign' }) }, 0],
    ['so does a pause', 'Progressing', { ...stored(['Progressing', 'False', 'ReconcileComplete', 3_000]), ...paused }, 0],
  ])('%s', (_, type, changes, minutesAgo) => {
    expect(since(type, changes)).toBe(at(minutesAgo));
  }); // prettier-ignore

  test('times have whole seconds', () => {
    expect(since('Ready', { nowMs: NOW_MS + 789 })).toBe('2026-03-01T12:00:00Z');
  });
});

const STARTING_SINCE = (minutesAgo: number): Changes => ({
  ...STARTING_DATABASE,
  status: { conditions: [...stored(['DatabaseReady', 'False', 'PostgresInitializing', minutesAgo]).status.conditions] },
});

describe('deadlines', () => {
  test.each<[string, Changes, number]>([
    ['inputs: 10 minutes', { ...FRESH, foundation: [], ...missing }, 10],
    ['the database: 20 minutes', STARTING_DATABASE, 20],
    ['pods: 10 minutes', { statefulSet: statefulSet({ readyReplicas: 0 }) }, 10],
    ['a foreign StatefulSet: 10 minutes', { statefulSet: statefulSet({ ownership: 'foreign' }) }, 10],
  ])('%s from the moment at which the wait began', (_, changes, minutes) => {
    expect(judgeWith(changes).deadlineMs).toBe(NOW_MS + minutes * MINUTE_MS);
  });

  test.each<[string, Changes]>([
    ['a mistake in the specification', invalid],
    ['a pause', paused],
    ['a deletion', deleted],
    ['a database that somebody has to decide about', { ...FRESH, status: { perconaClusterUid: 'gone' } }],
    ['nothing', {}],
  ])('none runs for %s', (_, changes) => {
    expect(judgeWith(changes).deadlineMs).toBeUndefined();
    expect(the('Stalled', { ...changes, nowMs: NOW_MS + 1e9 }).status).toBe('False');
  });

  test('a second before it nothing is stalled', () => {
    const facts = { ...STARTING_SINCE(20), nowMs: NOW_MS - 1_000 };
    expect(the('Stalled', facts)).toMatchObject({ status: 'False', reason: 'InTime' });
  });

  test('at the deadline it is stalled, and says of what and since when', () => {
    expect(the('Stalled', STARTING_SINCE(20))).toMatchObject({
      status: 'True',
      reason: 'DeadlinePassed',
      message: saying('overdue since 2026-03-01T12:00:00Z: PostgreSQL is initializing'),
      lastTransitionTime: at(0),
    });
    expect(judgeWith(STARTING_SINCE(20))).toMatchObject({ stalled: true, ready: false });
  });

  test('long after it the same words stand: nothing ticks', () => {
    const once = { ...STARTING_SINCE(20), nowMs: NOW_MS };
    const facts = factsWith(once);
    const status = statusOf(facts, judge(requirements, facts, DEFAULT_SETTINGS));
    const later = conditionsWith({ ...once, status, nowMs: NOW_MS + 5_000 * MINUTE_MS });
    expect(later).toEqual(status.conditions);
  });

  test('it recovers by itself', () => {
    const status = { ...stored(['Stalled', 'True', 'DeadlinePassed', 60]).status };
    expect(the('Stalled', { status })).toMatchObject({ status: 'False', reason: 'InTime', lastTransitionTime: at(0) });
  });

  test('a lost workflow does not start the clock again: it is kept in status', () => {
    const memory = { applied: {}, attempts: [], databaseReadySinceMs: 0, serverUid: '' };
    expect(the('Stalled', { ...STARTING_SINCE(19), memory }).status).toBe('False');
    expect(the('Stalled', { ...STARTING_SINCE(20), memory }).status).toBe('True');
  });

  test('pods that never become ready are stalled, and then nothing progresses', () => {
    const facts = {
      ...stored(['Available', 'False', 'PodsStarting', 10], ['Progressing', 'True', 'PodsStarting', 10]),
      statefulSet: statefulSet({ readyReplicas: 0 }),
    };
    expect(told(facts)).toMatchObject({ Stalled: 'True/DeadlinePassed', Progressing: 'False/ReconcileComplete' });
  });

  test('settings decide', () => {
    const settings = { ...DEFAULT_SETTINGS, deadlinesMs: { ...DEFAULT_SETTINGS.deadlinesMs, database: 1_000 } };
    expect(judge(requirements, factsWith(STARTING_DATABASE), settings).deadlineMs).toBe(NOW_MS + 1_000);
  });

  test('the time of a database that is created after a long wait for Percona begins with it', () => {
    const facts = {
      ...STARTING_DATABASE,
      status: { conditions: stored(['DatabaseReady', 'Unknown', 'DatabaseAPIMissing', 3_000]).status.conditions },
      postgresCluster: cluster({ state: '', createdAtMs: NOW_MS }),
    };
    expect(judgeWith(facts).deadlineMs).toBe(NOW_MS + 20 * MINUTE_MS);
  });
});

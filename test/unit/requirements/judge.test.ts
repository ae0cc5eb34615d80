// The order of steps: which comes first, what a wait holds back and what it does not, and what a person reads of it.
import { ABSENT, known } from '../../../src/requirements/facts.ts';
import { REQUIREMENT_NAMES } from '../../../src/requirements/finding.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import type { Attempt, StepName } from '../../../src/api/verdict.ts';
import {
  child, claim, cluster, CLUSTER_UID, container, credentials, DATABASE_DOWN, factsWith, FRESH, HASH, live, marks, memoryWith, MINUTE_MS, NEW_HASH,
  NOW_MS, pod, saying, SQLITE, STARTING_DATABASE, statefulSet, unread, type Changes, UNASKED,
} from './facts.ts'; // prettier-ignore

const judgeWith = (changes: Changes) => judge(requirements, factsWith(changes), DEFAULT_SETTINGS);
const nextOf = (changes: Changes): StepName | undefined => judgeWith(changes).next?.name;

const PAUSED = { metadata: { annotations: { 'dittofs.io/paused': 'true' } } } as const;
const DELETED = { metadata: { deletionTimestamp: '2026-03-01T11:59:00Z' } } as const;
const SECRET_MISSING = {
  inputs: [{ field: 'spec.identity.jwt.secretRef', secret: 'own-jwt', missingKeys: ABSENT }],
  configHash: { state: 'incomplete' },
} as const;
const LOST_SERVICE = { foundation: [child('ConfigMap/files-config'), child('Service/files-api', { live: ABSENT })] };
const CONFLICT = { foundation: [child('Service/files-api', { live: known(live({ ownership: 'foreign' })) })] };
const SCALED_DOWN = {
  statefulSet: statefulSet({ replicas: 0, ownedFields: 'taken', statusReplicas: 0, readyReplicas: 0 }),
};
const NEW = { configHash: { state: 'computed', hash: NEW_HASH } } as const;
const RETAIN = { spec: { percona: { enabled: true, deletionPolicy: 'Retain' } } } as const;
const CHANGED_PERCONA = { perconaHash: 'percona-2' };
const DOWN = { postgresCluster: DATABASE_DOWN };
const FRESH_SQLITE = { ...SQLITE, ...FRESH, spec: SQLITE.spec, configHash: { state: 'due' } } as const;
/** The database of a new DittoServer is ready. */
const DATABASE_READY = {
  ...STARTING_DATABASE,
  postgresCluster: cluster(),
  memory: { ...STARTING_DATABASE.memory, databaseReadySinceMs: NOW_MS },
};

test('the list and the names of the requirements are the same, in the same order', () => {
  expect(requirements.map(({ name }) => name)).toEqual(REQUIREMENT_NAMES);
});

describe('which step comes next', () => {
  test.each<[string, Changes, StepName | undefined]>([
    ['settled: none', {}, undefined],
    ['settled without Percona: none', SQLITE, undefined],

    ['just applied: the database, and the foundation goes along', FRESH, 'createPostgresCluster'],
    ['just applied without Percona: everything is one step (M9)', FRESH_SQLITE, 'applyStatefulSet'],
    ['the database starts: wait (M5)', STARTING_DATABASE, undefined],
    ['the database starts and a Service is lost: the foundation alone', { ...STARTING_DATABASE, ...LOST_SERVICE }, 'applyFoundation'],
    ['the database is ready: the StatefulSet', DATABASE_READY, 'applyStatefulSet'],
    ['the database says ready, of an older generation: wait', { ...DATABASE_READY, postgresCluster: cluster({ generation: 2 }) }, undefined],
    ['the database is ready, its Secret not whole: wait', { ...DATABASE_READY, credentials: credentials({ consistent: false }) }, undefined],

    ['a lost Service', LOST_SERVICE, 'applyFoundation'],
    ['a lost Service and a new hash: one step', { ...LOST_SERVICE, ...NEW }, 'applyStatefulSet'],
    ['a lost Service while the database is down', { ...LOST_SERVICE, ...DOWN }, 'applyFoundation'],
    ['a lost Service while a Secret is missing', { ...LOST_SERVICE, ...SECRET_MISSING }, 'applyFoundation'],
    ['a lost Service while a new hash is held back', { ...LOST_SERVICE, ...NEW, ...DOWN }, 'applyFoundation'],
    ['a scaled-down StatefulSet while the database is down', { ...SCALED_DOWN, ...DOWN }, 'applyStatefulSet'],
    ['a scaled-down StatefulSet while a Secret is missing', { ...SCALED_DOWN, ...SECRET_MISSING }, 'applyStatefulSet'],
    ['a lost StatefulSet while the database is down', { statefulSet: ABSENT, ...DOWN }, 'applyStatefulSet'],
    ['a lost StatefulSet and a lost Service: one step', { statefulSet: ABSENT, ...LOST_SERVICE }, 'applyStatefulSet'],
    ['a lost database over one volume: made again', { postgresCluster: ABSENT }, 'createPostgresCluster'],
    ['a lost database without a volume: wait', { postgresCluster: ABSENT, databaseClaims: known([]) }, undefined],
    ['a lost database, and a scaled-down StatefulSet', { postgresCluster: ABSENT, databaseClaims: known([]), ...SCALED_DOWN }, 'applyStatefulSet'],

    ['a new hash (M8)', NEW, 'applyStatefulSet'],
    ['a new hash while the database is down: held back', { ...NEW, ...DOWN }, undefined],
    ['a new hash while the Secret is half written: held back', { ...NEW, credentials: credentials({ consistent: false }) }, undefined],
    ['a new hash right after the database came back: held back', { ...NEW, memory: { databaseReadySinceMs: NOW_MS } }, undefined],
    ['a new hash while another Secret is missing: held back', { ...SECRET_MISSING }, undefined],
    ['generated Secrets are due: they alone, the new hash follows', { ...LOST_SERVICE, configHash: { state: 'due' } }, 'applyFoundation'],

    ['a changed deletion policy comes first of all', { ...RETAIN, ...LOST_SERVICE, ...CHANGED_PERCONA, ...NEW }, 'applyDeletionPolicy'],
    ['a changed deletion policy while the database is down and a Secret is missing', { ...RETAIN, ...DOWN, ...SECRET_MISSING }, 'applyDeletionPolicy'],
    ['a changed deletion policy beside a change of the database that is refused', { ...RETAIN, ...CHANGED_PERCONA, spec: { percona: { enabled: true, deletionPolicy: 'Retain', postgresVersion: 17 } } }, 'applyDeletionPolicy'],
    ['a changed deletion policy beside an image that is none: held back', { ...RETAIN, spec: { image: ':::', percona: { enabled: true, deletionPolicy: 'Retain' } } }, undefined],
    ['a changed spec.percona comes before the StatefulSet', { ...CHANGED_PERCONA, ...NEW }, 'updatePostgresCluster'],
    ['a changed spec.percona while the database is down', { ...CHANGED_PERCONA, ...DOWN }, 'updatePostgresCluster'],
    ['a changed spec.percona that would lose data: refused', { ...CHANGED_PERCONA, spec: { percona: { enabled: true, postgresVersion: 17 } } }, undefined],
    ['Percona switched off on a server with data: nothing is touched', { spec: { percona: { enabled: false } }, ...NEW, ...LOST_SERVICE }, 'applyFoundation'],

    ['a missing Secret: nothing is built on it', { ...FRESH, ...SECRET_MISSING }, 'applyFoundation'],
    ['a foreign Service of that name: nothing is made beside it', { ...FRESH, ...CONFLICT }, undefined],
    ['a foreign database of that name', { ...FRESH, foundation: [], postgresCluster: cluster({ ownership: 'foreign' }) }, undefined],
    ['Percona is not installed: what does not need it goes on', { ...FRESH, perconaOperator: ABSENT }, 'applyFoundation'],
    ['an invalid specification', { ...FRESH, spec: { replicas: 2 } }, undefined],
    ['an invalid specification of a running server', { ...LOST_SERVICE, ...SCALED_DOWN, spec: { replicas: 2 } }, undefined],
    ['volumes that cannot shrink hold nothing back', { spec: { storage: { metadataSize: '4Gi', controlPlaneSize: '1Gi' } }, ...LOST_SERVICE, ...NEW }, 'applyStatefulSet'],
    ['something that may not be read triggers nothing', { statefulSet: unread('no'), postgresCluster: unread('no') }, undefined],
  ])('%s', (_, changes, step) => {
    expect(nextOf(changes)).toBe(step);
  }); // prettier-ignore

  test.each<[string, Changes]>([
    ['just applied', FRESH],
    ['the database is ready', DATABASE_READY],
    ['a lost Service', LOST_SERVICE],
    ['a new hash', NEW],
    ['a scaled-down StatefulSet', SCALED_DOWN],
    ['a changed deletion policy', RETAIN],
    ['a changed spec.percona', CHANGED_PERCONA],
    ['a lost database', { postgresCluster: ABSENT }],
  ])('none while it is paused, and none from its deletion on: %s', (_, changes) => {
    expect(nextOf(changes)).toBeDefined();
    expect(nextOf({ ...changes, ...PAUSED })).toBeUndefined();
    expect(nextOf({ ...changes, ...DELETED })).toBeUndefined();
  });

  test('its summary says what it is for', () => {
    expect(judgeWith(NEW).next).toMatchObject({ name: 'applyStatefulSet', summary: 'roll: configuration changed' });
    expect(judgeWith(SCALED_DOWN).next).toMatchObject({ summary: 'apply' });
    expect(judgeWith({ ...SCALED_DOWN, ...SECRET_MISSING }).next).toMatchObject({ summary: 'scale to 1' });
    expect(judgeWith(DATABASE_READY).next).toMatchObject({ summary: 'provision' });
    expect(judgeWith(LOST_SERVICE).next).toMatchObject({ summary: 'apply Service/files-api' });
  });

  test('the same step for another purpose has another intent, for the same purpose the same', () => {
    const intents = [NEW, SCALED_DOWN, { statefulSet: ABSENT }].map((changes) => judgeWith(changes).next?.intent);
    expect(new Set(intents).size).toBe(2);
    expect(judgeWith(SCALED_DOWN).next?.intent).toBe(judgeWith({ statefulSet: ABSENT }).next?.intent);
  });
});

describe('a step that failed since the last look', () => {
  const failed = (step: StepName, reason: 'Forbidden' | 'Rejected' | 'DatabaseChangeRefused' = 'Forbidden'): Attempt => ({
    step, intent: 'any', atMs: NOW_MS, failure: { reason, message: 'the role of the provisioner lacks the verb "create"' },
  }); // prettier-ignore
  const after = (changes: Changes, ...steps: StepName[]) =>
    judgeWith({ ...changes, memory: { ...changes.memory, attempts: steps.map((step) => failed(step)) } });

  test('is not taken again, and is told with the deadline of what it works on', () => {
    const found = after(LOST_SERVICE, 'applyFoundation');
    expect(found.next).toBeUndefined();
    expect(found).toMatchObject({ reason: 'Forbidden', stage: 'Blocked', message: saying('lacks the verb') });
    expect(found.deadlineMs).toBe(NOW_MS + 10 * MINUTE_MS);
  });

  test('holds nothing back that does not need it', () => {
    expect(after({ ...CHANGED_PERCONA, ...SCALED_DOWN }, 'updatePostgresCluster').next?.name).toBe('applyStatefulSet');
    expect(after({ ...RETAIN, ...LOST_SERVICE }, 'applyDeletionPolicy').next?.name).toBe('applyFoundation');
    expect(after({ ...LOST_SERVICE, ...NEW }, 'applyStatefulSet').next?.name).toBe('applyFoundation');
    expect(after({ ...LOST_SERVICE, ...CHANGED_PERCONA, ...NEW }, 'applyStatefulSet').next?.name).toBe(
      'applyFoundation',
    );
  });

  test('ends the pass when nothing else is to be done', () => {
    const found = after(
      { ...CHANGED_PERCONA, ...LOST_SERVICE, ...NEW },
      'updatePostgresCluster',
      'applyStatefulSet',
      'applyFoundation',
    );
    expect(found.next).toBeUndefined();
    expect(found.recheckAfterMs).toBe(5_000);
  });

  test('does hold back what needs it', () => {
    expect(after({ ...FRESH_SQLITE }, 'applyStatefulSet', 'applyFoundation').next).toBeUndefined();
    expect(after(FRESH, 'createPostgresCluster', 'applyFoundation').next).toBeUndefined();
  });
});

describe('a contest', () => {
  const attempts = (changes: Changes): readonly Attempt[] => {
    const next = judgeWith(changes).next;
    const attempt = { step: next?.name ?? 'applyFoundation', intent: next?.intent ?? '', atMs: NOW_MS };
    return [attempt, attempt, attempt];
  };
  const FOUGHT = { foundation: [child('Service/files-api', { live: known(live({ otherManagers: ['argocd'] })) })] };
  const contested = judgeWith({ ...FOUGHT, memory: { attempts: attempts(FOUGHT) } });

  test('is waited for, and names the other field manager', () => {
    expect(contested.next).toBeUndefined();
    expect(contested).toMatchObject({
      reason: 'Contest',
      stage: 'Blocked',
      message: saying('argocd', 'Service/files-api'),
    });
    expect(contested.recheckAfterMs).toBe(30_000);
  });

  test('of one step leaves the others alone', () => {
    const both = { ...FOUGHT, ...RETAIN };
    expect(judgeWith({ ...both, memory: { attempts: attempts(FOUGHT) } }).next?.name).toBe('applyDeletionPolicy');
  });

  test('ends when its pause is over', () => {
    const earlier = attempts(FOUGHT).map((one) => ({ ...one, atMs: NOW_MS - MINUTE_MS }));
    expect(nextOf({ ...FOUGHT, memory: { attempts: earlier } })).toBe('applyFoundation');
  });
});

describe('what a person reads in the Temporal UI', () => {
  const starting = pod({ initContainers: [container({ running: {} }, { name: 'wait-for-postgres' })] });

  test.each<[string, Changes, string, string]>([
    ['settled', {}, 'Ready', 'AllConditionsMet'],
    ['paused', PAUSED, 'Paused', 'Paused'],
    ['paused while a step is due', { ...PAUSED, ...LOST_SERVICE }, 'Paused', 'Paused'],
    ['paused while the database is down', { ...PAUSED, ...DOWN }, 'Paused', 'PostgresInitializing'],
    ['being deleted', DELETED, 'Deleting', 'Deleting'],
    ['a step is about to be taken', FRESH, 'Provisioning', 'DatabaseDue'],
    ['the database starts', STARTING_DATABASE, 'WaitingForDatabase', 'PostgresInitializing'],
    ['the pods start', { statefulSet: statefulSet({ readyReplicas: 0 }) }, 'WaitingForPods', 'PodsStarting'],
    ['the pods wait', { statefulSet: statefulSet({ readyReplicas: 0 }), pods: known([starting]) }, 'WaitingForPods', 'InitContainerWaiting'],
    ['a roll', { statefulSet: statefulSet({ updated: false }) }, 'Provisioning', 'StatefulSetUpdating'],
    ['the database came back a moment ago', { ...NEW, memory: { databaseReadySinceMs: NOW_MS } }, 'Provisioning', 'PostgresSettling'],
    ['a missing Secret', { ...FRESH, foundation: [], ...SECRET_MISSING }, 'Blocked', 'InputsMissing'],
    ['an invalid specification', { spec: { replicas: 2 } }, 'Blocked', 'InvalidSpec'],
    ['a foreign StatefulSet', { statefulSet: statefulSet({ ownership: 'foreign' }) }, 'Blocked', 'ObjectConflict'],
    ['a lost database', { postgresCluster: ABSENT, databaseClaims: known([]) }, 'WaitingForDatabase', 'DatabaseLost'],
  ])('%s: %s, %s', (_, changes, stage, reason) => {
    expect(judgeWith(changes)).toMatchObject({ stage, reason });
  }); // prettier-ignore

  test('since when and until when', () => {
    const conditions = [
      {
        type: 'DatabaseReady',
        status: 'False' as const,
        reason: 'PostgresInitializing',
        message: '',
        lastTransitionTime: '2026-03-01T11:52:00Z',
      },
    ];
    expect(judgeWith({ ...STARTING_DATABASE, status: { conditions } })).toMatchObject({
      sinceMs: NOW_MS - 8 * MINUTE_MS,
      deadlineMs: NOW_MS + 12 * MINUTE_MS,
    });
  });
});

describe('when it looks again', () => {
  const waiting = (minutes: number): Changes => ({
    ...STARTING_DATABASE,
    status: {
      conditions: [
        { type: 'DatabaseReady', status: 'False', reason: 'PostgresInitializing', message: '', lastTransitionTime: new Date(NOW_MS - minutes * MINUTE_MS).toISOString() },
      ],
    },
  }); // prettier-ignore

  test.each<[string, Changes, number]>([
    ['a wait that begins', STARTING_DATABASE, 30_000],
    ['a wait of eight minutes', waiting(8), 8 * MINUTE_MS],
    ['shortly before the deadline', waiting(19), MINUTE_MS],
    ['after the deadline', waiting(21), 60 * MINUTE_MS],
    [
      'when the database has held for five seconds',
      { ...NEW, memory: { databaseReadySinceMs: NOW_MS - 4_000 } },
      1_000,
    ],
    ['a pause does not let a deadline be overslept', { ...waiting(19), ...PAUSED }, MINUTE_MS],
  ])('%s', (_, changes, ms) => {
    expect(judgeWith(changes).recheckAfterMs).toBe(ms);
  });

  test('the nearest of several deadlines counts', () => {
    const since = (minutes: number): string => new Date(NOW_MS - minutes * MINUTE_MS).toISOString();
    const conditions = [
      { type: 'ConfigReady', status: 'False' as const, reason: 'InputsMissing', message: '', lastTransitionTime: since(7) },
      { type: 'DatabaseReady', status: 'False' as const, reason: 'PostgresInitializing', message: '', lastTransitionTime: since(18) },
    ]; // prettier-ignore
    const found = judgeWith({ ...STARTING_DATABASE, ...SECRET_MISSING, status: { conditions } });
    expect(found.recheckAfterMs).toBe(2 * MINUTE_MS);
  });

  test.each<[string, Changes]>([
    ['settled', {}],
    ['settled and paused', PAUSED],
    ['paused, with a step that is held', { ...PAUSED, ...LOST_SERVICE }],
  ])('ten hours, a fifth more or less: %s', (_, changes) => {
    const { recheckAfterMs } = judgeWith(changes);
    expect(recheckAfterMs).toBeGreaterThanOrEqual(8 * 60 * MINUTE_MS);
    expect(recheckAfterMs).toBeLessThanOrEqual(12 * 60 * MINUTE_MS);
  });
});

test('judging has no memory of its own: the same facts give the same judgement', () => {
  expect(judgeWith({ ...NEW, ...LOST_SERVICE })).toEqual(judgeWith({ ...NEW, ...LOST_SERVICE }));
});

test('all histories lost: what is applied again is what stands, and no pod restarts', () => {
  const amnesia = { memory: { applied: {}, attempts: [], databaseReadySinceMs: 0, serverUid: '' } };
  const first = judgeWith(amnesia);
  expect(first.next).toMatchObject({ name: 'applyStatefulSet', summary: 'apply' });
  const facts = factsWith(amnesia);
  const applied = marks({ ...facts, statefulSet: statefulSet({ configHash: HASH }) });
  expect(nextOf({ memory: { applied, attempts: [], databaseReadySinceMs: 0 } })).toBeUndefined();
});

test('a new DittoServer over one volume of an earlier database says so', () => {
  const { next } = judgeWith({ ...FRESH, databaseClaims: known([claim('pgdata-a')]) });
  expect(next?.summary).toEqual(saying('create PerconaPGCluster files-postgres', 'pgdata-a'));
});

test('memory of another life is not needed to know that a database is lost', () => {
  const facts = {
    ...FRESH,
    status: { perconaClusterUid: CLUSTER_UID },
    memory: memoryWith({ attempts: [], serverApi: UNASKED }),
  };
  expect(judgeWith({ ...facts, foundation: [] })).toMatchObject({ reason: 'DatabaseLost' });
});

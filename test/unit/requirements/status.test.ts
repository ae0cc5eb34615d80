// The status that a DittoServer shows, and when it is written.
import type { DittoServerStatus } from '../../../src/api/generated/ditto-server.ts';
import { ABSENT } from '../../../src/requirements/facts.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { statusDiffers, statusOf } from '../../../src/requirements/status.ts';
import {
  cluster, CLUSTER_UID, DATABASE_DOWN, factsWith, FRESH, HASH, NEW_HASH, SQLITE, STARTING_DATABASE, statefulSet, type Changes,
} from './facts.ts'; // prettier-ignore

function statusWith(changes: Changes): DittoServerStatus {
  const facts = factsWith(changes);
  return statusOf(facts, judge(requirements, facts, DEFAULT_SETTINGS));
}

const LONG_AGO = '2026-03-01T08:00:00Z';
const NOT_READY = { statefulSet: statefulSet({ readyReplicas: 0 }) } as const;
const STUCK = {
  ...NOT_READY,
  status: {
    configHash: HASH,
    conditions: [
      { type: 'Available', status: 'False', reason: 'PodsStarting', message: '', lastTransitionTime: LONG_AGO },
    ],
  },
} satisfies Changes;
const STOPPED = {
  spec: { replicas: 0 },
  statefulSet: statefulSet({ replicas: 0, statusReplicas: 0, readyReplicas: 0 }),
};

describe('phase', () => {
  test.each<[string, Changes, string]>([
    ['just applied', FRESH, 'Pending'],
    ['the database starts', STARTING_DATABASE, 'Pending'],
    ['pods start', NOT_READY, 'Pending'],
    ['pods are ready', {}, 'Running'],
    ['pods are ready, the database is down', { postgresCluster: DATABASE_DOWN }, 'Running'],
    ['pods are ready, and it is paused', { metadata: { annotations: { 'dittofs.io/paused': 'true' } } }, 'Running'],
    ['a deadline has passed', STUCK, 'Failed'],
    ['scaled to zero', STOPPED, 'Stopped'],
    ['scaled to zero, a pod still stops', { spec: { replicas: 0 } }, 'Pending'],
    ['being deleted', { metadata: { deletionTimestamp: LONG_AGO } }, 'Deleting'],
    ['being deleted after a deadline', { ...STUCK, metadata: { deletionTimestamp: LONG_AGO } }, 'Deleting'],
  ])('%s: %s', (_, changes, phase) => {
    expect(statusWith(changes).phase).toBe(phase);
  });
});

describe('what status remembers', () => {
  test('replicas and the hash of the StatefulSet', () => {
    expect(statusWith({ statefulSet: statefulSet({ configHash: NEW_HASH, statusReplicas: 2 }) })).toMatchObject({
      replicas: 2,
      readyReplicas: 1,
      availableReplicas: 1,
      configHash: NEW_HASH,
    });
  });

  test.each([
    ['is lost', ABSENT],
    ['belongs to somebody else', statefulSet({ ownership: 'foreign', configHash: NEW_HASH })],
    ['lost its annotation', statefulSet({ configHash: '' })],
  ])('the hash, when the StatefulSet %s', (_, found) => {
    expect(statusWith({ statefulSet: found })).toMatchObject({ configHash: HASH });
  });

  test('name and uid of the database, also when it is lost: it must not be replaced by an empty one', () => {
    const database = { perconaClusterName: 'files-postgres', perconaClusterUid: CLUSTER_UID };
    expect(statusWith({ status: {} })).toMatchObject(database);
    expect(statusWith({ postgresCluster: ABSENT })).toMatchObject(database);
    expect(statusWith({ postgresCluster: cluster({ ownership: 'foreign', uid: 'other' }) })).toMatchObject(database);
  });

  test('a new database over the old volume', () => {
    expect(statusWith({ postgresCluster: cluster({ uid: 'new' }) })).toMatchObject({ perconaClusterUid: 'new' });
  });

  test('no database of a server that runs on SQLite, also if it was to have one once', () => {
    const status = { configHash: HASH, perconaClusterName: 'files-postgres', perconaClusterUid: CLUSTER_UID };
    expect(statusWith({ ...SQLITE, status, postgresCluster: cluster() })).not.toHaveProperty('perconaClusterName');
  });

  test('but of one whose switch is refused', () => {
    expect(statusWith({ spec: { percona: { enabled: false } } })).toMatchObject({ perconaClusterUid: CLUSTER_UID });
  });
});

describe('observedGeneration', () => {
  test('is the generation that was judged', () => {
    expect(statusWith({ metadata: { generation: 9 } }).observedGeneration).toBe(9);
  });

  const TO_RETAIN = {
    spec: { percona: { enabled: true, deletionPolicy: 'Retain' } },
    metadata: { generation: 9, annotations: { 'dittofs.io/paused': 'true' } },
  } as const;

  test('stays behind until a changed deletion policy is in force (X1)', () => {
    const status = { configHash: HASH, observedGeneration: 8 };
    expect(statusWith({ ...TO_RETAIN, status }).observedGeneration).toBe(8);
    expect(
      statusWith({ ...TO_RETAIN, status, postgresCluster: cluster({ controlled: false }) }).observedGeneration,
    ).toBe(9);
  });

  test('is -1, as by default, when nothing was ever acknowledged', () => {
    expect(statusWith({ ...TO_RETAIN, status: {} }).observedGeneration).toBe(-1);
  });
});

describe('it is written', () => {
  const stored = statusWith({});

  test.each<[string, DittoServerStatus | undefined, boolean]>([
    ['not when nothing has changed', statusWith({}), false],
    [
      'not when the API server tells its parts in another order',
      { ...stored, conditions: stored.conditions?.toReversed() ?? [] },
      false,
    ],
    [
      'not because somebody else added a condition',
      {
        ...stored,
        conditions: [
          ...(stored.conditions ?? []),
          { type: 'EngineReachable', status: 'True', reason: 'x', message: '', lastTransitionTime: LONG_AGO },
        ],
      },
      false,
    ],
    ['when there is none', undefined, true],
    ['when a number differs', { ...stored, readyReplicas: 0 }, true],
    [
      'when a message differs',
      { ...stored, conditions: stored.conditions?.map((one) => ({ ...one, message: 'x' })) ?? [] },
      true,
    ],
    ['when a condition is missing', { ...stored, conditions: stored.conditions?.slice(1) ?? [] }, true],
    ['when one of ours is too many', { ...statusWith({}), perconaClusterName: 'other' }, true],
  ])('%s', (_, before, differs) => {
    expect(statusDiffers(before, stored)).toBe(differs);
  });

  test('a settled DittoServer looked at again and again is not written (U2)', () => {
    let status = statusWith({ status: undefined });
    for (let minutes = 1; minutes < 50; minutes += 7) {
      const again = statusWith({ status, nowMs: Date.parse('2026-03-01T12:00:00Z') + minutes * 60_000 });
      expect(statusDiffers(status, again)).toBe(false);
      status = again;
    }
  });

  test('a database wait of 19 minutes is written once (U2)', () => {
    let status: DittoServerStatus = statusWith({ ...STARTING_DATABASE, status: {} });
    let writes = 0;
    for (let seconds = 5; seconds < 19 * 60; seconds += 5) {
      const again = statusWith({
        ...STARTING_DATABASE,
        status,
        nowMs: Date.parse('2026-03-01T12:00:00Z') + seconds * 1_000,
      });
      if (statusDiffers(status, again)) writes += 1;
      status = again;
    }
    expect(writes).toBe(0);
  });
});

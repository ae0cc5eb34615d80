// What is read of a StatefulSet and of a PerconaPGCluster.
import type { Stored } from '../../../src/api/kubernetes.ts';
import { names } from '../../../src/api/names.ts';
import type { PerconaPGCluster } from '../../../src/api/percona.ts';
import { statefulSet } from '../../../src/manifests/index.ts';
import { postgresClusterFact } from '../../../activities/observe/postgres-cluster.ts';
import { statefulSetFact, takenOverMark, withVolumesKept } from '../../../activities/observe/stateful-set.ts';
import { known } from '../../../src/requirements/facts.ts';
import { dittoServer } from '../manifests/examples.ts';
import { cluster, statefulSet as statefulSetWith } from '../requirements/facts.ts';

const storage = { metadataSize: '5Gi', contentSize: '10Gi' };
const PERCONA = dittoServer({ storage, percona: { enabled: true } });
const SQLITE = dittoServer({ storage });

type Found = Parameters<typeof statefulSetFact>[0];

function found(server: typeof SQLITE, status?: object, generation = 1): Found {
  const rendered = statefulSet(server, { configHash: 'h1' });
  const metadata = { ...rendered.metadata, uid: 'u-set', resourceVersion: '9', generation };
  return { ...rendered, metadata, ...(status && { status }) } as unknown as Found;
}

describe('a StatefulSet', () => {
  test('that was just made has no pods, and its hash and volumes are those of its template', () => {
    expect(statefulSetFact(found(SQLITE), SQLITE)).toMatchObject({
      ownership: 'ours',
      replicas: 1,
      configHash: 'h1',
      observedGeneration: 0,
      readyReplicas: 0,
      updated: false,
      volumes: { metadataSize: '5Gi', contentSize: '10Gi', controlPlaneSize: '1Gi' },
    });
  });

  const status = (changes: object): object => ({
    replicas: 1, observedGeneration: 1, currentRevision: 'r1', updateRevision: 'r1', ...changes,
  }); // prettier-ignore

  test.each([
    ['all pods are of its template', status({}), 1, true],
    ['the controller has not seen the last change', status({}), 2, false],
    ['a roll is under way', status({ updateRevision: 'r2', updatedReplicas: 0 }), 1, false],
    ['the one pod is of the new template', status({ updateRevision: 'r2', updatedReplicas: 1 }), 1, true],
  ])('%s', (_, given, generation, updated) => {
    expect(statefulSetFact(found(SQLITE, given, generation), SQLITE).updated).toBe(updated);
  });

  test('runs on PostgreSQL when its server says so, not when a sidecar does', () => {
    expect(statefulSetFact(found(PERCONA), PERCONA).onPostgres).toBe(true);
    expect(statefulSetFact(found(SQLITE), SQLITE).onPostgres).toBe(false);
    const injected = structuredClone(found(SQLITE)) as unknown as {
      spec: { template: { spec: { containers: object[] } } };
    };
    injected.spec.template.spec.containers.push({ name: 'sidecar', env: [{ name: 'DATABASE_URL', value: 'x' }] });
    expect(statefulSetFact(injected as unknown as Found, SQLITE).onPostgres).toBe(false);
  });

  test('runs on an external PostgreSQL when its server says so', () => {
    const server = dittoServer({ ...SQLITE.spec, database: { postgresSecretRef: { name: 'own', key: '' } } });
    const fact = statefulSetFact(found(server), server);
    expect([fact.onPostgres, fact.onExternalPostgres]).toEqual([false, true]);
    expect(statefulSetFact(found(SQLITE), SQLITE).onExternalPostgres).toBe(false);
    expect(statefulSetFact(found(PERCONA), PERCONA).onExternalPostgres).toBe(false);
  });

  test('of the Go operator is known by its digest without our revision; with Percona it runs on SQLite', () => {
    const theirs = structuredClone(found(PERCONA)) as unknown as {
      metadata: { annotations?: Record<string, string> };
      spec: {
        template: { metadata: { annotations: Record<string, string> }; spec: { containers: { env: object[] }[] } };
      };
    };
    const { template } = theirs.spec;
    template.metadata.annotations = { 'dittofs.io/config-hash': 'go-1' };
    for (const one of template.spec.containers) one.env = [{ name: 'DATABASE_URL' }];
    const fact = () => statefulSetFact(theirs as unknown as Found, PERCONA);
    expect(fact()).toMatchObject({ onPostgres: false, onExternalPostgres: false, configHash: 'go-1', predecessor: {} });
    theirs.metadata.annotations = { 'dittofs.io/taken-over': takenOverMark('go-1', 'ours-1') };
    expect(fact().predecessor).toEqual({ inputs: 'ours-1' });
    template.metadata.annotations['dittofs.io/config-hash'] = 'go-2';
    expect(fact().predecessor).toEqual({});
    expect(statefulSetFact(found(PERCONA), PERCONA).predecessor).toBeUndefined();
  });

  test('keeps its volumes in what is rendered, and nothing else', () => {
    const bigger = dittoServer({ ...SQLITE.spec, storage: { metadataSize: '6Gi', contentSize: '10Gi' } });
    const fact = known(statefulSetFact(found(SQLITE), SQLITE));
    expect(withVolumesKept(bigger, fact).spec).toEqual({ ...SQLITE.spec, storage });
    expect(withVolumesKept(bigger, statefulSetWith({ ownership: 'foreign' }))).toBe(bigger);
  });
});

describe('a PerconaPGCluster', () => {
  const spec: PerconaPGCluster['spec'] = {
    postgresVersion: 16,
    instances: [
      { name: 'a', replicas: 2, dataVolumeClaimSpec: { accessModes: [], resources: { requests: { storage: '1Gi' } } } },
      { name: 'b', dataVolumeClaimSpec: { accessModes: [], resources: { requests: { storage: '1Gi' } } } },
    ],
    users: [{ name: 'dittofs', databases: ['dittofs', 'other'], password: { type: 'AlphaNumeric' } }],
    backups: { enabled: false },
  };
  const metadata = {
    name: names('files').postgresCluster, namespace: 'default', uid: 'u-pg', resourceVersion: '4', generation: 2,
    creationTimestamp: '2026-03-01T12:00:00Z', annotations: { 'dittofs.io/percona-hash': 'p1' },
    labels: { 'dittofs.io/owner-uid': PERCONA.metadata.uid },
  }; // prettier-ignore
  const factOf = (changes: Partial<PerconaPGCluster>) =>
    postgresClusterFact(
      {
        apiVersion: 'pgv2.percona.com/v2',
        kind: 'PerconaPGCluster',
        metadata,
        spec,
        ...changes,
      } as Stored<PerconaPGCluster>,
      PERCONA,
    );

  test('that nobody has reported on', () => {
    expect(factOf({})).toMatchObject({
      ownership: 'ours',
      controlled: false,
      perconaHash: 'p1',
      createdAtMs: Date.parse('2026-03-01T12:00:00Z'),
      state: '',
      ready: 0,
      size: 0,
      wanted: 3,
      postgresVersion: 16,
      databases: ['dittofs', 'other'],
      heldByOperator: '',
      observedGeneration: undefined,
    });
  });

  test('that is ready', () => {
    const status = { state: 'ready', observedGeneration: 2, postgres: { size: 3, ready: 3 } };
    expect(factOf({ status })).toMatchObject({ state: 'ready', size: 3, ready: 3, observedGeneration: 2 });
  });

  test('that its operator holds until somebody allows it', () => {
    const condition = {
      type: 'Progressing',
      status: 'False',
      reason: 'Paused',
      message: 'add the annotation',
      lastTransitionTime: '',
    } as const;
    expect(factOf({ status: { conditions: [condition] } }).heldByOperator).toBe('add the annotation');
    expect(factOf({ status: { conditions: [{ ...condition, reason: 'Other' }] } }).heldByOperator).toBe('');
  });

  test('with an owner reference', () => {
    const owner = { apiVersion: 'x', kind: 'DittoServer', name: 'files', uid: PERCONA.metadata.uid, controller: true };
    expect(factOf({ metadata: { ...metadata, ownerReferences: [owner] } }).controlled).toBe(true);
  });

  test('without users', () => {
    const { postgresVersion, instances, backups } = spec;
    expect(factOf({ spec: { postgresVersion, instances, backups } }).databases).toEqual([]);
  });
});

test('the builders of the other tests agree with what is read', () => {
  const read = Object.keys(statefulSetFact(found(SQLITE), SQLITE)).sort();
  const built = statefulSetWith();
  expect(built.state === 'known' && Object.keys(built.value).sort()).toEqual(read);
  expect(cluster().state).toBe('known');
});

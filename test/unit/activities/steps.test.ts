// Whole passes of the activities, from an applied DittoServer to a settled one, and what a failure leaves undone.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import type { Condition } from '../../../src/api/kubernetes.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const STORAGE = { metadataSize: '5Gi' };
const SQLITE = { storage: STORAGE };
const PERCONA = { storage: STORAGE, percona: { enabled: true } };

async function settled(spec: DittoServerSpec): Promise<SmallWorld> {
  const world = smallWorld(spec);
  await world.pass();
  if ('percona' in spec) {
    world.databaseIs('ready');
    await world.pass();
  }
  world.podsRun();
  await world.pass();
  world.later(60_000);
  return world;
}

const statusOf = ({ kube }: SmallWorld) =>
  kube.find('DittoServer', 'files')?.['status'] as { observedGeneration: number; conditions: readonly Condition[] };
const conditionOf = (world: SmallWorld, type: string) => statusOf(world).conditions.find((one) => one.type === type);
const hashOf = ({ kube }: SmallWorld): unknown => {
  const spec = kube.find('StatefulSet', 'files')?.['spec'] as {
    template: { metadata: { annotations: Record<string, string> } };
  };
  return spec.template.metadata.annotations['dittofs.io/config-hash'];
};
const writesOf = ({ kube }: SmallWorld, since: number) => kube.calls.slice(since).filter(({ changed }) => changed).map(({ kind, name }) => `${kind}/${name}`); // prettier-ignore
const isOf = (kind: string) => (call: { kind: string; verb: string }) => call.kind === kind && call.verb !== 'get' && call.verb !== 'list'; // prettier-ignore

describe('the calm way', () => {
  test('a server without Percona is provisioned by one step (M9)', async () => {
    const { steps, verdict } = await smallWorld(SQLITE).pass();
    expect(steps).toEqual(['applyStatefulSet']);
    expect(verdict.story).toMatchObject({ stage: 'WaitingForPods', reason: 'PodsStarting' });
  });

  test('with Percona the database comes first, and the StatefulSet when it is ready (M1, M5)', async () => {
    const world = smallWorld(PERCONA);
    expect((await world.pass()).steps).toEqual(['createPostgresCluster']);
    expect(world.kube.find('PerconaPGCluster', 'files-postgres')).toBeDefined();
    world.databaseIs('initializing');
    expect((await world.pass()).steps).toEqual([]);
    expect(world.kube.find('StatefulSet', 'files')).toBeUndefined();
    world.databaseIs('ready');
    expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
    world.podsRun();
    const { verdict } = await world.pass();
    expect(verdict.story).toMatchObject({ stage: 'Ready', ready: true });
  });

  test.each([SQLITE, PERCONA])(
    'settled, nothing is written, also by a workflow that remembers nothing',
    async (spec) => {
      const world = await settled(spec);
      const since = world.kube.calls.length;
      expect((await world.pass()).steps).toEqual([]);
      world.forget();
      await world.pass();
      expect(writesOf(world, since)).toEqual([]);
    },
  );

  test('a changed password is one roll, and a verifier is none (M8, R2)', async () => {
    const world = await settled(PERCONA);
    const before = hashOf(world);
    world.databaseIs('ready', 'second');
    expect((await world.pass()).verdict).toMatchObject({
      recheckAfterMs: 5_000,
      story: { reason: 'CredentialsSettling' },
    });
    world.later(5_000);
    expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin', 'applyStatefulSet']);
    expect(world.log.map(({ message }) => message)).toContain('roll: database password changed');
    expect(hashOf(world)).not.toBe(before);
    world.kube.edit('Secret', 'files-postgres-pguser-dittofs', 'postgres-operator', (draft) => {
      (draft['data'] as Record<string, string>)['verifier'] = 'other';
    });
    expect((await world.pass()).steps).toEqual([]);
  });
});

describe('the first look at a new DittoServer', () => {
  const reads = ({ kube }: SmallWorld) =>
    kube.calls.filter(({ verb }) => verb === 'get' || verb === 'list').map(({ kind }) => kind);

  test('reads nothing but the DittoServer, since there should be nothing else, and leaves the reading to the step', async () => {
    const world = smallWorld(SQLITE);
    await world.pass();
    const [first, second] = reads(world);
    expect([first, second]).toEqual(['DittoServer', 'DittoServer']);
  });

  test('reads everything where no step follows', async () => {
    const world = smallWorld(SQLITE);
    world.annotate('dittofs.io/paused', 'true');
    const { verdict } = await world.pass();
    expect(verdict.story).toMatchObject({ reason: 'Paused' });
    expect(reads(world)).toEqual(expect.arrayContaining(['StatefulSet', 'Pod']));
  });
});

describe('backups', () => {
  const BACKUP = { enabled: true, bucket: 'b', endpoint: 'e' };
  const AUTHORISED = 'pgv2.percona.com/authorizeBackupRemoval';
  interface Cluster {
    readonly metadata: { readonly annotations?: Record<string, string> };
    readonly spec: { readonly backups: { readonly enabled: boolean; readonly pgbackrest: { readonly global?: Record<string, string> } } };
  }
  const clusterOf = (world: SmallWorld) => world.kube.find('PerconaPGCluster', 'files-postgres') as unknown as Cluster;
  const backupIs = async (world: SmallWorld, percona: object): Promise<void> => {
    world.edit((spec) => (spec['percona'] = { enabled: true, ...percona }));
    expect((await world.pass()).steps).toContain('updatePostgresCluster');
  };

  test('are removed with the authorisation that Percona asks for, only when the user turned them off', async () => {
    const world = await settled({ ...PERCONA, percona: { enabled: true, backup: BACKUP } });
    expect(clusterOf(world).metadata.annotations).not.toHaveProperty(AUTHORISED);
    await backupIs(world, { backup: BACKUP, replicas: 2 });
    expect(clusterOf(world).metadata.annotations).not.toHaveProperty(AUTHORISED);

    await backupIs(world, { backup: { ...BACKUP, enabled: false } });
    expect(clusterOf(world).metadata.annotations).toMatchObject({ [AUTHORISED]: 'true' });
    expect(clusterOf(world).spec.backups).toMatchObject({ enabled: false });
    await backupIs(world, { replicas: 3 });
    expect(clusterOf(world).metadata.annotations).toMatchObject({ [AUTHORISED]: 'true' });

    await backupIs(world, { backup: BACKUP });
    expect(clusterOf(world).metadata.annotations).not.toHaveProperty(AUTHORISED);
    expect(clusterOf(world).spec.backups).toMatchObject({ enabled: true });
  });

  test('a database that never had any needs no authorisation', async () => {
    const world = await settled(PERCONA);
    await backupIs(world, { replicas: 2 });
    expect(clusterOf(world).metadata.annotations).not.toHaveProperty(AUTHORISED);
  });

  test('of a database that was handed over go where they went before (D1)', async () => {
    const world = await settled({ ...PERCONA, percona: { enabled: true, backup: BACKUP } });
    const before = '/pgbackrest/files/repo1';
    world.kube.edit('PerconaPGCluster', 'files-postgres', 'dittoserver-provisioner', (draft) => {
      (draft as unknown as Cluster & { spec: { backups: { pgbackrest: { global: Record<string, string> } } } }).spec.backups.pgbackrest.global['repo1-path'] = before;
    });
    await backupIs(world, { backup: { ...BACKUP, retentionDays: 30 } });
    const { global } = clusterOf(world).spec.backups.pgbackrest;
    expect(global).toMatchObject({ 'repo1-path': before, 'repo1-retention-full': '30' });
  });
}); // prettier-ignore

describe('metrics', () => {
  const METRICS = { ...SQLITE, metrics: { enabled: true, serviceMonitor: { enabled: true } } };

  test('that are switched off take their Service and ServiceMonitor with them, and nothing of anybody else', async () => {
    const world = await settled(METRICS);
    expect(world.kube.find('Service', 'files-metrics')).toBeDefined();
    expect(world.kube.find('ServiceMonitor', 'files-metrics')).toBeDefined();
    world.edit((spec) => (spec['metrics'] = { enabled: false }));
    const since = world.kube.calls.length;
    await world.pass();
    expect(world.kube.find('Service', 'files-metrics')).toBeUndefined();
    expect(world.kube.find('ServiceMonitor', 'files-metrics')).toBeUndefined();
    const deleted = world.kube.calls.slice(since).filter(({ verb }) => verb === 'delete');
    expect(deleted.map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
      'Service/files-metrics',
      'ServiceMonitor/files-metrics',
    ]);
    expect((await world.pass()).steps).toEqual([]);
  });

  test('that are removed from the specification altogether do so too', async () => {
    const world = await settled(METRICS);
    world.edit((spec) => delete spec['metrics']);
    await world.pass();
    expect(world.kube.find('Service', 'files-metrics')).toBeUndefined();
    expect((await world.pass()).steps).toEqual([]);
  });

  test('a foreign Service of that name is a conflict while metrics are on, and left alone when they are off', async () => {
    const world = await settled(SQLITE);
    world.kube.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'files-metrics' } }, 'kubectl');
    world.edit((spec) => (spec['metrics'] = { enabled: true }));
    expect((await world.pass()).verdict.story.reason).toBe('ObjectConflict');
    world.edit((spec) => (spec['metrics'] = { enabled: false }));
    await world.pass();
    expect(world.kube.find('Service', 'files-metrics')).toBeDefined();
  });

  test('without the API of the Prometheus operator there is no ServiceMonitor, and nothing waits for it', async () => {
    const world = smallWorld(METRICS);
    const install = world.kube.refuse(({ kind }) => kind === 'ServiceMonitor', 404);
    await world.pass();
    world.podsRun();
    expect((await world.pass()).verdict.story.reason).toBe('AllConditionsMet');
    expect(world.kube.find('ServiceMonitor', 'files-metrics')).toBeUndefined();
    install();
    expect((await world.pass()).steps).toEqual(['applyFoundation']);
    expect(world.kube.find('ServiceMonitor', 'files-metrics')).toBeDefined();
  });
});

describe('what already exists', () => {
  test('a foreign cluster of that name is told and not touched', async () => {
    const world = smallWorld(PERCONA);
    const spec = { postgresVersion: 16, instances: [{ name: 'x' }], backups: { enabled: false } };
    world.kube.put(
      {
        apiVersion: 'pgv2.percona.com/v2',
        kind: 'PerconaPGCluster',
        metadata: { name: 'files-postgres' },
        spec,
      },
      'kubectl',
    );
    const { verdict } = await world.pass();
    expect(verdict.story).toMatchObject({ reason: 'ForeignPostgresCluster' });
    expect(world.kube.calls.filter(isOf('PerconaPGCluster'))).toEqual([]);
  });

  test('a foreign Secret of the name of ours is a conflict, and nothing is built on its value', async () => {
    const world = smallWorld(SQLITE);
    world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'files-jwt-secret' }, data: {} }, 'kubectl');
    const { verdict } = await world.pass();
    expect(writesOf(world, 0)).toEqual(['DittoServer/files']);
    expect(verdict.story).toMatchObject({ reason: 'ObjectConflict' });
  });

  test('a Secret that comes into being between looking and creating is seen, not overwritten', async () => {
    const world = smallWorld(SQLITE);
    let created = false;
    world.kube.before(({ kind, verb }) => {
      if (created || kind !== 'Secret' || verb !== 'create') return;
      created = true;
      world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'files-jwt-secret' }, data: {} }, 'kubectl');
    });
    const { verdict } = await world.pass();
    expect(verdict.story).toMatchObject({ reason: 'ObjectConflict' });
    expect(world.kube.find('StatefulSet', 'files')).toBeUndefined();
  });
});

describe('a step that fails', () => {
  test('is told, logged as a warning only, and tried again with the next pass', async () => {
    const world = smallWorld(PERCONA);
    const mend = world.kube.refuse(isOf('PerconaPGCluster'), 403);
    const { steps, verdict } = await world.pass();
    expect(steps).toEqual(['createPostgresCluster']);
    expect(verdict).toMatchObject({
      story: { reason: 'Forbidden', stage: 'WaitingForDatabase' },
      recheckAfterMs: 5_000,
    });
    expect(conditionOf(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'Forbidden' });
    expect(world.log.map(({ level }) => level)).toEqual(['warn']);
    mend();
    expect((await world.pass()).steps).toEqual(['createPostgresCluster']);
    expect(world.kube.find('PerconaPGCluster', 'files-postgres')).toBeDefined();
  });

  test('does not take what succeeded beside it with it', async () => {
    const world = smallWorld(PERCONA);
    world.kube.refuse(isOf('PerconaPGCluster'), 403);
    await world.pass();
    expect(world.kube.find('Service', 'files-api')).toBeDefined();
    const since = world.kube.calls.length;
    expect((await world.pass()).steps).toEqual(['createPostgresCluster']);
    expect(world.kube.calls.slice(since).filter(isOf('Service'))).toEqual([]);
  });

  test('holds back neither the deletion policy nor a change of the database (X1)', async () => {
    const world = await settled(PERCONA);
    world.kube.refuse(isOf('StatefulSet'), 400);
    world.edit((spec) => {
      spec['image'] = 'marmos91c/dittofs:other';
      spec['logging'] = { level: 'DEBUG' };
      spec['percona'] = { enabled: true, deletionPolicy: 'Retain', replicas: 2 };
    });
    const { steps, verdict } = await world.pass();
    expect(steps).toEqual(['applyDeletionPolicy', 'verifyDatabaseLogin', 'applyStatefulSet', 'updatePostgresCluster']);
    const cluster = world.kube.find('PerconaPGCluster', 'files-postgres');
    expect(cluster?.metadata.ownerReferences ?? []).toEqual([]);
    expect(cluster?.['spec']).toMatchObject({ instances: [{ replicas: 2 }] });
    expect(verdict.story.reason).toBe('PostgresInitializing');
  });

  test('a policy that cannot be applied holds nothing else back, and its generation is not acknowledged', async () => {
    const world = await settled(PERCONA);
    const acknowledged = statusOf(world).observedGeneration;
    const mend = world.kube.refuse(isOf('PerconaPGCluster'), 403);
    world.kube.remove('Service', 'files-api');
    world.edit((spec) => (spec['percona'] = { enabled: true, deletionPolicy: 'Retain' }));
    const { steps } = await world.pass();
    expect(steps).toEqual(['applyDeletionPolicy', 'applyFoundation']);
    expect(world.kube.find('Service', 'files-api')).toBeDefined();
    expect(statusOf(world).observedGeneration).toBe(acknowledged);
    mend();
    await world.pass();
    expect(statusOf(world).observedGeneration).toBe(acknowledged + 1);
  });

  test('an API server that does not answer is waited for, ever longer', async () => {
    const world = await settled(SQLITE);
    const mend = world.kube.refuse(() => true, 'unreachable');
    expect((await world.pass()).verdict).toMatchObject({
      story: { stage: 'Unreachable', reason: 'ApiUnavailable' },
      recheckAfterMs: 5_000,
    });
    world.later(30_000);
    expect((await world.pass()).verdict.recheckAfterMs).toBe(30_000);
    world.later(120_000);
    expect((await world.pass()).verdict.recheckAfterMs).toBe(150_000);
    mend();
    expect((await world.pass()).verdict.story.stage).toBe('Ready');
  });

  test('an answer of 500 to every write ends the pass', async () => {
    const world = smallWorld(SQLITE);
    world.kube.refuse(({ verb, subresource }) => verb !== 'get' && verb !== 'list' && subresource !== 'status', 500);
    const { steps, verdict } = await world.pass();
    expect(steps).toEqual(['applyStatefulSet', 'applyFoundation']);
    expect(verdict.story).toMatchObject({ reason: 'ApiUnavailable' });
  });
});

describe('volumes that cannot change', () => {
  test('are told, and everything else goes on', async () => {
    const world = await settled(SQLITE);
    world.edit((spec) => {
      spec['storage'] = { metadataSize: '6Gi', contentSize: '1Gi' };
      spec['replicas'] = 0;
    });
    expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
    const spec = world.kube.find('StatefulSet', 'files')?.['spec'] as {
      replicas: number;
      volumeClaimTemplates: { spec: { resources: object } }[];
    };
    expect(spec.replicas).toBe(0);
    expect(spec.volumeClaimTemplates.map((template) => template.spec.resources)).toEqual([
      { requests: { storage: '5Gi' } },
      { requests: { storage: '1Gi' } },
    ]);
    expect(conditionOf(world, 'ConfigReady')).toMatchObject({ reason: 'VolumeChangeUnsupported' });
  });

  test('do not restart the pod', async () => {
    const world = await settled(SQLITE);
    const before = hashOf(world);
    world.edit((spec) => (spec['storage'] = { metadataSize: '6Gi', contentSize: '1Gi' }));
    const { steps } = await world.pass();
    expect(steps).toEqual([]);
    expect(hashOf(world)).toBe(before);
  });
});

describe('after the deletion', () => {
  test('what is left is told once, and in the words of its fate', async () => {
    const world = await settled(PERCONA);
    world.edit((spec) => (spec['percona'] = { enabled: true, deletionPolicy: 'Retain' }));
    await world.pass();
    world.kube.remove('DittoServer', 'files');
    const { steps, verdict } = await world.pass();
    expect(steps).toEqual(['reportLeftovers']);
    expect(verdict).toMatchObject({ gone: true, story: { stage: 'Gone', reason: 'Deleted' } });
    const [event, ...more] = world.events.filter(({ reason }) => reason === 'DataLeft');
    expect(more).toEqual([]);
    expect(event?.note).toBe(
      'PerconaPGCluster files-postgres keeps running. ' +
        'Left: Secrets files-admin-bootstrap-credentials, files-jwt-secret, files-operator-credentials, files-postgres-pguser-dittofs. ' +
        'A DittoServer of the same name would use them again.',
    );
    expect((await world.pass()).steps).toEqual([]);
  });
});

test('nothing is judged as foreign that we made, and each Secret keeps its value when the DittoServer is made again', async () => {
  const world = await settled(SQLITE);
  const before = world.kube.find('Secret', 'files-jwt-secret');
  const labels = { app: 'dittofs-server', instance: 'files' };
  world.kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'metadata-files-0', labels } }, 'kube-controller-manager'); // prettier-ignore
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  world.kube.put(
    {
      apiVersion: 'dittofs.dittofs.com/v1alpha1',
      kind: 'DittoServer',
      metadata: { name: 'files' },
      spec: SQLITE,
    },
    'kubectl',
  );
  expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
  const after = world.kube.find('Secret', 'files-jwt-secret');
  expect(after?.['data']).toEqual(before?.['data']);
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(after?.metadata.labels?.['dittofs.io/owner-uid']).toBe(world.kube.find('DittoServer', 'files')?.metadata.uid);
});

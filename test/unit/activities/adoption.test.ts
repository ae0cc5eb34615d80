// Taking over a database: one that an earlier DittoServer of this name left by itself, one that somebody else made only by its uid, and that
// one is nobody's to delete until the user says so.
import { PERCONA_PG_CLUSTER } from '../../../src/api/names.ts';
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const PERCONA: DittoServerSpec = { storage: { metadataSize: '5Gi' }, percona: { enabled: true } };
const NAME = 'files-postgres';
const FOREIGN = {
  ...PERCONA_PG_CLUSTER,
  metadata: { name: NAME, labels: { team: 'shop' } },
  spec: {
    crVersion: '2.9.0',
    postgresVersion: 16,
    instances: [{ name: 'main', replicas: 1 }],
    users: [{ name: 'dittofs', databases: ['dittofs'] }],
    backups: { enabled: false },
  },
};

const cluster = ({ kube }: SmallWorld) => kube.find(PERCONA_PG_CLUSTER.kind, NAME);
const ownersOf = (world: SmallWorld) => cluster(world)?.metadata.ownerReferences ?? [];

function adopted(): SmallWorld {
  const world = smallWorld(PERCONA);
  world.kube.put(FOREIGN, 'shop-tool');
  world.annotate('dittofs.io/adopt-database', cluster(world)?.metadata.uid ?? '');
  return world;
}

test('a foreign cluster is left alone until its uid is named', async () => {
  const world = smallWorld(PERCONA);
  world.kube.put(FOREIGN, 'shop-tool');
  const before = cluster(world);
  expect((await world.pass()).verdict.story.reason).toBe('ForeignPostgresCluster');
  expect(cluster(world)).toEqual(before);
  world.annotate('dittofs.io/adopt-database', before?.metadata.uid ?? '');
  expect((await world.pass()).steps).toEqual(['adoptPostgresCluster']);
  expect(world.events.map(({ reason }) => reason)).toContain('DatabaseAdopted');
});

test('of an adopted cluster only what says whose it is becomes ours, and no policy owns it', async () => {
  const world = adopted();
  await world.pass();
  expect(cluster(world)?.['spec']).toEqual(FOREIGN.spec);
  expect(cluster(world)?.metadata.labels).toMatchObject({ team: 'shop', instance: 'files' });
  world.databaseIs('ready');
  await world.pass();
  expect(ownersOf(world)).toEqual([]);
  world.edit((spec) => (spec['percona'] = { enabled: true, deletionPolicy: 'DeleteWithData' }));
  await world.pass();
  world.kube.delete('DittoServer', 'files');
  expect((await world.pass()).verdict.gone).toBe(true);
  expect(cluster(world)?.metadata.deletionTimestamp).toBeUndefined();
});

test('a change of spec.percona neither takes the mark off nor gives it an owner', async () => {
  const world = adopted();
  await world.pass();
  world.databaseIs('ready');
  world.edit((spec) => (spec['percona'] = { enabled: true, resources: { limits: { cpu: '1' } } }));
  await world.pass();
  expect(cluster(world)?.metadata.annotations).toMatchObject({ 'dittofs.io/adopted': 'true' });
  expect(ownersOf(world)).toEqual([]);
});

test('a change of spec.percona leaves the backups of an adopted cluster to its owner: nothing of them is switched off or authorised to go', async () => {
  const world = smallWorld(PERCONA);
  const backups = { pgbackrest: { repos: [{ name: 'repo1', volume: {} }] } };
  // Nothing collides: only the backups are another manager's.
  world.kube.put({ ...FOREIGN, spec: { ...FOREIGN.spec, backups: {} } }, 'dittoserver-provisioner');
  world.kube.edit(PERCONA_PG_CLUSTER.kind, NAME, 'shop-tool', (draft) => {
    draft['spec'] = { ...(draft['spec'] as object), backups };
  });
  world.annotate('dittofs.io/adopt-database', cluster(world)?.metadata.uid ?? '');
  await world.pass();
  world.databaseIs('ready');
  world.edit((spec) => (spec['percona'] = { enabled: true, resources: { limits: { cpu: '1' } } }));
  expect((await world.pass()).steps).toContain('updatePostgresCluster');
  expect(cluster(world)?.['spec']).toMatchObject({ backups });
  expect(cluster(world)?.['spec']).not.toMatchObject({ backups: { enabled: false } });
  expect(cluster(world)?.metadata.annotations).not.toHaveProperty(['pgv2.percona.com/authorizeBackupRemoval']);
});

test('when the user takes the mark off, the policy counts', async () => {
  const world = adopted();
  await world.pass();
  world.kube.edit(PERCONA_PG_CLUSTER.kind, NAME, 'kubectl', ({ metadata }) => delete metadata.annotations?.['dittofs.io/adopted']); // prettier-ignore
  expect((await world.pass()).steps).toEqual(['applyDeletionPolicy']);
  expect(ownersOf(world)).toHaveLength(1);
});

test('one that an earlier DittoServer of this name left is taken over, unmarked and unchanged (X8)', async () => {
  const world = smallWorld({ ...PERCONA, percona: { enabled: true, deletionPolicy: 'Retain' } });
  await world.pass();
  world.databaseIs('ready');
  await world.pass();
  const before = cluster(world);
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  world.kube.put({ apiVersion: 'dittofs.dittofs.com/v1alpha1', kind: 'DittoServer', metadata: { name: 'files' }, spec: { ...PERCONA, percona: { enabled: true, deletionPolicy: 'Retain' } } }, 'kubectl'); // prettier-ignore
  expect((await world.pass()).steps).toContain('adoptPostgresCluster');
  expect(cluster(world)?.metadata.uid).toBe(before?.metadata.uid);
  expect(cluster(world)?.metadata.annotations).not.toHaveProperty('dittofs.io/adopted');
  expect(cluster(world)?.['spec']).toEqual(before?.['spec']);
});

test('a StatefulSet that a restore brought back without its reference is made ours, its template untouched (X8)', async () => {
  const world = smallWorld({ storage: { metadataSize: '5Gi' } });
  await world.pass();
  world.podsRun();
  await world.pass();
  const orphaned = (kind: string, name: string) => world.kube.edit(kind, name, 'velero', ({ metadata }) => delete metadata['ownerReferences']); // prettier-ignore
  orphaned('StatefulSet', 'files');
  orphaned('ConfigMap', 'files-config');
  const template = (found = world.kube.find('StatefulSet', 'files')) => (found?.['spec'] as { template: object }).template; // prettier-ignore
  const before = template();
  world.forget();
  await world.pass();
  expect(world.kube.find('StatefulSet', 'files')?.metadata.ownerReferences).toHaveLength(1);
  expect(world.kube.find('ConfigMap', 'files-config')?.metadata.ownerReferences).toHaveLength(1);
  expect(template()).toEqual(before);
});

test('owners that others gave a StatefulSet, none of them its controller, stay when it is made ours (X8)', async () => {
  const world = smallWorld({ storage: { metadataSize: '5Gi' } });
  await world.pass();
  world.podsRun();
  await world.pass();
  const backup = { apiVersion: 'example.com/v1', kind: 'Application', name: 'shop', uid: 'u-shop' };
  world.kube.edit('StatefulSet', 'files', 'velero', ({ metadata }) => (metadata['ownerReferences'] = [backup]));
  world.forget();
  await world.pass();
  const owners = world.kube.find('StatefulSet', 'files')?.metadata.ownerReferences;
  expect(owners).toMatchObject([backup, { kind: 'DittoServer', name: 'files', controller: true }]);
});

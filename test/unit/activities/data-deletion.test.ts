// DeleteWithData on the activities: our finalizer comes before status acknowledges it, Percona's only once the deletion has begun.
import { DATA_FINALIZER, DITTO_SERVER, PERCONA_DATA_FINALIZER } from '../../../src/api/names.ts';
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

type Policy = 'Delete' | 'Retain' | 'DeleteWithData';
const spec = (policy: Policy): DittoServerSpec => ({
  storage: { metadataSize: '5Gi' },
  percona: { enabled: true, deletionPolicy: policy },
});
const OTHERS = 'example.com/other';

async function settled(policy: Policy): Promise<SmallWorld> {
  const world = smallWorld(spec(policy));
  await world.pass();
  world.databaseIs('ready');
  await world.pass();
  world.podsRun();
  await world.pass();
  return world;
}

const change = (world: SmallWorld, policy: Policy) =>
  world.edit((draft) => (draft['percona'] = { enabled: true, deletionPolicy: policy }));
const finalizersOf = (world: SmallWorld, kind = 'DittoServer', name = 'files') =>
  world.kube.find(kind, name)?.metadata.finalizers ?? [];
const ownersOf = ({ kube }: SmallWorld) => kube.find('PerconaPGCluster', 'files-postgres')?.metadata.ownerReferences ?? []; // prettier-ignore
const addFinalizer = ({ kube }: SmallWorld, kind: string, name: string, finalizer: string) =>
  kube.edit(kind, name, 'somebody', (draft) => (draft.metadata['finalizers'] = [...((draft.metadata['finalizers'] as string[] | undefined) ?? []), finalizer])); // prettier-ignore

test('a new DittoServer carries our finalizer before its database is made, which has no owner and no finalizer', async () => {
  const world = smallWorld(spec('DeleteWithData'));
  expect((await world.pass()).steps).toEqual(['applyDeletionPolicy', 'createPostgresCluster']);
  expect(finalizersOf(world)).toEqual([DATA_FINALIZER]);
  expect(ownersOf(world)).toEqual([]);
  expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toEqual([]);
});

test('the policy is changed to and fro on a live DittoServer, and finalizers of others stay', async () => {
  const world = await settled('Delete');
  expect(ownersOf(world)).toHaveLength(1);
  addFinalizer(world, 'DittoServer', 'files', OTHERS);
  change(world, 'DeleteWithData');
  expect((await world.pass()).steps).toEqual(['applyDeletionPolicy']);
  expect([finalizersOf(world), ownersOf(world)]).toEqual([[OTHERS, DATA_FINALIZER], []]);
  change(world, 'Delete');
  await world.pass();
  expect(finalizersOf(world)).toEqual([OTHERS]);
  expect(ownersOf(world)).toHaveLength(1);
  change(world, 'Retain');
  await world.pass();
  expect([finalizersOf(world), ownersOf(world)]).toEqual([[OTHERS], []]);
});

test('at the deletion Percona’s finalizer is put on the cluster, that is deleted, and ours goes when nothing is left', async () => {
  const world = await settled('DeleteWithData');
  world.kube.delete('DittoServer', 'files');
  expect((await world.pass()).steps).toEqual(['deleteData']);
  const cluster = world.kube.find('PerconaPGCluster', 'files-postgres');
  expect(cluster?.metadata).toMatchObject({ deletionTimestamp: expect.any(String) as string, finalizers: [PERCONA_DATA_FINALIZER] }); // prettier-ignore
  expect(world.events.map(({ reason }) => reason)).toContain('DataDeleted');
  world.later(30 * 60_000);
  expect((await world.pass()).verdict.story).toMatchObject({
    stage: 'Deleting',
    reason: 'DeletingData',
    stalled: true,
  });
  world.later(30 * 24 * 60 * 60_000);
  await world.pass();
  expect(finalizersOf(world)).toEqual([DATA_FINALIZER]);

  world.kube.edit('PerconaPGCluster', 'files-postgres', 'postgres-operator', (draft) => (draft.metadata['finalizers'] = [])); // prettier-ignore
  const { steps, verdict } = await world.pass();
  expect(steps).toEqual(['deleteData', 'reportLeftovers']);
  expect(verdict.gone).toBe(true);
  expect(world.kube.find('Secret', 'files-postgres-pguser-dittofs')).toBeUndefined();
  expect(world.kube.find('DittoServer', 'files')).toBeUndefined();
});

test('a pause holds it, and the change to Retain lets the DittoServer go with its database kept', async () => {
  const world = await settled('DeleteWithData');
  world.annotate('dittofs.io/paused', 'true');
  world.kube.delete('DittoServer', 'files');
  const { steps, verdict } = await world.pass();
  expect(steps).toEqual([]);
  expect(verdict.story).toMatchObject({ stage: 'Deleting' });
  change(world, 'Retain');
  world.annotate('dittofs.io/paused', 'false');
  expect((await world.pass()).steps).toEqual(['deleteData', 'reportLeftovers']);
  expect(world.kube.find('PerconaPGCluster', 'files-postgres')?.metadata.deletionTimestamp).toBeUndefined();
});

test('a specification that cannot be rendered any more does not hold it up (X6)', async () => {
  const world = await settled('DeleteWithData');
  world.edit((draft) => (draft['storage'] = 'none'));
  world.kube.delete('DittoServer', 'files');
  expect((await world.pass()).steps).toEqual(['deleteData']);
  expect(world.kube.find('PerconaPGCluster', 'files-postgres')?.metadata.deletionTimestamp).toBeDefined();
});

test('volumes that are left when the cluster is gone already are deleted, and no others', async () => {
  const world = await settled('DeleteWithData');
  const claim = (name: string, cluster: string) =>
    world.kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, labels: { 'postgres-operator.crunchydata.com/cluster': cluster, 'postgres-operator.crunchydata.com/data': 'postgres' } } }, 'postgres-operator'); // prettier-ignore
  claim('mine', 'files-postgres');
  claim('other', 'files-2-postgres');
  world.kube.remove('PerconaPGCluster', 'files-postgres');
  world.kube.delete('DittoServer', 'files');
  expect((await world.pass()).steps).toEqual(['deleteData', 'deleteData', 'reportLeftovers']);
  expect(world.kube.find('PersistentVolumeClaim', 'mine')).toBeUndefined();
  expect(world.kube.find('PersistentVolumeClaim', 'other')).toBeDefined();
});

describe('Retain again, after the deletion with data has begun', () => {
  /** Percona's finalizer is on the cluster, which was not deleted any more. */
  async function begun(prepare: (world: SmallWorld) => void = () => undefined): Promise<SmallWorld> {
    const world = await settled('DeleteWithData');
    prepare(world);
    const mend = world.kube.refuse(({ kind, verb }) => kind === 'PerconaPGCluster' && verb === 'delete', 'unreachable');
    world.kube.delete('DittoServer', 'files');
    await world.pass();
    expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toContain(PERCONA_DATA_FINALIZER);
    mend();
    return world;
  }
  const cluster = ({ kube }: SmallWorld) => kube.find('PerconaPGCluster', 'files-postgres');

  test('the database stays, without Percona’s finalizer, so that who deletes it some day keeps its volumes', async () => {
    const world = await begun((early) => addFinalizer(early, 'PerconaPGCluster', 'files-postgres', OTHERS));
    change(world, 'Retain');
    expect((await world.pass()).verdict.gone).toBe(true);
    expect(cluster(world)?.metadata.deletionTimestamp).toBeUndefined();
    expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toEqual([OTHERS]);
    expect(cluster(world)?.metadata.annotations).not.toHaveProperty(['dittofs.io/data-finalizer']);
  });

  test('a finalizer that the user had put on it before stays', async () => {
    const world = await begun((early) => addFinalizer(early, 'PerconaPGCluster', 'files-postgres', PERCONA_DATA_FINALIZER)); // prettier-ignore
    change(world, 'Retain');
    expect((await world.pass()).verdict.gone).toBe(true);
    expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toEqual([PERCONA_DATA_FINALIZER]);
  });

  test('of a database that is being deleted already, the volumes stay', async () => {
    const world = await settled('DeleteWithData');
    addFinalizer(world, 'PerconaPGCluster', 'files-postgres', OTHERS);
    world.kube.delete('DittoServer', 'files');
    await world.pass();
    expect(cluster(world)?.metadata.deletionTimestamp).toBeDefined();
    change(world, 'Retain');
    expect((await world.pass()).verdict.gone).toBe(true);
    expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toEqual([OTHERS]);
  });

  test('while the database may not be read, the deletion waits, and says so', async () => {
    const world = await begun();
    change(world, 'Retain');
    const mend = world.kube.refuse(({ kind }) => kind === 'PerconaPGCluster', 403);
    expect((await world.pass()).verdict).toMatchObject({ gone: false, story: { reason: 'DeletingData', message: expect.stringContaining('could not be read') as string } }); // prettier-ignore
    mend();
    expect((await world.pass()).verdict.gone).toBe(true);
    expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toEqual([]);
  });

  test('with our finalizer taken off by hand, a DittoServer of the same name takes it off the database', async () => {
    const world = await begun();
    world.kube.edit('DittoServer', 'files', 'kubectl', (draft) => (draft.metadata['finalizers'] = []));
    await world.pass();
    world.kube.put({ ...DITTO_SERVER, metadata: { name: 'files' }, spec: spec('Retain') }, 'kubectl');
    expect((await world.pass()).steps).toContain('adoptPostgresCluster');
    expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toEqual([]);
  });
});

describe('after an accepted switch away from Percona', () => {
  const off = (world: SmallWorld, policy?: Policy) =>
    world.edit((draft) => (draft['percona'] = { enabled: false, ...(policy && { deletionPolicy: policy }) }));
  const statusOf = ({ kube }: SmallWorld) => kube.find('DittoServer', 'files')?.['status'] as Record<string, unknown>;

  /** The server runs on SQLite, and its status knows of no database. */
  async function switched(policy: Policy): Promise<SmallWorld> {
    const world = await settled(policy);
    world.annotate('dittofs.io/switch-database', 'sqlite');
    off(world);
    await world.pass();
    world.podsRun();
    world.later(60_000);
    await world.pass();
    expect(statusOf(world)).not.toHaveProperty('perconaClusterName');
    return world;
  }

  test('a later change of the policy reaches the old database before status acknowledges it', async () => {
    const world = await switched('Delete');
    expect(ownersOf(world)).toHaveLength(1);
    off(world, 'Retain');
    const mend = world.kube.refuse(({ kind, verb }) => kind === 'PerconaPGCluster' && verb === 'patch', 'unreachable');
    await world.pass();
    const generation = world.kube.find('DittoServer', 'files')?.metadata.generation ?? 0;
    expect(statusOf(world)['observedGeneration']).toBe(generation - 1);
    mend();
    expect((await world.pass()).steps).toContain('applyDeletionPolicy');
    expect(ownersOf(world)).toEqual([]);
    expect(statusOf(world)).toMatchObject({ observedGeneration: generation });
    expect(statusOf(world)).not.toHaveProperty('perconaClusterName');
    const { length } = world.kube.calls;
    await world.pass();
    expect(world.kube.calls.slice(length).filter(({ changed }) => changed)).toEqual([]);
  });

  test('a lost StatefulSet is made again on SQLite, whatever is known of the old database', async () => {
    const world = await switched('Delete');
    off(world, 'Retain');
    await world.pass();
    world.kube.remove('StatefulSet', 'files');
    expect((await world.pass()).steps).toContain('applyStatefulSet');
  });

  test('DeleteWithData that is written down takes the old database along', async () => {
    const world = await switched('Retain');
    off(world, 'DeleteWithData');
    await world.pass();
    expect(finalizersOf(world)).toEqual([DATA_FINALIZER]);
    world.kube.delete('DittoServer', 'files');
    await world.pass();
    expect(finalizersOf(world, 'PerconaPGCluster', 'files-postgres')).toEqual([PERCONA_DATA_FINALIZER]);
  });

  test('one that is never written down changes nothing of it', async () => {
    const world = await switched('Retain');
    world.edit((draft) => (draft['logging'] = { level: 'DEBUG' }));
    await world.pass();
    expect(ownersOf(world)).toEqual([]);
  });

  test('where there is no database at all, a policy is no matter', async () => {
    const world = smallWorld({
      storage: { metadataSize: '5Gi' },
      percona: { enabled: false, deletionPolicy: 'Retain' },
    });
    await world.pass();
    world.podsRun();
    const { verdict } = await world.pass();
    expect(verdict.story).toMatchObject({ stage: 'Ready' });
    expect(statusOf(world)['conditions']).not.toContainEqual(expect.objectContaining({ type: 'DatabaseReady' }));
  });
});

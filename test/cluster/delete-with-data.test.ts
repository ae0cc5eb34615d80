// DeleteWithData on real parts: the data goes with its DittoServer, by way of Percona's own operator, and nothing that happens before the
// deletion can make it go. The provisioner may be down, and Percona's API or our own may be removed meanwhile.
import {
  DATA_FINALIZER,
  DITTO_SERVER,
  DITTO_SERVER_CRD_NAME,
  PERCONA_CRD_NAME,
  PERCONA_DATA_FINALIZER,
  PERCONA_PG_CLUSTER,
} from '../../src/api/names.ts';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import type { PerconaPGCluster } from '../../src/api/percona.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { applyPerconaManifests } from '../kit/percona-operator.ts';
import { applyProductManifests } from '../kit/product-manifests.ts';
import { waitFor } from '../kit/wait-for.ts';
import { record } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

// Percona's API is removed here, which other files on a shared cluster could not stand.
const stage = useStage({ name: 'data', own: {} });

const WITH_DATA = { ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: 'DeleteWithData' } } as const;
const CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: DITTO_SERVER_CRD_NAME };
/** Percona's operator has just found its own API again. */
const START = { timeoutMs: 120_000 };
const CASCADES = ['Foreground', 'Background'] as const;
const goes = (cascade: string) => stage.subject(`goes-${cascade.toLowerCase()}`);

beforeAll(() => Promise.all([...CASCADES.map(goes), stage.subject('held'), stage.subject('freed'), stage.subject('late'), stage.subject('stray')].map((one) => one.apply(WITH_DATA)))); // prettier-ignore

const list = (kind: string): Promise<readonly KubeObject[]> =>
  stage.cluster.admin.list<KubeObject>({ apiVersion: 'v1', kind, namespace: stage.namespace });
const volumesOf = async ({ names }: Subject): Promise<readonly string[]> =>
  (await list('PersistentVolumeClaim')).map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${names.postgresCluster}-`)); // prettier-ignore
const finalizersOf = async (server: Subject): Promise<readonly string[]> => (await server.get())?.metadata.finalizers ?? []; // prettier-ignore
const clusterOf = async (server: Subject) => (await server.postgresCluster())?.metadata;

test('while it stands, our finalizer is on it before status acknowledges that, and nothing on the database could cascade', async () => {
  const { namespace } = stage;
  const early = stage.subject('early');
  const servers = await record<DittoServer & KubeObject>(stage.cluster, { ...DITTO_SERVER, namespace });
  await early.apply(WITH_DATA);
  await early.untilReady();
  servers.stop();
  const told = servers.versions('early').filter(({ object }) => (object.status?.observedGeneration ?? -1) >= 1);
  expect(told.length).toBeGreaterThan(0);
  expect(told.every(({ object }) => object.metadata.finalizers?.includes(DATA_FINALIZER))).toBe(true);
  expect(await clusterOf(early)).not.toHaveProperty('ownerReferences');
  expect((await clusterOf(early))?.finalizers ?? []).not.toContain(PERCONA_DATA_FINALIZER);
});

test('a stray deletion of the database keeps its volume, on which it is made again', async () => {
  const stray = stage.subject('stray');
  await stray.untilReady();
  const [before, volumes] = [await clusterOf(stray), await volumesOf(stray)];
  await stage.cluster.admin.delete(stray.children.postgresCluster);
  // It ends first: no less time than `untilReady` gives a database that only begins.
  await waitFor('the database is made again', async () => {
    const found = await stray.postgresCluster();
    return found !== undefined && found.metadata.uid !== before?.uid && found.status?.state === 'ready';
  }, { timeoutMs: 60_000, seen: stray.says }); // prettier-ignore
  expect(await volumesOf(stray)).toEqual(volumes);
});

test.each(CASCADES)('deleted in the %s, it goes with database, volumes and user Secret (X1)', async (cascade) => {
  const server = goes(cascade);
  await server.untilReady();
  expect(await volumesOf(server)).toHaveLength(1);
  const { namespace } = stage;
  const clusters = await record<PerconaPGCluster & KubeObject>(stage.cluster, { ...PERCONA_PG_CLUSTER, namespace });
  await server.delete({ propagationPolicy: cascade });
  await server.untilGone();
  expect(await server.postgresCluster()).toBeUndefined();
  expect(await volumesOf(server)).toEqual([]);
  expect(await stage.cluster.admin.get(server.children.postgresUserSecret)).toBeUndefined();
  // Percona's finalizer was put on when the deletion had begun, and not before.
  const marked = () => clusters.versions(server.names.postgresCluster).map(({ object }) => object.metadata.finalizers?.includes(PERCONA_DATA_FINALIZER) ?? false); // prettier-ignore
  await waitFor('its mark is recorded', () => marked().includes(true), { seen: () => JSON.stringify(marked()) });
  clusters.stop();
  // The server's own volumes are never deleted by us.
  const own = (await list('PersistentVolumeClaim')).filter(({ metadata }) => metadata.name.endsWith(`-${server.name}-0`)); // prettier-ignore
  expect(own).toHaveLength(2);
});

test('a pause holds the deletion, and a finalizer that somebody takes off loses nothing (X1)', async () => {
  const held = stage.subject('held');
  await held.untilReady();
  await held.apply(WITH_DATA, { annotations: { 'dittofs.io/paused': 'true' } });
  await held.delete({ propagationPolicy: 'Foreground' });
  await held.untilTold({ type: 'Progressing', status: 'False', message: /paused/ });
  await held.reconcileNow(2);
  expect((await clusterOf(held))?.deletionTimestamp).toBeUndefined();
  await stage.cluster.admin.patch(held.ref, { metadata: { finalizers: [] } });
  await held.untilGone();
  await waitFor('its workflow ends', async () => (await held.workflow().describe()).status.name === 'COMPLETED');
  expect((await clusterOf(held))?.deletionTimestamp).toBeUndefined();
  expect(await volumesOf(held)).toHaveLength(1);
});

test('changed to Retain during the deletion, the DittoServer goes and the database stays', async () => {
  const freed = stage.subject('freed');
  await freed.untilReady();
  await stage.provisioner.kill();
  await freed.delete();
  await freed.apply({ ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: 'Retain' } });
  expect(await finalizersOf(freed)).toContain(DATA_FINALIZER);
  await stage.provisioner.start();
  await freed.untilGone();
  expect((await clusterOf(freed))?.deletionTimestamp).toBeUndefined();
});

test('changed to Retain when the database is on its way out already, its volumes stay', async () => {
  const late = stage.subject('late');
  await late.untilReady();
  const volumes = await volumesOf(late);
  expect(volumes).toHaveLength(1);
  const { controls } = stage.cluster;
  await controls.stopPercona();
  try {
    await late.delete();
    await waitFor(
      'the database is being deleted',
      async () => (await clusterOf(late))?.deletionTimestamp !== undefined,
    );
    expect((await clusterOf(late))?.finalizers).toContain(PERCONA_DATA_FINALIZER);
    await late.apply({ ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: 'Retain' } });
    await late.untilGone();
    expect((await clusterOf(late))?.finalizers ?? []).not.toContain(PERCONA_DATA_FINALIZER);
  } finally {
    await controls.startPercona();
  }
  await waitFor('its pods are gone', async () => !(await list('Pod')).some(({ metadata }) => metadata.name.startsWith(`${late.names.postgresCluster}-`))); // prettier-ignore
  expect(await volumesOf(late)).toEqual(volumes);
});

test('with Percona’s API removed, volumes stay as long as nobody deletes, and go when somebody does (X6)', async () => {
  const early = stage.subject('early');
  const volumes = await volumesOf(early);
  expect(volumes).toHaveLength(1);
  await stage.cluster.admin.delete({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: PERCONA_CRD_NAME }); // prettier-ignore
  await early.untilTold({ type: 'DatabaseReady', reason: 'DatabaseAPIMissing' });
  expect(await volumesOf(early)).toEqual(volumes);
  await early.delete({ propagationPolicy: 'Foreground' });
  await early.untilGone();
  expect(await volumesOf(early)).toEqual([]);
  await applyPerconaManifests(stage.cluster.admin);
});

test('with our own API removed each goes by its policy, and one that is made after it is back is served', async () => {
  const [kept, wiped, again] = [stage.subject('kept'), stage.subject('wiped'), stage.subject('again')];
  await Promise.all([kept.apply(PERCONA), wiped.apply(WITH_DATA)]);
  await Promise.all([kept.untilReady(START), wiped.untilReady(START)]);
  const volumes = await volumesOf(kept);
  expect(volumes).toHaveLength(1);
  await stage.cluster.admin.delete(CRD);
  // With the last DittoServer the definition itself goes, and asking for one is an error.
  const isGone = async (): Promise<boolean> => (await stage.cluster.admin.get(CRD)) === undefined;
  await waitFor('the API is gone', isGone, { timeoutMs: 60_000 });
  await waitFor('what was theirs is gone', async () => (await list('Service')).every(({ metadata }) => !kept.owns(metadata.name) && !wiped.owns(metadata.name))); // prettier-ignore
  expect((await clusterOf(kept))?.deletionTimestamp).toBeUndefined();
  expect(await volumesOf(kept)).toEqual(volumes);
  expect(await clusterOf(wiped)).toBeUndefined();
  expect(await volumesOf(wiped)).toEqual([]);

  await applyProductManifests(stage.cluster.admin, 'provisioner');
  await again.apply(BASIC);
  await again.untilReady(START);
});

// What a DittoServer finds that is older than itself: what an earlier one left, what a restore brought back without references, what somebody
// else made. Taken over without a restart, or not touched; and never built on what has not ended yet.
import { DITTO_SERVER, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import { examplePgCluster } from '../kit/percona-example.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'again' });

const RETAIN = { ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: 'Retain' } } as const;

beforeAll(() =>
  Promise.all([
    stage.subject('restored').apply(RETAIN),
    stage.subject('kept').apply(RETAIN),
    stage.subject('ending').apply(PERCONA),
    stage.subject('lost').apply(PERCONA),
  ]),
);

const list = (kind: string): Promise<readonly KubeObject[]> =>
  stage.cluster.admin.list<KubeObject>({ apiVersion: 'v1', kind, namespace: stage.namespace });
const claimsOf = async ({ names }: Subject) =>
  (await list('PersistentVolumeClaim')).filter(({ metadata }) => metadata.name.startsWith(`${names.postgresCluster}-`));
const eventsOf = async ({ name }: Subject, reason: string): Promise<readonly string[]> =>
  (await stage.cluster.admin.list<KubeObject & { reason: string; note: string; regarding: { name: string } }>({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace: stage.namespace })) // prettier-ignore
    .filter((event) => event.reason === reason && event.regarding.name === name)
    .map(({ note }) => note);

const uidOf = (object: KubeObject | undefined) => object?.metadata.uid ?? 'none';
const uidsOf = async (server: Subject) => {
  const all = await Promise.all([server.pod(), server.postgresCluster(), server.statefulSet()]);
  return all.map(uidOf);
};

test('restored with new uids, without references and status, it is adopted: nothing is deleted, nothing restarts (X8)', async () => {
  const restored = stage.subject('restored');
  await restored.untilReady();
  const before = await uidsOf(restored);
  await restored.delete({ propagationPolicy: 'Orphan' });
  await restored.untilGone();
  expect((await restored.statefulSet())?.metadata.ownerReferences).toBeUndefined();
  const since = new Date();
  await restored.apply(RETAIN);
  await restored.untilReady();
  await restored.untilQuiet();
  expect(await uidsOf(restored)).toEqual(before);
  const { uid } = (await restored.get())?.metadata ?? {};
  expect((await restored.statefulSet())?.metadata.ownerReferences).toMatchObject([{ uid }]);
  expect(await restored.revisions()).toBe(1);
  const writes = restored.writes(since);
  expect(writes.filter(({ verb }) => verb === 'delete')).toEqual([]);
});

test('a retained database is taken over by a DittoServer of the same name, and its server finds its way back in', async () => {
  const kept = stage.subject('kept');
  await kept.untilReady();
  const before = await kept.postgresCluster();
  const admin = await stage.cluster.admin.get<KubeObject & { data: object }>(kept.children.adminSecret);
  await kept.delete();
  await kept.untilGone();
  await kept.apply(RETAIN);
  await kept.untilReady();
  const after = await kept.postgresCluster();
  expect(after?.metadata.uid).toBe(before?.metadata.uid);
  expect(after?.metadata.ownerReferences).toBeUndefined();
  expect(after?.metadata.generation).toBe(before?.metadata.generation);
  expect((await stage.cluster.admin.get<KubeObject & { data: object }>(kept.children.adminSecret))?.data).toEqual(admin?.data); // prettier-ignore
  expect(await eventsOf(kept, 'DatabaseAdopted')).toHaveLength(1);
});

test('a cluster of somebody else is adopted only by its uid, and outlives the DittoServer under every policy', async () => {
  const shop = stage.subject('shop');
  const made = await stage.cluster.admin.apply(examplePgCluster(stage.namespace, shop.names.postgresCluster), { fieldManager: 'shop-tool' }); // prettier-ignore
  await shop.apply(PERCONA);
  await shop.untilTold({ type: 'DatabaseReady', status: 'False', reason: 'ForeignPostgresCluster' });
  await shop.apply(PERCONA, { annotations: { 'dittofs.io/adopt-database': made.metadata.uid ?? '' } });
  await shop.untilReady();
  const adopted = await shop.postgresCluster();
  expect(adopted?.spec).toEqual((await stage.cluster.admin.get<KubeObject & { spec: object }>(shop.children.postgresCluster))?.spec); // prettier-ignore
  expect(adopted?.metadata.generation).toBe(1);
  const owned = adopted?.metadata.managedFields?.filter(({ manager }) => manager === 'dittoserver-provisioner');
  expect(JSON.stringify(owned)).not.toContain('f:spec');
  await shop.delete({ propagationPolicy: 'Foreground' });
  await shop.untilGone();
  const after = await shop.postgresCluster();
  expect(after?.metadata).toMatchObject({ uid: made.metadata.uid });
  expect(after?.metadata.deletionTimestamp).toBeUndefined();
});

test('made again while its database has not ended, it waits for the end of that, pods included (A7)', async () => {
  const ending = stage.subject('ending');
  await ending.untilReady();
  await stage.cluster.controls.stopPercona();
  try {
    await ending.delete();
    await ending.untilGone();
    await waitFor('the PerconaPGCluster is gone', async () => (await ending.postgresCluster()) === undefined);
    const since = new Date();
    await ending.apply(PERCONA);
    await ending.untilTold({ type: 'DatabaseReady', status: 'False', reason: 'PostgresClusterTerminating', message: /has not ended yet/ }); // prettier-ignore
    await ending.reconcileNow(2);
    expect(ending.writes(since).filter(({ resource, verb }) => resource === 'perconapgclusters' && verb === 'create')).toEqual([]); // prettier-ignore
  } finally {
    await stage.cluster.controls.startPercona();
  }
  await ending.untilReady({ timeoutMs: 120_000 });
  expect(await claimsOf(ending)).toHaveLength(1);
  expect(await eventsOf(ending, 'VolumeReused')).toHaveLength(1);
});

test('a database that is lost with its volume is not replaced by an empty one, until the user accepts that', async () => {
  const lost = stage.subject('lost');
  const { status } = await lost.untilReady();
  await stage.cluster.admin.apply({ ...DITTO_SERVER, metadata: { namespace: lost.namespace, name: lost.name, annotations: { 'dittofs.io/paused': 'true' } } }, { fieldManager: 'pauser' }); // prettier-ignore
  await lost.untilTold({ type: 'Progressing', reason: 'Paused' });
  await stage.cluster.admin.delete(lost.children.postgresCluster);
  await waitFor('its pods are gone', async () => !(await list('Pod')).some(({ metadata }) => metadata.name.startsWith(`${lost.names.postgresCluster}-`))); // prettier-ignore
  for (const { metadata } of await claimsOf(lost))
    await stage.cluster.admin.delete({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: stage.namespace, name: metadata.name }); // prettier-ignore
  await waitFor('its volume is gone', async () => (await claimsOf(lost)).length === 0);
  await stage.cluster.admin.apply({ ...DITTO_SERVER, metadata: { namespace: lost.namespace, name: lost.name } }, { fieldManager: 'pauser' }); // prettier-ignore
  await lost.untilTold({ type: 'DatabaseReady', status: 'False', reason: 'DatabaseLost' });
  await lost.reconcileNow(2);
  expect(await stage.cluster.admin.list({ ...PERCONA_PG_CLUSTER, namespace: stage.namespace }).then((all) => all.some(({ metadata }) => metadata.name === lost.names.postgresCluster))).toBe(false); // prettier-ignore
  await lost.apply(PERCONA, { annotations: { 'dittofs.io/accept-empty-database': status?.perconaClusterUid ?? '' } });
  await lost.untilReady();
});

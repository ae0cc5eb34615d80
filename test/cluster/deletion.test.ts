// What becomes of a database when its DittoServer is deleted: gone or kept as asked for, whoever is first, and without us.
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import type { PerconaPGCluster } from '../../src/api/percona.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { record } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'deletion' });

const RETAIN = { ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: 'Retain' } } as const;
const DELETE = { ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: 'Delete' } } as const;
const CASCADES = ['Foreground', 'Background'] as const;

beforeAll(() =>
  Promise.all([
    stage.subject('goes').apply(DELETE),
    ...CASCADES.map((cascade) => stage.subject(`kept-${cascade.toLowerCase()}`).apply(RETAIN)),
    ...CASCADES.map((cascade) => stage.subject(`goes-${cascade.toLowerCase()}`).apply(DELETE)),
    stage.subject('changed').apply(RETAIN),
  ]),
);

interface Event extends KubeObject {
  readonly regarding?: { readonly name: string; readonly uid: string };
  readonly reason: string;
  readonly note: string;
}

async function dataLeft(server: Subject): Promise<Event> {
  return waitFor(`an event tells what ${server.name} leaves`, async () => {
    const events = await stage.cluster.admin.list<Event>({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace: stage.namespace }); // prettier-ignore
    return events.find(({ regarding, reason }) => reason === 'DataLeft' && regarding?.name === server.name);
  });
}

const claimsOf = async ({ name }: Subject): Promise<readonly string[]> =>
  (await stage.cluster.admin.list<KubeObject>({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: stage.namespace })) // prettier-ignore
    .map(({ metadata }) => metadata.name)
    .filter((claim) => claim.startsWith(`${name}-postgres-`) || claim.endsWith(`-${name}-0`));

const databaseGone = (server: Subject): Promise<unknown> =>
  waitFor(`the database of ${server.name} is gone`, async () => (await server.postgresCluster()) === undefined, {
    seen: async () => JSON.stringify((await server.postgresCluster())?.metadata),
  });

test('policy Delete: the database goes, its volumes and its user Secret stay, and an event names them', async () => {
  const goes = stage.subject('goes');
  const { metadata } = await goes.untilReady();
  const claims = await claimsOf(goes);
  expect(claims).toHaveLength(3);
  await goes.delete();
  await goes.untilGone();
  await databaseGone(goes);
  await waitFor('the StatefulSet is gone', async () => (await goes.statefulSet()) === undefined);
  expect(await claimsOf(goes)).toEqual(claims);
  expect(await stage.cluster.admin.get(goes.children.postgresUserSecret)).toBeDefined();

  const { regarding, note } = await dataLeft(goes);
  expect(regarding?.uid).toBe(metadata.uid);
  for (const left of [...claims, goes.names.postgresUserSecret, goes.names.adminSecret]) expect(note).toContain(left);
  expect(note).toMatch(
    /would use them again\. Also left, and worth nothing without the database: certificates in Secrets goes-postgres-cluster-cert, /,
  );
  await waitFor('its workflow ends', async () => (await goes.workflow().describe()).status.name === 'COMPLETED');
  await goes.recordHistory('deleted');
});

describe('with the provisioner down for all of it (X1)', () => {
  const all = (prefix: string) =>
    CASCADES.map((cascade) => [cascade, stage.subject(`${prefix}-${cascade.toLowerCase()}`)] as const);

  beforeAll(async () => {
    for (const [, server] of [...all('kept'), ...all('goes')]) await server.untilReady();
    await stage.provisioner.kill();
    await Promise.all(
      [...all('kept'), ...all('goes')].map(([cascade, server]) => server.delete({ propagationPolicy: cascade })),
    );
  });
  afterAll(() => stage.provisioner.start());

  test.each(CASCADES)('policy Retain keeps the database when the DittoServer is deleted in the %s', async (cascade) => {
    const kept = stage.subject(`kept-${cascade.toLowerCase()}`);
    await kept.untilGone();
    await waitFor('the StatefulSet is gone', async () => (await kept.statefulSet()) === undefined);
    const cluster = await kept.postgresCluster();
    expect(cluster?.metadata.deletionTimestamp).toBeUndefined();
    expect(cluster?.status?.state).toBe('ready');
    expect(cluster?.metadata.ownerReferences).toBeUndefined();
  });

  test.each(CASCADES)('policy Delete takes the database when the DittoServer is deleted in the %s', async (cascade) => {
    const goes = stage.subject(`goes-${cascade.toLowerCase()}`);
    await goes.untilGone();
    await databaseGone(goes);
  });
});

test('what was deleted while nobody looked is told afterwards', async () => {
  const { note } = await dataLeft(stage.subject('kept-foreground'));
  expect(note).toMatch(
    /^PerconaPGCluster kept-foreground-postgres keeps running\. .*Secrets .*kept-foreground-postgres-cluster-ca-cert/,
  );
  expect(note).toMatch(/A DittoServer of the same name would use them again\.$/);
});

describe('a change of the policy on a running DittoServer', () => {
  test.each([
    ['Retain to Delete adds', DELETE, 1],
    ['Delete to Retain removes', RETAIN, 0],
  ])('from %s the owner reference before status acknowledges it, and restarts nothing', async (_, spec, owners) => {
    const changed = stage.subject('changed');
    await changed.untilReady();
    const { namespace } = stage;
    const servers = await record<DittoServer & KubeObject>(stage.cluster, { ...DITTO_SERVER, namespace });
    const clusters = await record<PerconaPGCluster & KubeObject>(stage.cluster, { ...PERCONA_PG_CLUSTER, namespace });
    const { generation = 0 } = (await changed.apply(spec)).metadata;
    await changed.untilReady();
    const acknowledged = await waitFor('the status that acknowledges it is recorded', () =>
      servers.versions('changed').find(({ object }) => object.status?.observedGeneration === generation),
    );
    const applied = await waitFor('the change of the cluster is recorded', () =>
      clusters
        .versions('changed-postgres')
        .find(({ object }) => (object.metadata.ownerReferences ?? []).length === owners),
    );
    for (const recording of [servers, clusters]) recording.stop();
    // Numbers of one store, in the order of its writes.
    const position = ({ object }: { readonly object: KubeObject }) => Number(object.metadata.resourceVersion);
    expect(position(applied)).toBeLessThan(position(acknowledged));
    expect((await changed.postgresCluster())?.metadata.ownerReferences ?? []).toHaveLength(owners);
    expect(await changed.revisions()).toBe(1);
  });

  test('the policy that was set last is the one that counts', async () => {
    const changed = stage.subject('changed');
    await changed.delete({ propagationPolicy: 'Foreground' });
    await changed.untilGone();
    expect((await changed.postgresCluster())?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('a DittoServer that is deleted while it waits for its database', () => {
  test('goes at once, and from its deletion on nothing is created', async () => {
    const waiting = stage.subject('waiting');
    const pods = { namespace: stage.namespace, namePrefix: 'waiting-postgres-' };
    const release = await stage.cluster.controls.stickPods(pods, 'unschedulable');
    await waiting.apply(PERCONA);
    await waiting.untilTold({ type: 'DatabaseReady', status: 'False', reason: 'PostgresPodsNotReady' });
    await waiting.delete({ propagationPolicy: 'Foreground' });
    const since = new Date();
    await waiting.untilGone();
    await databaseGone(waiting);
    await release();
    await dataLeft(waiting);
    const created = waiting.writes(since).filter(({ code, resource }) => code === 201 && resource !== 'events');
    expect(created).toEqual([]);
    expect(await waiting.statefulSet()).toBeUndefined();
  });
});

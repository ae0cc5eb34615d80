// Several clusters and several installations on one Temporal namespace: each serves its own, and touches nothing of another.
import { Client, Connection } from '@temporalio/client';
import { DITTO_SERVER } from '../../src/api/names.ts';
import { reconcileNow, taskQueue, WORKFLOW_TYPE, workflowId } from '../../workflows/messages.ts';
import { followWrites, type FollowedWrites } from '../kit/audit.ts';
import { type OwnedCluster, startCluster } from '../kit/cluster.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { type Provisioner, startProvisioner } from '../kit/provisioner.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { BASIC, type Subject, subject } from './support/subject.ts';

const NAMESPACE = 'team';
const NAME = 'files';

interface Side {
  readonly cluster: OwnedCluster;
  readonly writes: FollowedWrites;
  readonly provisioner: Provisioner;
  readonly server: Subject;
  /** What it is called in Temporal by default. */
  readonly name: string;
}

let temporal: Client;
let sides: readonly Side[] = [];
const clusters: OwnedCluster[] = [];
const provisioners: Provisioner[] = [];

/** With the settings that a new installation has. */
async function begin(cluster: OwnedCluster, address: string): Promise<Side> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } };
  await cluster.admin.create(namespace);
  const system = await cluster.admin.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });
  const writes = followWrites(cluster.description.auditLog);
  const provisioner = await startProvisioner(cluster, { env: { CLUSTER_NAME: undefined, TEMPORAL_ADDRESS: address } });
  provisioners.push(provisioner);
  const server = subject({ cluster, temporal, writes }, NAMESPACE, NAME);
  return { cluster, writes, provisioner, server, name: system?.metadata.uid?.split('-')[0] ?? '' };
}

beforeAll(async () => {
  clusters.push(await startCluster({ name: 'side-a', percona: false }));
  clusters.push(await startCluster({ name: 'side-b', percona: false, temporal: false }));
  const address = clusters[0]?.temporalAddress ?? '';
  temporal = new Client({ connection: Connection.lazy({ address }) });
  sides = await Promise.all(clusters.map((cluster) => begin(cluster, address)));
}, 180_000);

afterAll(async () => {
  await Promise.all(provisioners.map((provisioner) => provisioner.stop()));
  await temporal.connection.close();
  await Promise.all(clusters.map((cluster) => cluster.stop()));
}, 60_000);

const ownWrites = ({ writes }: Side, since?: Date) => writes({ user: 'provisioner', namespace: NAMESPACE, ...(since && { since }) }); // prettier-ignore

/** Name → resourceVersion of the DittoServer and of its children. */
async function versions({ cluster }: Side): Promise<Readonly<Record<string, string | undefined>>> {
  const kinds = [DITTO_SERVER, { apiVersion: 'apps/v1', kind: 'StatefulSet' }, ...['Service', 'ConfigMap', 'Secret', 'Pod'].map((kind) => ({ apiVersion: 'v1', kind }))]; // prettier-ignore
  const lists = await Promise.all(
    kinds.map((kind) => cluster.admin.list<KubeObject>({ ...kind, namespace: NAMESPACE })),
  );
  return Object.fromEntries(lists.flat().map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion])); // prettier-ignore
}

const idOn = ({ name }: Side): string => workflowId({ cluster: name, namespace: NAMESPACE, name: NAME });

test('two clusters with the same namespace and name on one Temporal namespace: each is served by its own side (E13)', async () => {
  expect(new Set(sides.map(({ name }) => name)).size).toBe(2);
  await Promise.all(sides.map(({ server }) => server.apply(BASIC)));
  for (const { server } of sides) await server.untilReady();
  for (const side of sides) {
    const { taskQueue: queue, workflowId: id } = await temporal.workflow.getHandle(idOn(side)).describe();
    expect([id, queue]).toEqual([idOn(side), `dittoserver/${side.name}/main`]);
    expect(ownWrites(side).filter(({ resource }) => resource === 'statefulsets')).toHaveLength(1);
  }
});

test('a deletion in one cluster touches nothing in the other (E13)', async () => {
  const [a, b] = sides as readonly [Side, Side];
  // Ready does not tell that it rests: whatever is still due there is done now.
  await temporal.workflow.getHandle(idOn(b)).executeUpdate(reconcileNow);
  const before = await versions(b);
  const since = new Date();
  await a.server.delete();
  await a.server.untilGone();
  await waitFor('the workflow of the deleted one is at its end', async () =>
    (await temporal.workflow.getHandle(idOn(a)).describe()).status.name === 'COMPLETED');
  await waitFor('its children are gone', async () => (await a.server.statefulSet()) === undefined, { timeoutMs: 60_000 }); // prettier-ignore
  expect(ownWrites(b, since)).toEqual([]);
  expect(await versions(b)).toEqual(before);
  expect((await temporal.workflow.getHandle(idOn(b)).describe()).status.name).toBe('RUNNING');
}); // prettier-ignore

test('a task of another cluster is refused for good, told on the workflow’s page, and not tried hotly (E13)', async () => {
  const [a, b] = sides as readonly [Side, Side];
  const since = new Date();
  const target = { cluster: b.name, installation: 'main', namespace: NAMESPACE, name: NAME };
  const stray = await temporal.workflow.start(WORKFLOW_TYPE, {
    args: [{ target }],
    workflowId: `stray/${idOn(b)}`,
    taskQueue: taskQueue({ cluster: a.name, installation: 'main' }),
  });
  try {
    const details = async (): Promise<string> =>
      (await stray.query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata')).currentDetails ?? '';
    await waitFor('its page says that it fails', async () => /EngineTrouble/.test(await details()), { seen: details });
    await pause(5_000);
    const { events } = await stray.fetchHistory();
    const history = JSON.stringify(events);
    expect(history).toContain('ForeignTarget');
    expect(history).toContain(`this worker serves ${a.name}/main, not ${b.name}/main`);
    expect(history.match(/"ForeignTarget"/g)).toHaveLength(1);
    expect(events?.length ?? 0).toBeLessThan(20);
    for (const side of sides) expect(ownWrites(side, since)).toEqual([]);
  } finally {
    await stray.terminate('the test is over');
  }
});

test('two installations in one cluster serve one namespace each, and neither stands in for the other (E13)', async () => {
  const [, b] = sides as readonly [Side, Side];
  const env = (installation: string) => ({ INSTALLATION: installation, TEMPORAL_ADDRESS: sides[0]?.cluster.temporalAddress ?? '', CLUSTER_NAME: undefined }); // prettier-ignore
  // The one that serves all namespaces makes room.
  await b.provisioner.stop();
  const installations = await Promise.all(
    ['one', 'two'].map(async (name) => {
      const namespace = await b.cluster.namespace(name);
      const provisioner = await startProvisioner(b.cluster, { watchNamespaces: namespace, env: env(name) });
      provisioners.push(provisioner);
      const server = subject({ cluster: b.cluster, temporal, writes: b.writes }, namespace, NAME);
      await server.apply(BASIC);
      return { name, namespace, provisioner, server };
    }),
  );
  for (const { name, namespace, server } of installations) {
    await server.untilReady();
    const { taskQueue: queue } = await temporal.workflow.getHandle(workflowId({ cluster: b.name, namespace, name: NAME })).describe(); // prettier-ignore
    expect(queue).toBe(`dittoserver/${b.name}/${name}`);
  }
  const [one, two] = installations;
  if (!one || !two) throw new Error('there are two installations');
  await two.provisioner.stop();
  const since = new Date();
  for (const { server } of installations) await server.apply({ ...BASIC, replicas: 0 });
  await one.server.untilTold({ type: 'Available', reason: 'Stopped' });
  expect(two.server.writes(since)).toEqual([]);
  expect((await two.server.get())?.status?.observedGeneration).toBe(1);
  const all = await b.cluster.admin.list({ ...DITTO_SERVER, namespace: NAMESPACE });
  expect(all).toHaveLength(1);
});

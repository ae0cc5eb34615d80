// Deletion when things are not as they should be: in the middle of provisioning, with parts missing, with the whole namespace, without
// Temporal. It goes through, the policy is respected, and nothing is made any more.
import type { DittoServer, DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { DATA_FINALIZER, DITTO_SERVER } from '../../src/api/names.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { complaints } from './support/log.ts';
import { record } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'cases' });

const DATA_POLICY = { ...PERCONA.percona, deletionPolicy: 'DeleteWithData' } as const;
const WITH_DATA: DittoServerSpec = { ...PERCONA, percona: DATA_POLICY };
const RETAIN: DittoServerSpec = { ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: 'Retain' } };

const list = (kind: string, namespace = stage.namespace): Promise<readonly KubeObject[]> =>
  stage.cluster.admin.list<KubeObject>({ apiVersion: 'v1', kind, namespace });
const volumesOf = async ({ names }: Subject): Promise<readonly string[]> =>
  (await list('PersistentVolumeClaim')).map(({ metadata }) => metadata.name).filter((name) => name.startsWith(`${names.postgresCluster}-`)); // prettier-ignore

/** The database exists, and status says which one it is. */
const untilDatabaseIsOurs = (server: Subject): Promise<unknown> =>
  waitFor(`${server.name} has its database`, async () => (await server.get())?.status?.perconaClusterUid, {
    seen: server.says,
  });

/** Changes something on which the deletion must not depend. */
type Spoil = (server: Subject) => Promise<unknown>;
const remove = (child: 'postgresUserSecret' | 'configMap' | 'statefulSet'): Spoil => (server) => stage.cluster.admin.delete(server.children[child]); // prettier-ignore
const CLASS = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', provisioner: 'kit.test/none' };
const classOf = (server: Subject) => ({ ...CLASS, metadata: { name: `${stage.namespace}-${server.name}` } });
const share = { share: '/a', interval: '1h' };

const SPOILT: readonly (readonly [name: string, what: string, spoil: Spoil])[] = [
  ['no-user', 'its user Secret is absent', remove('postgresUserSecret')],
  ['no-config', 'its ConfigMap is absent', remove('configMap')],
  ['no-class', 'the StorageClass that it names is gone', (server) => stage.cluster.admin.delete({ apiVersion: CLASS.apiVersion, kind: CLASS.kind, name: classOf(server).metadata.name })], // prettier-ignore
  ['no-backup', 'the Secret of its backups is absent', (server) => server.apply({ ...WITH_DATA, percona: { ...DATA_POLICY, backup: { enabled: true, bucket: 'b', endpoint: 'https://s3.example.com', credentialsSecretRef: { name: 'absent' } } } })], // prettier-ignore
  ['no-sense', 'its specification makes no sense any more', (server) => server.apply({ ...WITH_DATA, snapshotPolicies: [share, { ...share, share: 'a' }] })], // prettier-ignore
];

beforeAll(async () => {
  const spoilt = SPOILT.map(async ([name]) => {
    const server = stage.subject(name);
    if (name !== 'no-class') return server.apply(WITH_DATA);
    await stage.cluster.admin.apply(classOf(server));
    return server.apply({
      ...WITH_DATA,
      storage: { ...BASIC.storage, storageClassName: classOf(server).metadata.name },
    });
  });
  await Promise.all([...spoilt, stage.subject('lonely').apply(RETAIN), stage.subject('keys').apply(BASIC)]);
});

describe('deleted with its data while the provisioner is down, and spoilt before', () => {
  beforeAll(async () => {
    const servers = SPOILT.map(([name, , spoil]) => ({ server: stage.subject(name), spoil }));
    await Promise.all(servers.map(({ server }) => untilDatabaseIsOurs(server)));
    await stage.provisioner.kill();
    await Promise.all(servers.map(async ({ server, spoil }) => {
      await spoil(server);
      await server.delete();
    })); // prettier-ignore
    await stage.provisioner.start();
  });

  test.each(SPOILT)('%s: it goes although %s (X6)', async (name) => {
    const server = stage.subject(name);
    await server.untilGone();
    expect(await server.postgresCluster()).toBeUndefined();
    expect(await volumesOf(server)).toEqual([]);
  });
});

test('deleted in the foreground during provisioning, nothing is made any more and finalizers of others stay (X3)', async () => {
  const server = stage.subject('midway');
  const { namespace } = stage;
  const pods = { namespace, namePrefix: `${server.names.postgresCluster}-` };
  const release = await stage.cluster.controls.stickPods(pods, 'unschedulable');
  const servers = await record<DittoServer & KubeObject>(stage.cluster, { ...DITTO_SERVER, namespace });
  await server.apply(WITH_DATA);
  await untilDatabaseIsOurs(server);
  await stage.cluster.admin.patch(server.ref, { metadata: { finalizers: [DATA_FINALIZER, 'example.com/other'] } });
  const since = new Date();
  await server.delete({ propagationPolicy: 'Foreground' });
  await waitFor('our finalizer is gone', async () => !(await server.get())?.metadata.finalizers?.includes(DATA_FINALIZER), { seen: server.says }); // prettier-ignore
  await release();
  const finalizers = async () => (await server.get())?.metadata.finalizers ?? [];
  expect(await finalizers()).toContain('example.com/other');
  // The garbage collector takes off its own at any moment, and nobody may put that on again.
  await waitFor('only the finalizer of another is left', async () => (await finalizers()).length === 1, { seen: async () => (await finalizers()).join() }); // prettier-ignore
  expect(await finalizers()).toEqual(['example.com/other']);
  await stage.cluster.admin.patch(server.ref, { metadata: { finalizers: [] } });
  await server.untilGone();
  servers.stop();
  const leaving = servers.versions('midway').filter(({ type, object }) => type === 'MODIFIED' && object.metadata.deletionTimestamp !== undefined); // prettier-ignore
  expect(leaving[0]?.object.metadata.finalizers).toContain('foregroundDeletion');
  const created = server.writes(since).filter(({ code, resource }) => code === 201 && resource !== 'events');
  expect(created).toEqual([]);
});

test('with its namespace go a DittoServer that is being made, one that runs and one that cannot (X4)', async () => {
  const namespace = await stage.another('going');
  const provisioner = await stage.start({
    name: 'of-going',
    watchNamespaces: namespace,
    env: { INSTALLATION: namespace },
  });
  try {
    const [runs, waits, cannot] = ['runs', 'waits', 'cannot'].map((name) => stage.subject(name, namespace)) as [Subject, Subject, Subject]; // prettier-ignore
    await stage.cluster.controls.stickPods({ namespace, namePrefix: waits.names.postgresCluster }, 'unschedulable');
    await Promise.all([runs.apply(WITH_DATA), waits.apply(PERCONA), cannot.apply({ ...BASIC, identity: { jwt: { secretRef: { name: 'absent', key: 'k' } } } })]); // prettier-ignore
    await Promise.all([runs.untilReady(), untilDatabaseIsOurs(waits), cannot.untilTold({ type: 'ConfigReady', reason: 'InputsMissing' })]); // prettier-ignore
    const since = new Date();
    await stage.clear(namespace);
    // What Kubernetes' own controllers need for it on a busy machine is not counted here.
    await waitFor('the namespace is gone', async () => (await stage.cluster.admin.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })) === undefined, { timeoutMs: 120_000 }); // prettier-ignore
    for (const server of [runs, waits, cannot])
      await waitFor(`the workflow of ${server.name} ends`, async () => (await server.workflow().describe()).status.name === 'COMPLETED'); // prettier-ignore
    const writes = stage.writes({ user: 'provisioner', namespace, since });
    expect(writes.length).toBeLessThan(100);
    const unsaid = complaints(provisioner, 40).flatMap(({ msg }) =>
      msg?.includes('could not be written') ? [msg] : [],
    );
    expect(new Set(unsaid).size).toBe(unsaid.length);
  } finally {
    await provisioner.stop();
  }
});

test('without Temporal, for good, a DittoServer still goes and a retained database stays', async () => {
  const lonely = stage.subject('lonely');
  await untilDatabaseIsOurs(lonely);
  await lonely.untilTold({ type: 'DatabaseReady' });
  await stage.cluster.controls.stopTemporal();
  try {
    await lonely.delete({ propagationPolicy: 'Foreground' });
    await lonely.untilGone();
    await waitFor(
      'its children are gone',
      async () => (await stage.cluster.admin.get(lonely.children.configMap)) === undefined,
    );
    expect((await lonely.postgresCluster())?.metadata.deletionTimestamp).toBeUndefined();
  } finally {
    await stage.cluster.controls.startTemporal();
  }
});

test('generated Secrets outlive the DittoServer, and go when its last volume does (B6)', async () => {
  const keys = stage.subject('keys');
  await keys.untilReady();
  await keys.delete();
  await keys.untilGone();
  await waitFor('its workflow ends', async () => (await keys.workflow().describe()).status.name === 'COMPLETED');
  expect(await stage.cluster.admin.get(keys.children.adminSecret)).toBeDefined();
  for (const { metadata } of await list('PersistentVolumeClaim'))
    if (metadata.name.endsWith('-keys-0')) await stage.cluster.admin.delete({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: stage.namespace, name: metadata.name }); // prettier-ignore
  const left = async () => (await list('Secret')).map(({ metadata }) => metadata.name).filter((name) => name.startsWith('keys-')); // prettier-ignore
  await waitFor('the Secrets are gone', async () => (await left()).length === 0, { seen: async () => (await left()).join() }); // prettier-ignore
});

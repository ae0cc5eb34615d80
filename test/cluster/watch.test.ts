// The client and list-and-watch on a real API server, as the user that the shipped role makes: the answers that the table of errors is
// built on, and that no final state is lost when the server is killed. A cluster of its own, since it goes down here.
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import {
  connect,
  KubeError,
  listWatch,
  loadKubeConfig,
  recorder,
  type Kube,
  type WatchSource,
  type WatchTrouble,
} from '../../src/kube/index.ts';
import { startCluster, type OwnedCluster } from '../kit/cluster.ts';
import { waitFor } from '../kit/wait-for.ts';

let cluster: OwnedCluster;
/** As the provisioner. */
let kube: Kube;
/** As somebody who may do everything. */
let admin: Kube;
let namespace: string;

beforeAll(async () => {
  cluster = await startCluster({ name: 'watch', percona: false, kubelet: false, temporal: false });
  kube = connect(await loadKubeConfig({ KUBECONFIG: cluster.kubeconfig('provisioner') }));
  admin = connect(await loadKubeConfig({ KUBECONFIG: cluster.kubeconfig('admin') }));
  namespace = await cluster.namespace();
});
afterAll(async () => {
  await cluster.stop();
  kube.close();
  admin.close();
});

const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels: { app: 'dittofs-server' } },
  data,
});

async function failure(call: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw new Error(`no KubeError but ${String(error)}`);
  return error;
}

interface Watching {
  readonly told: ReadonlyMap<string, string>;
  readonly objects: Stored[];
  readonly troubles: (WatchTrouble | undefined)[];
  stop(): Promise<void>;
}

function watching(source: WatchSource): Watching {
  const told = new Map<string, string>();
  const objects: Stored[] = [];
  const troubles: (WatchTrouble | undefined)[] = [];
  const controller = new AbortController();
  const loop = listWatch<KubeObject>(kube, source, {
    upsert(object) {
      objects.push(object);
      told.set(object.metadata.name, object.metadata.resourceVersion);
    },
    remove: (gone) => void told.delete(gone.name),
    trouble: (trouble) => void troubles.push(trouble),
  });
  const running = loop.run(controller.signal);
  return {
    told,
    objects,
    troubles,
    async stop() {
      controller.abort();
      await running;
    },
  };
}

test('each refusal of a real API server has its name', async () => {
  expect(await kube.version()).toMatch(/^v1\./);
  const made = await kube.apply(configMap('a', { key: '1' }));
  const again = await kube.apply(configMap('a', { key: '1' }));
  expect(again.metadata.resourceVersion).toBe(made.metadata.resourceVersion);
  const withMeta = (name: string, more: object) => ({
    ...configMap(name),
    metadata: { ...configMap(name).metadata, ...more },
  });
  const misspelt = { ...configMap('a'), datta: {} };
  const wrongUid = '00000000-0000-0000-0000-000000000000';

  expect((await failure(kube.create(configMap('a')))).kind).toBe('already-exists');
  expect(await failure(kube.create(misspelt, { dryRun: true }))).toMatchObject({ kind: 'invalid', permanent: true });
  expect(await failure(kube.apply(misspelt))).toMatchObject({ kind: 'schema', code: 500, permanent: true });
  expect((await failure(kube.apply(withMeta('a', { resourceVersion: '1' })))).kind).toBe('conflict');
  expect((await failure(kube.apply(withMeta('a', { uid: wrongUid })))).kind).toBe('uid-mismatch');
  expect((await failure(kube.apply(withMeta('missing', { uid: wrongUid })))).kind).toBe('uid-mismatch');
  expect((await failure(admin.delete(made, { uid: wrongUid }))).kind).toBe('uid-mismatch');
  expect((await failure(admin.delete(made, { uid: made.metadata.uid, resourceVersion: '1' }))).kind).toBe('conflict');
  expect((await failure(kube.patchJson(made, [{ op: 'test', path: '/data/key', value: '2' }]))).kind).toBe('conflict');

  const other = failure(kube.apply(configMap('a', { key: '2' }), { force: false, fieldManager: 'somebody' }));
  expect(await other).toMatchObject({ kind: 'field-conflict', managers: ['dittoserver-provisioner'] });

  const elsewhere = { ...configMap('a'), metadata: { name: 'a', namespace: 'nowhere' } };
  expect(await failure(kube.create(elsewhere))).toMatchObject({
    kind: 'not-found',
    message: expect.stringContaining('Namespace nowhere') as string,
  });
  await expect(kube.get(elsewhere)).resolves.toBeUndefined();

  const database = { apiVersion: 'pgv2.percona.com/v2', kind: 'PerconaPGCluster', metadata: { name: 'a', namespace } };
  expect((await failure(kube.get(database))).kind).toBe('api-absent');
  const forbidden = await failure(kube.delete(made, { uid: wrongUid }));
  expect(forbidden).toMatchObject({ kind: 'forbidden', code: 403 });
  expect(forbidden.message).toContain('lacks the verb "delete" on configmaps');

  await expect(admin.delete(made, { uid: made.metadata.uid })).resolves.toBe(true);
  await expect(admin.delete(made, { uid: made.metadata.uid })).resolves.toBe(false);
});

test('an event told by two processes is one object that counts', async () => {
  const about = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace, uid: 'u' } };
  const event = { regarding: about, type: 'Warning', reason: 'Tried', action: 'Try', note: 'A try' } as const;
  await expect(recorder(kube, 'one')(event)).resolves.toBe(true);
  await expect(recorder(kube, 'two')(event)).resolves.toBe(true);
  expect(await cluster.kubectl('events', '--namespace', namespace)).toMatch(/x2.*Tried|Tried.*\(x2/s);
});

test('a watch of Secrets brings their metadata and nothing of their data', async () => {
  const w = watching({ kind: { apiVersion: 'v1', kind: 'Secret' }, namespace, metadataOnly: true });
  await kube.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'listed', namespace },
    data: { key: 'aHVudGVyMg==' },
  });
  await waitFor('told', () => w.told.has('listed'));
  await kube.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'watched', namespace },
    data: { key: 'aHVudGVyMg==' },
  });
  await waitFor('told', () => w.told.has('watched'));
  await w.stop();
  expect(w.objects[0]).toMatchObject({ apiVersion: 'v1', kind: 'Secret' });
  expect(JSON.stringify(w.objects)).not.toContain('aHVudGVyMg==');
});

test('the API server is killed twice while objects change: no final state is lost', async () => {
  const w = watching({ kind: { apiVersion: 'v1', kind: 'ConfigMap' }, namespace, labelSelector: 'app=dittofs-server' });
  const controller = new AbortController();
  const write = async (i: number): Promise<void> => {
    const name = `o${i % 20}`;
    const there = i % 7 === 0 ? await admin.get(configMap(name)) : undefined;
    if (there !== undefined) await admin.delete(there, { uid: there.metadata.uid });
    else await admin.apply(configMap(name, { i: String(i) }));
  };
  let refused = 0;
  const writing = (async () => {
    for (let i = 0; !controller.signal.aborted; i += 1) {
      await write(i).catch(() => {
        refused += 1;
        return new Promise((resolve) => setTimeout(resolve, 20));
      });
    }
  })();
  for (let round = 0; round < 2; round += 1) {
    const before = w.objects.length;
    await waitFor('changes', () => w.objects.length > before + 50);
    await cluster.controls.stopApiServer();
    await cluster.controls.startApiServer();
  }
  const after = w.objects.length;
  await waitFor('changes after the restart', () => w.objects.length > after + 50);
  controller.abort();
  await writing;
  const list = await kube.list({ apiVersion: 'v1', kind: 'ConfigMap' }, namespace, {
    labelSelector: 'app=dittofs-server',
  });
  const wanted = Object.fromEntries(list.items.map((o) => [o.metadata.name, o.metadata.resourceVersion]));
  await waitFor(
    'the final states',
    () => JSON.stringify(Object.entries(wanted).sort()) === JSON.stringify([...w.told].sort()),
    {
      seen: () => JSON.stringify({ wanted, told: [...w.told] }),
    },
  );
  await w.stop();
  expect(refused).toBeGreaterThan(0);
});

test('an API that is installed, removed and installed again is served each time (W5)', async () => {
  const names = {
    plural: 'perconapgclusters',
    singular: 'perconapgcluster',
    kind: 'PerconaPGCluster',
    listKind: 'PerconaPGClusterList',
  };
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'perconapgclusters.pgv2.percona.com' },
    spec: {
      group: 'pgv2.percona.com',
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v2', served: true, storage: true, schema }],
    },
  };
  const database = (name: string) => ({
    apiVersion: 'pgv2.percona.com/v2',
    kind: 'PerconaPGCluster',
    metadata: { name, namespace },
  });
  const w = watching({ kind: { apiVersion: 'pgv2.percona.com/v2', kind: 'PerconaPGCluster' } });
  for (const name of ['first', 'second']) {
    await waitFor('told that it is absent', () => w.troubles.at(-1)?.kind === 'api-absent');
    expect(w.told.size).toBe(0);
    await cluster.admin.create(definition);
    await waitFor('an object is made', () => cluster.admin.create(database(name)), { timeoutMs: 20_000 });
    await waitFor('told of the object', () => w.told.has(name), { timeoutMs: 20_000 });
    await waitFor('told that it works', () => w.troubles.at(-1) === undefined);
    await cluster.admin.delete({
      apiVersion: definition.apiVersion,
      kind: definition.kind,
      name: definition.metadata.name,
    });
  }
  await w.stop();
});

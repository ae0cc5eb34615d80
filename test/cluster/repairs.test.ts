// What people do to a DittoServer and its children: pausing, deleting by hand, scaling by hand. Repairs go on whatever the database
// does; what asks for a new start waits.
import type { V1StatefulSet } from '@kubernetes/client-node';
import type { KubeObject, ObjectRef } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { aSecond } from './support/a-second.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'repairs' });

const PAUSED = { annotations: { 'dittofs.io/paused': 'true' } };

beforeAll(() =>
  Promise.all([
    stage.subject('files').apply(PERCONA),
    stage.subject('paused').apply(PERCONA, PAUSED),
    stage.subject('handled').apply(BASIC),
  ]),
);

const get = <T extends KubeObject>(ref: ObjectRef): Promise<T | undefined> => stage.cluster.admin.get<T>(ref);

/** Ready and at rest: a repair changes no generation, so that Ready alone may be that of before the last one, which is still under way. */
async function untilRests(server: Subject): Promise<void> {
  await server.untilReady();
  await server.untilQuiet();
}

/** Waits for another object of that name, and returns the milliseconds that it took. */
async function untilMadeAgain(ref: ObjectRef, uid: string | undefined, server: Subject): Promise<number> {
  const since = Date.now();
  await waitFor(
    `${ref.kind} ${ref.name} is back`,
    async () => {
      const found = await get(ref);
      return found !== undefined && found.metadata.uid !== uid && found.metadata.deletionTimestamp === undefined;
    },
    { everyMs: 10, seen: server.says },
  );
  return Date.now() - since;
}

describe('the annotation dittofs.io/paused', () => {
  test('holds every step of a new DittoServer, and is told; without it the work begins', async () => {
    const paused = stage.subject('paused');
    await paused.untilTold({ type: 'Ready', status: 'False', reason: 'Paused' });
    await paused.untilTold({ type: 'Progressing', status: 'False', reason: 'Paused', message: /dittofs\.io\/paused/ });
    await paused.reconcileNow(3);
    expect(paused.writes().every(({ resource, subresource }) => resource === 'dittoservers' && subresource === 'status')).toBe(true); // prettier-ignore
    await paused.apply(PERCONA);
    await paused.untilReady();
    await paused.recordHistory('paused');
  });

  test('holds repairs and changes of a running one, and lets them go on afterwards', async () => {
    const paused = stage.subject('paused');
    await paused.untilReady();
    await paused.apply({ ...PERCONA, logging: { level: 'DEBUG' } }, PAUSED);
    await paused.untilTold({ type: 'Progressing', status: 'False', reason: 'Paused' });
    const since = new Date();
    await stage.cluster.admin.delete(paused.children.configMap);
    await paused.reconcileNow(3);
    expect(await get(paused.children.configMap)).toBeUndefined();
    expect(paused.writes(since).filter(({ resource }) => resource !== 'dittoservers')).toEqual([]);
    expect(await paused.revisions()).toBe(1);

    await paused.apply({ ...PERCONA, logging: { level: 'DEBUG' } });
    await paused.untilReady();
    const configMap = await get<KubeObject & { data: Record<string, string> }>(paused.children.configMap);
    expect(configMap?.data['config.yaml']).toContain('DEBUG');
    expect(await paused.revisions()).toBe(2);
  });
});

describe('a child that is deleted by hand comes back within a second of it', () => {
  test.each(['configMap', 'apiService', 'headlessService', 'baselineNetworkPolicy'] as const)('%s', async (child) => {
    const server = stage.subject('handled');
    await untilRests(server);
    const before = await get(server.children[child]);
    expect(before).toBeDefined();
    await stage.cluster.admin.delete(server.children[child]);
    expect(await untilMadeAgain(server.children[child], before?.metadata.uid, server)).toBeLessThan(aSecond());
    await server.untilReady();
  });

  test('statefulSet, with the same template over the same volumes', async () => {
    const server = stage.subject('handled');
    await untilRests(server);
    const claims = async () =>
      (await stage.cluster.admin.list<KubeObject>({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: stage.namespace })) // prettier-ignore
        .filter(({ metadata }) => metadata.name.endsWith('-handled-0'))
        .map(({ metadata }) => metadata.uid);
    const [before, volumes] = [await server.statefulSet(), await claims()];
    expect(volumes).toHaveLength(2);
    await stage.cluster.admin.delete(server.children.statefulSet);
    expect(await untilMadeAgain(server.children.statefulSet, before?.metadata.uid, server)).toBeLessThan(aSecond());
    await server.untilReady();
    expect((await server.statefulSet())?.spec?.template).toEqual(before?.spec?.template);
    expect(await claims()).toEqual(volumes);
  });
});

interface Told extends KubeObject {
  readonly reason: string;
  readonly note: string;
  readonly series?: object;
}

test('each that was put back is told of in one event (W6)', async () => {
  const server = stage.subject('handled');
  const { headlessService, apiService, configMap, statefulSet } = server.names;
  const wanted = [`ConfigMap ${configMap}`, `Service ${apiService}`, `Service ${headlessService}`, `StatefulSet ${statefulSet}`]; // prettier-ignore
  const toldOf = async (child: string): Promise<readonly Told[]> => {
    const events = await stage.cluster.admin.list<Told>({ apiVersion: 'events.k8s.io/v1', kind: 'Event', namespace: stage.namespace }); // prettier-ignore
    return events.filter(({ reason, note }) => reason === 'ChildRepaired' && note.startsWith(`${child} was deleted`));
  };
  for (const child of wanted) {
    // It is told after the child is there again.
    await waitFor(`${child} is told of`, async () => (await toldOf(child)).length > 0);
  }
  await server.untilQuiet();
  for (const child of wanted) {
    const told = await toldOf(child);
    expect([child, told.length, told[0]?.series]).toEqual([child, 1, undefined]);
  }
});

test('what others write into our part of the ConfigMap is put back', async () => {
  const server = stage.subject('handled');
  await server.untilReady();
  const before = await get<KubeObject & { data: Record<string, string> }>(server.children.configMap);
  await stage.cluster.admin.patch(server.children.configMap, { data: { 'config.yaml': 'mine', other: 'stays' } });
  const now = () => get<KubeObject & { data: Record<string, string> }>(server.children.configMap);
  await waitFor(
    'config.yaml is put back',
    async () => (await now())?.data['config.yaml'] === before?.data['config.yaml'],
  );
  expect((await now())?.data).toHaveProperty('other', 'stays');
});

describe('while the database is down', () => {
  let release: () => Promise<void>;
  const files = () => stage.subject('files');

  beforeAll(async () => {
    await files().untilReady();
    const pods = { namespace: stage.namespace, namePrefix: `${files().names.postgresCluster}-` };
    release = await stage.cluster.controls.stickPods(pods, 'crashLoop');
    await files().untilTold({ type: 'DatabaseReady', status: 'False' });
  });

  test('it is told, and the server’s own state is told beside it', async () => {
    await files().untilTold({ type: 'Ready', status: 'False', reason: 'PostgresPodsNotReady' });
    await files().untilTold({ type: 'Available', status: 'True' });
    expect((await files().get())?.status?.phase).toBe('Running');
  });

  test('a StatefulSet that was scaled by hand is scaled back', async () => {
    await stage.cluster.kubectl('scale', 'statefulset', 'files', '--replicas=0', '-n', stage.namespace);
    const replicas = async () => (await get<KubeObject & V1StatefulSet>(files().children.statefulSet))?.spec?.replicas;
    await waitFor('it is scaled back', async () => (await replicas()) === 1, { seen: files().says });
    await files().untilTold({ type: 'Available', status: 'True' });
    await files().recordHistory('database-down');
  });

  test('a lost Service comes back', async () => {
    const before = await get(files().children.apiService);
    await stage.cluster.admin.delete(files().children.apiService);
    await untilMadeAgain(files().children.apiService, before?.metadata.uid, files());
  });

  test('a lost StatefulSet comes back with the hash that it had', async () => {
    const before = await files().statefulSet();
    await stage.cluster.admin.delete(files().children.statefulSet);
    await untilMadeAgain(files().children.statefulSet, before?.metadata.uid, files());
    await waitFor('the template is as it was', async () => {
      const { spec } = (await files().statefulSet()) ?? {};
      return JSON.stringify(spec?.template) === JSON.stringify(before?.spec?.template);
    });
  });

  test('a new configuration waits for it, and is rolled out when it is back', async () => {
    await waitFor('its controller has seen the new StatefulSet', async () => (await files().revisions()) === 1);
    await files().apply({ ...PERCONA, image: 'example.com/dittofs:2' });
    await files().untilTold({ type: 'Progressing', status: 'False', reason: 'HeldBack' });
    await files().reconcileNow(2);
    expect(await files().revisions()).toBe(1);
    await release();
    await files().untilReady();
    expect(await files().revisions()).toBe(2);
    expect((await files().pod())?.spec.containers[0]?.image).toBe('example.com/dittofs:2');
  });
});

// DittoServers whose names extend each other, in one namespace, the same name in another, and one named like what the provisioner itself
// was installed with: each has its own children, and nothing is taken from a neighbour.
import { DITTO_SERVER } from '../../src/api/names.ts';
import type { Write } from '../kit/audit.ts';
import type { KubeObject, Pod } from '../kit/kubernetes-types.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'neighbours', provisioner: false });

const NAMES = ['a', 'a-api', 'a-headless', 'a-metrics'] as const;
interface Service extends KubeObject {
  readonly spec: { readonly selector?: Readonly<Record<string, string>> };
}

let elsewhere: string;
let provisioner: Provisioner;
let servers: readonly Subject[];
let twin: Subject;
beforeAll(async () => {
  elsewhere = await stage.another('elsewhere');
  servers = NAMES.map((name) => stage.subject(name));
  twin = stage.subject('a', elsewhere);
  provisioner = await stage.start({ watchNamespaces: `${stage.namespace},${elsewhere}` });
  await Promise.all([...servers, twin].map((server) => server.apply(PERCONA)));
});

afterAll(() => provisioner.stop());

/** Writes of ours to what is named after one of them exactly: its own names, not those that extend them. */
const writesTo = ({ names, name, namespace }: Subject, since: Date): readonly Write[] => {
  const own = new Set([name, ...Object.values<string>({ ...names })]);
  return stage.writes({ user: 'provisioner', namespace, since }).filter((write) => own.has(write.name ?? ''));
};

test('all are provisioned, each with a database of its own (V5)', async () => {
  for (const server of [...servers, twin]) await server.untilReady({ timeoutMs: 120_000 });
  const uids = await Promise.all([...servers, twin].map(async (one) => (await one.postgresCluster())?.metadata.uid));
  expect(new Set(uids).size).toBe(uids.length);
}); // prettier-ignore

test('each Service selects the pod of its own DittoServer and no other (V5)', async () => {
  for (const namespace of [stage.namespace, elsewhere]) {
    const pods = await stage.cluster.admin.list<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace });
    const services = await stage.cluster.admin.list<Service>({ apiVersion: 'v1', kind: 'Service', namespace });
    const ours = services.filter(({ metadata }) => metadata.labels?.['app'] === 'dittofs-server');
    // API, headless, and one for each of the two adapters.
    expect(ours).toHaveLength(4 * (namespace === elsewhere ? 1 : NAMES.length));
    for (const { metadata, spec } of ours) {
      const selected = pods.filter(({ metadata: { labels = {} } }) =>
        Object.entries(spec.selector ?? {}).every(([label, value]) => labels[label] === value),
      );
      const owner = metadata.ownerReferences?.[0]?.name ?? '';
      expect([metadata.name, selected.map((pod) => pod.metadata.name)]).toEqual([metadata.name, [`${owner}-0`]]);
    }
  }
});

test('when the one that begins their names is deleted, the others are left alone: nothing is written (V5)', async () => {
  const [a, ...others] = servers;
  if (!a) throw new Error('there is one named a');
  const rest = [...others, twin];
  for (const server of rest) await server.untilQuiet();
  const since = new Date();
  // Two of its Services have the names of others.
  const its = [`Service/${a.names.apiService}`, `Service/${a.names.headlessService}`];
  const versions = async () => (await Promise.all(rest.map((server) => server.versions()))).map((all) => Object.entries(all).filter(([object]) => !its.includes(object)));
  const before = await versions();
  await a.delete();
  await a.untilGone();
  await waitFor('its StatefulSet and database are gone', async () =>
    (await a.statefulSet()) === undefined && (await a.postgresCluster()) === undefined, { timeoutMs: 90_000 });
  for (const server of rest) await server.reconcileNow(2);
  expect(rest.flatMap((server) => writesTo(server, since))).toEqual([]);
  expect(await versions()).toEqual(before);
}); // prettier-ignore

describe('a DittoServer named like the database of another', () => {
  /** Each first in turn, and both at once. */
  test.each([
    ['that is there first', 'b', ['b', 'b-postgres']],
    ['that comes later', 'c', ['c-postgres', 'c']],
  ])('%s: who comes second is told, with the object and its owner, and neither harms the other (V5)', async (_, base, order) => {
    const [first, second] = order.map((name) => stage.subject(name));
    if (!first || !second) throw new Error('there are two');
    await first.apply(PERCONA);
    await first.untilReady();
    await first.untilQuiet();
    const versions = await first.versions();
    const since = new Date();
    await second.apply(PERCONA);
    const { message } = await second.untilTold({ type: 'Ready', status: 'False', reason: 'ObjectConflict' });
    expect(message).toMatch(new RegExp(`ConfigMap.${base}-postgres-config.*(PostgresCluster|DittoServer) ?.${base}-postgres`));
    await second.reconcileNow(3);
    await first.reconcileNow(3);
    expect(writesTo(first, since).filter(({ name }) => !Object.values<string>({ ...second.names }).includes(name ?? ''))).toEqual([]);
    expect(await first.statefulSet()).toBeDefined();
    expect((await first.get())?.status?.phase).toBe('Running');
    expect(await second.statefulSet()).toBeUndefined();
    expect(versions[`ConfigMap/${base}-postgres-config`]).toBe((await first.versions())[`ConfigMap/${base}-postgres-config`]);
    // When the first is gone, the second goes on by itself.
    await first.delete();
    await second.untilReady({ timeoutMs: 120_000 });
  }); // prettier-ignore

  test('when both come at once, one of them is provisioned and the other is told (V5)', async () => {
    const both = ['d', 'd-postgres'].map((name) => stage.subject(name));
    await Promise.all(both.map((server) => server.apply(PERCONA)));
    const one = await waitFor('one is ready', async () => {
      for (const server of both) if ((await server.get())?.status?.phase === 'Running') return server;
      return undefined;
    }, { timeoutMs: 90_000, seen: async () => (await Promise.all(both.map((server) => server.says()))).join(' | ') });
    const other = both.find((server) => server !== one);
    await other?.untilTold({ type: 'Ready', status: 'False', reason: 'ObjectConflict', message: /d-postgres-config/ });
  }); // prettier-ignore
});

test('one named like what the provisioner was installed with conflicts with it or works, and leaves that alone (V5)', async () => {
  const name = 'dittoserver-provisioner';
  const { admin } = stage.cluster;
  const label = { 'app.kubernetes.io/name': name };
  const meta = (of: string) => ({ namespace: stage.namespace, name: of, labels: label });
  const installed: readonly KubeObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(name) },
    { apiVersion: 'v1', kind: 'Service', metadata: meta(`${name}-api`), spec: { ports: [{ port: 80 }], selector: label } } as KubeObject,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(`${name}-config`), data: { key: 'value' } } as KubeObject,
    { apiVersion: 'v1', kind: 'Secret', metadata: meta(`${name}-jwt-secret`), data: { key: 'dmFsdWU=' } } as KubeObject,
  ]; // prettier-ignore
  for (const object of installed) await admin.create(object);
  const stored = () => Promise.all(installed.map(({ apiVersion, kind, metadata }) => admin.get<KubeObject>({ apiVersion, kind, namespace: stage.namespace, name: metadata.name }))); // prettier-ignore
  const before = await stored();
  const server = stage.subject(name);
  await server.apply(BASIC);
  const { message } = await server.untilTold({ type: 'Ready', status: 'False', reason: 'ObjectConflict' });
  for (const { kind, metadata } of installed.slice(1)) expect(message).toContain(`${kind}/${metadata.name}`);
  await server.reconcileNow(3);
  expect(await stored()).toEqual(before);
  expect(await server.statefulSet()).toBeUndefined();
  await server.delete();
  await server.untilGone();
  expect(await stored()).toEqual(before);
  expect(await admin.list({ ...DITTO_SERVER, namespace: elsewhere })).toHaveLength(1);
});

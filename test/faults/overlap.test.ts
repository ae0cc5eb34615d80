// Attempts overlap: a write that was given up is carried out late, by whoever held it, after its successor. It changes nothing.
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { distinct, record } from '../cluster/support/recording.ts';
import { BASIC, PERCONA, type Subject } from '../cluster/support/subject.ts';
import type { FaultyCall, RunningFault } from '../kit/fault-proxy-stand-in.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useProxiedStage } from './support/proxied-stage.ts';
import { tell } from '../kit/tell.ts';

/** What is held is given up after two seconds instead of ten. */
const stage = useProxiedStage({ name: 'overlap', env: { REQUEST_TIMEOUT: '2s', WORKER_TIMEOUT: '2s' } });

/** A version of what the pod is made from: it concerns the StatefulSet, the ConfigMap and the Service. */
const version = (n: number): DittoServerSpec => ({
  ...BASIC,
  image: `example.test/dittofs:v${n}`,
  controlPlane: { port: 9_000 + n },
});

const CHILDREN = ['statefulsets', 'configmaps', 'services'];
const isWriteOf =
  (...resources: readonly string[]) =>
  ({ kind, resource }: FaultyCall): boolean =>
    kind === 'write' && resources.includes(resource);

/** Holds the writes of an attempt; later ones, of which the caller says that they are not held, pass. */
function holdWrites(matches: (call: FaultyCall) => boolean): {
  readonly held: RunningFault;
  /** What is held is of these kinds. */
  readonly kinds: ReadonlySet<string>;
  readonly pass: () => void;
} {
  let holding = true;
  const kinds = new Set<string>();
  const held = stage.proxy.begin({ does: 'hold' }, (call) => {
    const isHeld = holding && matches(call);
    if (isHeld) kinds.add(call.resource);
    return isHeld;
  });
  return { held, kinds, pass: () => void (holding = false) };
}

/** What stands of a version: image, port in the configuration file, port of the Service. */
async function standing(server: Subject) {
  const { names, children } = server;
  const { admin } = stage.cluster;
  const configMap = await admin.get<KubeObject & { data: Record<string, string> }>(children.configMap);
  const service = await admin.get<KubeObject & { spec: { ports: { port: number }[] } }>(children.apiService);
  const [container] = (await server.statefulSet())?.spec?.template.spec?.containers ?? [];
  const configured = Object.values(configMap?.data ?? {}).some((text) => text.includes('port: 9002'));
  return { name: names.statefulSet, image: container?.image, configured, port: service?.spec.ports[0]?.port };
}

const ofVersion2 = ({ names }: Subject) => ({
  name: names.statefulSet,
  image: 'example.test/dittofs:v2',
  configured: true,
  port: 9_002,
});

async function untilVersion2(server: Subject): Promise<void> {
  await waitFor(
    `${server.name} is of version 2`,
    async () => JSON.stringify(await standing(server)) === JSON.stringify(ofVersion2(server)),
    { timeoutMs: 60_000, seen: async () => `${JSON.stringify(await standing(server))}; ${await server.says()}` },
  );
}

/** Lets the held writes be carried out now, and looks at everything again. */
async function carryOutLate(held: RunningFault): Promise<readonly number[]> {
  const codes = await held.end('release');
  tell(`held writes were answered ${codes.join(', ')}`);
  return codes;
}

/**
 * Version 2 is written while the writes of version 1 are held; those are carried out late, are refused, and change nothing.
 *
 * @param first what version 1 writes side by side: none of these may come when the others are let pass
 */
async function overtake(server: Subject, first: readonly string[]): Promise<void> {
  const { held, kinds, pass } = holdWrites(isWriteOf(...CHILDREN));
  await server.apply(version(1));
  await waitFor(
    'version 1 is held',
    () => held.hits() >= CHILDREN.length && first.every((resource) => kinds.has(resource)),
    { seen: () => [...kinds].join() },
  );
  pass();
  await server.apply(version(2));
  await untilVersion2(server);
  await server.untilReady();

  expect((await carryOutLate(held)).every((code) => code === 409)).toBe(true);
  await server.reconcileNow(2);
  expect(await standing(server)).toEqual(ofVersion2(server));
}

test('an old version of a running server that is written late is refused; its pod is rolled once (E7)', async () => {
  const server = stage.subject('running');
  await server.apply(BASIC);
  await server.untilReady();
  const pods = await record<KubeObject>(stage.cluster, { apiVersion: 'v1', kind: 'Pod', namespace: stage.namespace });
  // The template waits for the ConfigMap.
  await overtake(server, ['configmaps', 'services']);
  expect(await server.revisions()).toBe(2);
  const made = pods.versions(`${server.names.statefulSet}-0`).filter(({ type }) => type === 'ADDED');
  expect(distinct(made.map(({ object }) => object.metadata.uid))).toHaveLength(1);
  pods.stop();
});

test('an old version that would have made the children does not replace those that its successor has made (E7)', async () => {
  const server = stage.subject('new');
  await overtake(server, CHILDREN);
  expect(await server.revisions()).toBe(1);
});

test.each([
  { policy: 'Delete', becomes: 'is collected' },
  { policy: 'Retain', becomes: 'stays, without an owner' },
] as const)(
  'a database that is made late, when its DittoServer is gone: under $policy it $becomes (E7)',
  async ({ policy }) => {
    const server = stage.subject(`late-${policy.toLowerCase()}`);
    const spec = { ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: policy } };
    const { held, pass } = holdWrites(isWriteOf('perconapgclusters'));
    await server.apply(spec);
    await waitFor('the create is held', () => held.hits() >= 1);
    await server.delete();
    await server.untilGone();
    const ended = async (): Promise<boolean> => (await server.workflow().describe()).status.name === 'COMPLETED';
    await waitFor('the workflow ends', ended, { timeoutMs: 60_000 });
    pass();
    expect((await carryOutLate(held)).filter((code) => code === 201)).toHaveLength(1);

    if (policy === 'Delete') {
      const gone = async (): Promise<boolean> => (await server.postgresCluster()) === undefined;
      await waitFor('the database is collected', gone, { timeoutMs: 60_000 });
    } else {
      const left = await server.postgresCluster();
      expect(left).toBeDefined();
      expect(left?.metadata.ownerReferences ?? []).toEqual([]);
    }
    expect(await server.statefulSet()).toBeUndefined();
  },
);

// kill -9 of the provisioner after each single write of a calm run: it loses nothing, and nothing is made twice.
import { setTimeout as pause } from 'node:timers/promises';
import { PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import type { Write } from '../kit/audit.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { distinct, record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { PERCONA, conditionsOf, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'kills' });

const KINDS = {
  Secret: { apiVersion: 'v1', kind: 'Secret' },
  Service: { apiVersion: 'v1', kind: 'Service' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  Pod: { apiVersion: 'v1', kind: 'Pod' },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  ControllerRevision: { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
  PerconaPGCluster: PERCONA_PG_CLUSTER,
} as const;
type Kind = keyof typeof KINDS;

type Recorded = KubeObject & { readonly data?: unknown };
const recordings = new Map<Kind, Recording<Recorded>>();

beforeAll(async () => {
  for (const [kind, ref] of Object.entries(KINDS) as [Kind, (typeof KINDS)[Kind]][]) {
    recordings.set(kind, await record<Recorded>(stage.cluster, { ...ref, namespace: stage.namespace }));
  }
});
afterAll(() => {
  for (const recording of recordings.values()) recording.stop();
});

const described = ({ verb, resource, subresource, name = '' }: Write, of: Subject): string =>
  `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`} ${name.replace(of.name, '<name>')}`;

/** What was ever made for a DittoServer, each as often as it was made, without the random parts of names. */
function everMade(server: Subject): readonly string[] {
  const made = [...recordings].flatMap(([kind, recording]) =>
    recording
      .all()
      .filter(({ type, object }) => type === 'ADDED' && server.owns(object.metadata.name))
      .map(({ object }) => `${kind} ${object.metadata.name.replace(server.name, '<name>')}`),
  );
  return made
    .map((line) => line.replace(/instance1-[a-z0-9]{4}/, 'instance1-xxxx').replace(/-[a-f0-9]{8,10}$/, '-hash'))
    .sort();
}

/** Every content that the Secrets which we generate have ever had. */
function generatedContents({ names }: Subject): readonly string[] {
  const secrets = recordings.get('Secret');
  return [names.jwtSecret, names.adminSecret, names.operatorSecret].flatMap((name) =>
    distinct((secrets?.versions(name) ?? []).map(({ object }) => JSON.stringify(object.data))),
  );
}

const isReady = async (server: Subject): Promise<boolean> =>
  conditionsOf(await server.get()).some(({ type, status }) => type === 'Ready' && status === 'True');

/** Kills as soon as the audit log shows the k-th write; false when the DittoServer was ready before there was one. */
async function killAfterWrite(k: number, server: Subject): Promise<boolean> {
  const { provisioner } = stage;
  const startedMs = Date.now();
  while (server.writes().length < k) {
    if (!provisioner.isRunning()) throw new Error(`The provisioner ended by itself: see ${provisioner.logFile}`);
    if (Date.now() - startedMs > 90_000) throw new Error(`No write ${k} of ${server.name}: ${await server.says()}`);
    if (await isReady(server)) break;
    await pause(1);
  }
  const killed = server.writes().length >= k;
  await provisioner.kill();
  return killed;
}

test('kill -9 after each write of a calm run: Ready in the end, and every object made exactly once', async () => {
  const calm = stage.subject('calm');
  await calm.apply(PERCONA);
  await calm.untilReady();
  await calm.untilQuiet();
  const list = calm.writes().map((write) => described(write, calm));
  const made = everMade(calm);
  expect(list.length).toBeGreaterThan(8);
  expect(made).toEqual([...new Set(made)]);

  // Each kill also hits those that are still on their way back from an earlier one.
  const trials = list.map((after, index) => ({ after, k: index + 1, server: stage.subject(`kill-${index + 1}`) }));
  let inTheMiddle = 0;
  for (const { k, server } of trials) {
    await server.apply(PERCONA);
    if (await killAfterWrite(k, server)) inTheMiddle += 1;
    await stage.provisioner.start();
  }
  // A run has one write of status more or less than another, so that the last kills may come late.
  expect(inTheMiddle).toBeGreaterThanOrEqual(list.length - 3);

  for (const { server } of trials) {
    await server.untilReady({ timeoutMs: 120_000 });
    await server.untilQuiet();
  }
  const outcomes = trials.map(({ after, server }) => [after, everMade(server), generatedContents(server).length]);
  expect(outcomes).toEqual(list.map((after) => [after, made, 3]));
}, 480_000);

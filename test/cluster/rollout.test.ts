// An upgrade of the provisioner restarts nothing; a rollout brings its pod templates to a few DittoServers at a time, and can be stopped.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ANNOTATIONS } from '../../src/api/names.ts';
import { rolloutId, type RolloutState } from '../../src/api/rollout.ts';
import { TEMPLATE_REVISION, type StatefulSet } from '../../src/manifests/index.ts';
import type { KubeObject, Pod } from '../kit/kubernetes-types.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { recordHistory } from '../replay/record.ts';
import { OLDER_GRACE_SECONDS, OLDER_REVISION, versionsIn, type Versions } from './support/older-version.ts';
import { record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { BASIC, CLUSTER_NAME, PERCONA, type Subject } from './support/subject.ts';

const LONG_MS = 180_000;
const AT_A_TIME = 2;
const stage = useStage({ name: 'rollout', provisioner: false });
const workspace = createWorkspace('rollout');

type StoredSet = StatefulSet & KubeObject;

let versions: Versions;
let provisioner: Provisioner;
let sets: Recording<StoredSet>;
let pods: Recording<Pod>;
let servers: readonly Subject[];

beforeAll(async () => {
  versions = versionsIn(workspace.folder);
  provisioner = await stage.start({ workspace, command: [process.execPath, versions.program] });
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  servers = names.map((name) => stage.subject(name));
  await Promise.all(servers.map((server, i) => server.apply(i === 0 ? PERCONA : BASIC)));
  for (const server of servers) await server.untilReady({ timeoutMs: LONG_MS });
  for (const server of servers) await server.untilQuiet();
  const { cluster, namespace } = stage;
  sets = await record<StoredSet>(cluster, { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace });
  pods = await record<Pod>(cluster, { apiVersion: 'v1', kind: 'Pod', namespace });
});
afterAll(async () => {
  sets.stop();
  pods.stop();
  await provisioner.stop();
  await workspace.dispose();
});

const revisionOf = (set: StatefulSet | undefined): string | undefined =>
  set?.spec?.template.metadata?.annotations?.[ANNOTATIONS.templateRevision];
const restarts = (server: Subject): number =>
  pods.versions(`${server.name}-0`).filter(({ type }) => type === 'ADDED').length;
const rollout = () =>
  stage.temporal.workflow.getHandle(rolloutId({ cluster: CLUSTER_NAME, installation: stage.installation }));
const state = (): Promise<RolloutState> => rollout().query<RolloutState>('state');

async function updated(): Promise<readonly string[]> {
  const found = await Promise.all(servers.map(async (server) => [server.name, revisionOf(await server.statefulSet())]));
  return found.filter(([, revision]) => revision === TEMPLATE_REVISION).map(([name = '']) => name);
}

/** The verb, as a person runs it; returns what it prints. */
async function startRollout(env: Readonly<Record<string, string>>): Promise<string> {
  const { cluster, installation, namespace } = stage;
  const { stdout } = await promisify(execFile)(process.execPath, [versions.program, 'rollout'], {
    env: {
      ...process.env,
      KUBECONFIG: cluster.kubeconfig('provisioner'),
      TEMPORAL_ADDRESS: cluster.temporalAddress,
      CLUSTER_NAME,
      INSTALLATION: installation,
      WATCH_NAMESPACES: namespace,
      ...env,
    },
  });
  return stdout;
}

test('an upgrade writes no template, restarts no pod, and tells what it left as it is (S10)', async () => {
  const since = new Date();
  await provisioner.kill('SIGTERM');
  await stage.cluster.controls.wipeTemporal();
  versions.upgrade();
  await provisioner.start();
  for (const server of servers) {
    const message = new RegExp(`of revision ${OLDER_REVISION}, that of revision ${TEMPLATE_REVISION} comes with`);
    await server.untilTold({ type: 'Progressing', reason: 'ReconcileComplete', message }, { timeoutMs: LONG_MS });
    await server.reconcileNow(3);
    expect(server.writes(since).filter(({ resource }) => resource === 'statefulsets')).toEqual([]);
    expect((await server.statefulSet())?.spec?.template.spec?.terminationGracePeriodSeconds).toBe(OLDER_GRACE_SECONDS);
    expect(restarts(server)).toBe(0);
  }
});

test('stopping and starting a server leaves its template alone', async () => {
  const [, , , , , server] = servers as [Subject, Subject, Subject, Subject, Subject, Subject];
  await server.apply({ ...BASIC, replicas: 0 });
  await waitFor('it is stopped', async () => (await server.pod()) === undefined, { seen: server.says });
  await server.apply({ ...BASIC, replicas: 1 });
  await server.untilReady();
  expect(revisionOf(await server.statefulSet())).toBe(OLDER_REVISION);
});

test('a rollout that is cancelled admits nobody else', async () => {
  expect(await startRollout({ ROLLOUT_AT_A_TIME: '1' })).toContain(rollout().workflowId);
  await waitFor('the first has its turn', async () => (await state()).turns.length === 1);
  await rollout().cancel();
  await waitFor('the rollout is over', async () => (await rollout().describe()).status.name === 'CANCELLED');
  const [first] = servers as [Subject];
  await waitFor('the one that was admitted has the template', async () => (await updated()).length === 1);
  await first.untilReady();
  for (const server of servers) await server.reconcileNow();
  expect(await updated()).toEqual([first.name]);
});

test('a rollout goes a few at a time; who does not become Ready returns its turn at its deadline, and its admission (S10)', async () => {
  const release = await stage.cluster.controls.stickPods(
    { namespace: stage.namespace, namePrefix: 'b-0' },
    'imagePull',
  );
  const [, , unable] = servers as [Subject, Subject, Subject];
  const before = new Map(servers.map((server) => [server.name, restarts(server)]));
  // Its Service belongs to somebody else, so that it takes no template.
  const nobodys = { metadata: { labels: null, ownerReferences: null } };
  await stage.cluster.admin.patch(unable.children.apiService, nobodys);
  await unable.untilTold({ type: 'ConfigReady', status: 'False', reason: 'ObjectConflict' });
  try {
    await startRollout({ ROLLOUT_AT_A_TIME: String(AT_A_TIME), DEADLINE_PODS: '15s' });
    const done = (await rollout().result()) as RolloutState;
    const overdue = ['b', 'c'].map((name) => `${stage.namespace}/${name}`);
    expect({ ...done, overdue: [...done.overdue].sort() }).toMatchObject({ turns: [], done: 3, overdue, left: 0 });
    await recordHistory(stage.temporal, rollout().workflowId, 'cluster-rollout-withdrawn');
  } finally {
    await release();
  }
  await stage.cluster.admin.delete(unable.children.apiService);
  for (const server of servers) await server.untilReady({ timeoutMs: LONG_MS });
  // Who could not take it in its turn does not take it later, out of turn.
  await unable.reconcileNow(3);
  expect(await updated()).toEqual(['a', 'b', 'd', 'e', 'f']);
  for (const { name } of servers) {
    const restarted = ['b', 'd', 'e', 'f'].includes(name) ? 1 : 0;
    expect([name, restarts(stage.subject(name))]).toEqual([name, (before.get(name) ?? 0) + restarted]);
  }
  expect(mostAtOnce(['d', 'e', 'f'])).toBeLessThanOrEqual(AT_A_TIME);
});

/** It has the new template, and not yet a ready pod of it. */
function isOnItsWay({ metadata, status }: StoredSet): boolean {
  if (!status) return true;
  const { observedGeneration, readyReplicas = 0, currentRevision, updateRevision } = status;
  return (
    (observedGeneration ?? 0) < (metadata.generation ?? 0) || readyReplicas === 0 || currentRevision !== updateRevision
  );
}

/** How many of them were on their way to the new template at the same time, at most. */
function mostAtOnce(names: readonly string[]): number {
  const under = new Set<string>();
  let most = 0;
  for (const { object } of sets.all()) {
    const { name } = object.metadata;
    if (!names.includes(name) || revisionOf(object) !== TEMPLATE_REVISION) continue;
    if (isOnItsWay(object)) under.add(name);
    else under.delete(name);
    most = Math.max(most, under.size);
  }
  return most;
}

// `make demo`: real parts and the provisioner, one DittoServer from "applied" to "Ready" before your eyes, then a login to it.
// With DEMO_EXIT=1 it ends there, with exit code 0 and a summary, or 1 and the reason.
import { Client, Connection } from '@temporalio/client';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse } from 'yaml';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import { state, workflowId } from '../../workflows/messages.ts';
import { startCluster, type OwnedCluster } from './cluster.ts';
import { postgresStory, serverStory } from './demo-server.ts';
import type { KubeObject } from './kubernetes-types.ts';
import { whyPodsCannotRun } from './process-kubelet-stand-in/why-pods-cannot-run.ts';
import { startProvisioner, type Provisioner } from './provisioner.ts';
import { toolPaths } from './tools/tools.ts';

const root = join(import.meta.dirname, '..', '..');
const SAMPLE = join(root, 'deploy', 'samples', 'percona.yaml');
const NAMESPACE = 'demo';
const CLUSTER = 'demo';
const READY_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 100;
const DECLARED = 'Pods are declared ready; nothing runs in them.';

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(5)} s`;

/** One line of the live view. */
interface Moment {
  readonly atMs: number;
  readonly stage: string;
  readonly told: string;
}

/** What the workflow tells, once there is one and it has looked. */
async function readStory(client: Client, id: string): Promise<Omit<Moment, 'atMs'>> {
  try {
    const { stage, reason, message } = (await client.workflow.getHandle(id).query(state)).story;
    if (reason !== 'Queued') return { stage, told: `${reason}: ${message}` };
  } catch {
    // There is no workflow in the first moment.
  }
  return { stage: 'Queued', told: 'Queued: waiting for the provisioner to see this DittoServer' };
}

/** Whether the condition Ready is True: what `kubectl wait` waits for. */
async function isReady(cluster: OwnedCluster, name: string): Promise<boolean> {
  const ref = { apiVersion: 'dittofs.dittofs.com/v1alpha1', kind: 'DittoServer', namespace: NAMESPACE, name };
  const server = await cluster.admin.get<KubeObject & DittoServer>(ref);
  return server?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}

/** Prints a line whenever stage or reason changes, until the DittoServer is ready. */
async function follow(cluster: OwnedCluster, client: Client, name: string): Promise<readonly Moment[]> {
  const moments: Moment[] = [];
  const began = performance.now();
  const id = workflowId({ cluster: CLUSTER, namespace: NAMESPACE, name });
  for (;;) {
    const ready = await isReady(cluster, name);
    const { stage, told } = await readStory(client, id);
    const atMs = performance.now() - began;
    if (told !== moments.at(-1)?.told) {
      moments.push({ atMs, stage, told });
      say(`  ${seconds(atMs)}  ${stage.padEnd(18)}  ${told}`);
    }
    if (ready) return moments;
    if (atMs > READY_WITHIN_MS) throw new Error(`not Ready after ${READY_WITHIN_MS / 1000} s; ${told}`);
    await delay(LOOK_EVERY_MS);
  }
}

function summary(moments: readonly Moment[]): void {
  say('\nHow long each stage took:');
  moments.slice(0, -1).forEach(({ atMs, stage, told }, i) => {
    say(`  ${seconds((moments[i + 1]?.atMs ?? atMs) - atMs)}  ${stage.padEnd(18)}  ${told}`);
  });
  say(`  ${seconds(moments.at(-1)?.atMs ?? 0)}  in all, from "applied" to "Ready"`);
}

/** The kubeconfig for the person who watches: in the namespace of the demo, so that commands work as the pages print them. */
function kubeconfigForPerson(cluster: OwnedCluster): string {
  const path = join(cluster.folder, 'demo.kubeconfig');
  const admins = JSON.parse(readFileSync(cluster.kubeconfig('admin'), 'utf8')) as {
    readonly contexts: readonly { readonly context: object }[];
  };
  const contexts = admins.contexts.map((one) => ({ ...one, context: { ...one.context, namespace: NAMESPACE } }));
  writeFileSync(path, JSON.stringify({ ...admins, contexts }), { mode: 0o600 });
  return path;
}

async function tour(cluster: OwnedCluster, provisioner: Provisioner, name: string): Promise<void> {
  const kinds = 'dittoserver,perconapgcluster,statefulset,pod,service,configmap,secret,persistentvolumeclaim';
  say('\nWhat was made:\n');
  say(await cluster.kubectl('get', kinds, '--namespace', NAMESPACE));
  const id = encodeURIComponent(workflowId({ cluster: CLUSTER, namespace: NAMESPACE, name }));
  say(`Its workflow in the Temporal UI (tabs "Timeline" and "User Metadata"):
  ${cluster.temporalUiUrl ?? ''}/namespaces/default/workflows/${id}

Use this cluster from another terminal (namespace ${NAMESPACE}):
  export KUBECONFIG=${kubeconfigForPerson(cluster)}
  alias kubectl=${toolPaths().kubectl}
  alias temporal='${toolPaths().temporal} --address ${cluster.temporalAddress ?? ''}'
The provisioner's log: ${provisioner.logFile}; its health: ${provisioner.url}/readyz

Three things to try:
  edit    kubectl patch dittoserver ${name} --type merge -p '{"spec":{"logging":{"level":"DEBUG"}}}'
          (the pod is rolled once, for the changed configuration)
  pause   kubectl annotate dittoserver ${name} dittofs.io/paused=true
          (no step is taken; take it off again with dittofs.io/paused-)
  delete  kubectl delete dittoserver ${name}
          (kubectl get events then names the volumes that stay)`);
}

interface Stopper {
  readonly signal: AbortSignal;
  readonly stopped: Promise<void>;
}

function stopper(): Stopper {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => controller.abort());
  const stopped = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve()));
  return { signal: controller.signal, stopped };
}

async function show(cluster: OwnedCluster, provisioner: Provisioner, stop: Stopper): Promise<void> {
  const sample = readFileSync(SAMPLE, 'utf8');
  const { metadata } = parse(sample) as { readonly metadata: { readonly name: string } };
  await cluster.admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  const connection = await Connection.connect({ address: cluster.temporalAddress ?? '' });
  try {
    say(`\n$ kubectl apply --namespace ${NAMESPACE} -f ${relative(root, SAMPLE)}`);
    say((await cluster.kubectl('apply', '--namespace', NAMESPACE, '-f', SAMPLE)).trim());
    const moments = await follow(cluster, new Client({ connection }), metadata.name);
    if (cluster.podNetwork) say(`\n${await serverStory(cluster, NAMESPACE, metadata.name)}`);
    await tour(cluster, provisioner, metadata.name);
    if (process.env['DEMO_EXIT']) {
      summary(moments);
      return;
    }
    say('\nPress Ctrl-C to stop; everything that was started here is removed then.');
    await stop.stopped;
  } finally {
    await connection.close();
  }
}

async function demo(): Promise<void> {
  const stop = stopper();
  say('Starting etcd, kube-apiserver, kube-controller-manager, the Percona operator and Temporal (about 10 s)');
  const reason = whyPodsCannotRun();
  say(`Played by a stand-in: the node. ${reason === undefined ? postgresStory() : DECLARED}`);
  if (reason !== undefined) say(`Why: ${reason}.`);
  const pods = reason === undefined ? 'processes' : 'declared';
  const cluster = await startCluster({ name: 'demo', temporal: { ui: true }, pods });
  try {
    say('Starting the provisioner, with exactly the rights of deploy/rbac');
    const provisioner = await startProvisioner(cluster, { env: { CLUSTER_NAME: CLUSTER } });
    try {
      const ended = await Promise.race([
        show(cluster, provisioner, stop).then(() => true),
        stop.stopped.then(() => false),
      ]);
      if (!ended && process.env['DEMO_EXIT']) throw new Error('stopped before the DittoServer was Ready');
    } finally {
      say('\nStopping');
      await provisioner.stop();
    }
  } finally {
    await cluster.stop();
  }
}

demo().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);

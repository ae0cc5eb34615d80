// Stand-in for the part of a kubelet that runs containers: known images as processes of this machine, each pod with a network
// address, host name and file system of its own, from its volumes to its deletion. It follows a kubelet of Kubernetes 1.36 in
// what it reports and when; it does not enforce limits of memory and CPU, and shows a changed Secret or ConfigMap only
// to the next pod.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Admin } from '../admin.ts';
import type { PersistentVolume, PodStatus } from '../kubernetes-types.ts';
import { listWatch } from '../list-watch.ts';
import type { Workspace } from '../workspace.ts';
import { FORCED_GRACE_MS, graceMsOf } from './container.ts';
import type { Executed } from './container-process.ts';
import { keepDatabases } from './database-keeper.ts';
import { clusterKey, isPerconaInstance } from './database-program.ts';
import { runSql } from './database-users.ts';
import { programOf } from './images.ts';
import { keepNames } from './name-keeper.ts';
import { mayBePrimary } from './names.ts';
import { statusOfProcesses } from './pod-facts.ts';
import { createPodNetwork } from './pod-network.ts';
import { type FailureReason, type PodProcess, runPod } from './pod-process.ts';
import { type RunnablePod, uidOf } from './pod-types.ts';
import { rfc3339 } from './time.ts';

/** A container of a running pod. */
export interface ContainerRef {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface PodProcesses {
  /** This machine's address as pods see it. */
  readonly hostAddress: string;
  /** A hosts file with the names of all Services, kept up to date. */
  readonly hostsFile: string;
  /** The same as a JSON object, address by name. */
  readonly hostsJsonFile: string;
  /** Whether something of the pod can run as a process. */
  runs(pod: RunnablePod): boolean;
  /** The status of a pod, which is begun if it does not run yet. */
  statusOf(pod: RunnablePod): PodStatus;
  /** Stops a pod in order, as for its deletion. */
  stop(pod: RunnablePod): Promise<void>;
  /** Stops it at once, as after a deletion by force, or to hold it. */
  kill(pod: RunnablePod): Promise<void>;
  /** Told of every pod as it is now, for names. */
  seen(pod: RunnablePod): void;
  gone(pod: RunnablePod): void;
  execute(ref: ContainerRef, command: readonly string[], input?: string): Promise<Executed>;
  signal(ref: ContainerRef, signal: NodeJS.Signals): void;
  /** Runs SQL as superuser in the primary of a PerconaPGCluster. */
  sql(namespace: string, cluster: string, statements: string, database?: string): Promise<string>;
}

export interface PodProcessesOptions {
  readonly workspace: Workspace;
  readonly admin: Admin;
  readonly signal: AbortSignal;
  /** The status of a pod may have changed. */
  changed(uid: string): void;
  readonly failed: (pod: RunnablePod, reason: FailureReason, message: string) => void;
}

/** Makes the pods' network and begins to watch what running pods needs. */
export async function startPodProcesses(options: PodProcessesOptions): Promise<PodProcesses> {
  const { workspace, admin, signal } = options;
  const network = await createPodNetwork(workspace);
  const [volumesFolder, podsFolder] = [join(workspace.folder, 'volumes'), join(workspace.folder, 'pods')];
  for (const folder of [volumesFolder, podsFolder]) mkdirSync(folder, { mode: 0o711 });

  const pods = new Map<string, RunnablePod>();
  const running = new Map<string, PodProcess>();
  const addresses = new Map<string, string>();
  /** Pod by PerconaPGCluster. */
  const primaries = new Map<string, string>();
  const primaryOf = (key: string) => pods.get(primaries.get(key) ?? '');
  const databaseOf = (key: string) =>
    running
      .get(primaries.get(key) ?? '')
      ?.container('database')
      ?.process();

  const names = keepNames({
    admin,
    signal,
    folder: workspace.folder,
    refusingAddress: network.refusingAddress,
    primaryOf,
    pods: () => pods.values(),
    running: () =>
      [...running].flatMap(([uid, { address, hostsFile }]) => {
        const pod = pods.get(uid);
        return pod ? [{ pod, address, hostsFile }] : [];
      }),
  });
  keepDatabases({ admin, signal, databaseOf });
  removeReleasedVolumes(admin, volumesFolder, signal);

  /** The first pod of a cluster that comes has the primary, for as long as it is there. */
  function isDeclared(pod: RunnablePod): boolean {
    if (!isPerconaInstance(pod)) return false;
    const key = clusterKey(pod);
    const primary = primaryOf(key);
    if (!primary || !mayBePrimary(primary)) primaries.set(key, uidOf(pod));
    return primaries.get(key) !== uidOf(pod);
  }

  const { failed } = options;
  const { servicesOf } = names;
  const node = { workspace, admin, network, podsFolder, volumesFolder, isDeclared, servicesOf, failed };

  function begin(pod: RunnablePod): PodProcess {
    const uid = uidOf(pod);
    const address = addresses.get(uid) ?? network.allocate();
    addresses.set(uid, address);
    pods.set(uid, pod);
    const process = runPod(pod, node, address, () => options.changed(uid));
    running.set(uid, process);
    names.refresh();
    return process;
  }

  async function end(pod: RunnablePod, graceMs: number): Promise<void> {
    const process = running.get(uidOf(pod));
    if (!process) return;
    await process.stop(graceMs);
    if (running.get(uidOf(pod)) === process) running.delete(uidOf(pod));
    names.forget(process.hostsFile);
  }

  async function forget(pod: RunnablePod): Promise<void> {
    const uid = uidOf(pod);
    await end(pod, FORCED_GRACE_MS);
    pods.delete(uid);
    const address = addresses.get(uid);
    if (addresses.delete(uid) && address) network.release(address);
    names.refresh();
  }

  const find = ({ namespace, pod: name, container }: ContainerRef) => {
    const pod = [...pods.values()].find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
    const process = pod && running.get(uidOf(pod))?.container(container)?.process();
    if (!process) throw new Error(`No container ${container} runs in pod ${namespace}/${name}.`);
    return process;
  };

  workspace.onDispose(async () => {
    await Promise.all([...pods.values()].map((pod) => end(pod, 0)));
  });

  return {
    hostAddress: network.hostAddress,
    hostsFile: names.hostsFile,
    hostsJsonFile: names.hostsJsonFile,
    runs: (pod) =>
      [...(pod.spec.initContainers ?? []), ...pod.spec.containers].some((container) => programOf(pod, container)),
    statusOf: (pod) => statusOfProcesses(pod, (running.get(uidOf(pod)) ?? begin(pod)).facts(), rfc3339()),
    stop: (pod) => end(pod, graceMsOf(pod)),
    kill: (pod) => end(pod, FORCED_GRACE_MS),
    seen(pod) {
      pods.set(uidOf(pod), pod);
      names.refresh();
    },
    gone: (pod) => void forget(pod),
    execute: (ref, command, input = '') => find(ref).execute(command, { input }),
    signal: (ref, name) => find(ref).signal(name),
    async sql(namespace, cluster, statements, database) {
      const process = databaseOf(`${namespace}/${cluster}`);
      if (!process) throw new Error(`No PostgreSQL of ${namespace}/${cluster} runs.`);
      return runSql(process, statements, database);
    },
  };
}

/** A volume's data go with the volume. */
function removeReleasedVolumes(admin: Admin, volumesFolder: string, signal: AbortSignal): void {
  const gone = ({ metadata }: PersistentVolume) =>
    rmSync(join(volumesFolder, metadata.name), { recursive: true, force: true });
  const kind = { apiVersion: 'v1', kind: 'PersistentVolume' };
  void listWatch<PersistentVolume>(admin, kind, { seen: () => undefined, gone }, signal);
}

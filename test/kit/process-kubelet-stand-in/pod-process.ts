// A pod as processes: its volumes, its network, its init containers one after the other, then its containers side by side, until it is stopped.
// Containers of unknown images are declared.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerStatus } from '../kubernetes-types.ts';
import { holdNamespaces } from '../network-namespace.ts';
import type { KitProcess } from '../process.ts';
import { type ContainerSetting, notStarted, type RunningContainer, runContainer } from './container.ts';
import type { PodPlace } from './container-process.ts';
import { ConfigError, environmentOf } from './environment.ts';
import { programOf } from './images.ts';
import type { PodNetwork } from './pod-network.ts';
import { type RunnableContainer, type RunnablePod, type Service, uidOf } from './pod-types.ts';
import type { PodFacts } from './pod-facts.ts';
import { pauseUnless, rfc3339 } from './time.ts';
import { makeVolumes, type VolumeSources } from './volumes.ts';

/** What all pods share. */
export interface Node extends Pick<VolumeSources, 'admin' | 'volumesFolder'> {
  readonly workspace: PodPlace['workspace'];
  readonly network: PodNetwork;
  /** Where each pod gets a folder of its own. */
  readonly podsFolder: string;
  servicesOf(namespace: string): readonly Service[];
  /** Whether a container's program is to be declared, although it is known. */
  isDeclared(pod: RunnablePod, container: RunnableContainer): boolean;
  /** Told when a pod cannot be made ready to start, once for each cause; the reason is that of a kubelet's event. */
  failed(pod: RunnablePod, reason: FailureReason, message: string): void;
}

/** Reasons of the events of a pod that cannot start. */
export type FailureReason = 'FailedMount' | 'FailedCreatePodSandBox';

export interface PodProcess {
  readonly address: string;
  /** Its names, to be kept up to date by somebody else. */
  readonly hostsFile: string;
  facts(): PodFacts;
  container(name: string): RunningContainer | undefined;
  /** Ends everything of the pod and removes every trace; another call can make the grace period shorter. */
  stop(graceMs: number): Promise<void>;
}

const MOUNT_RETRY_MS = 500;

/** Begins to run a pod; `changed` is called whenever its facts have changed. */
export function runPod(pod: RunnablePod, node: Node, address: string, changed: () => void): PodProcess {
  const folder = join(node.podsFolder, uidOf(pod));
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const hostsFile = join(folder, 'hosts');
  writeFileSync(hostsFile, '', { mode: 0o644 });
  const end = new AbortController();
  const running = new Map<string, RunningContainer>();
  const declared = new Map<string, ContainerStatus>();
  let holder: KitProcess | undefined;
  let [hasNetwork, isInitialized] = [false, false];

  const isStopped = () => end.signal.aborted;
  const sources = { admin: node.admin, podIP: address, hostIP: node.network.hostAddress };

  async function volumes(): Promise<ReadonlyMap<string, string> | undefined> {
    let told = '';
    while (!isStopped()) {
      try {
        return await makeVolumes(pod, { ...sources, volumesFolder: node.volumesFolder, podFolder: folder });
      } catch (error) {
        // Anything else is the API server being away.
        const message = error instanceof ConfigError ? error.message : told;
        if (message !== told) node.failed(pod, 'FailedMount', message);
        told = message;
        await pauseUnless(end.signal, MOUNT_RETRY_MS);
      }
    }
    return undefined;
  }

  async function sandbox(): Promise<KitProcess> {
    const kinds = ['--net', '--uts', '--ipc'];
    holder = await holdNamespaces(node.workspace, `pod-${uidOf(pod)}`, kinds, pod.metadata.name);
    await node.network.attach(holder.pid, address);
    hasNetwork = true;
    changed();
    return holder;
  }

  function begin(
    container: RunnableContainer,
    place: PodPlace,
    restarts: ContainerSetting['restarts'],
    isInit: boolean,
  ) {
    const program = programOf(pod, container);
    if (!program || node.isDeclared(pod, container)) {
      declared.set(container.name, declaredStatus(container, isInit));
      return undefined;
    }
    const effective = { ...container, ...program.instead };
    const environment = () =>
      environmentOf(pod, effective, { ...sources, services: node.servicesOf(pod.metadata.namespace ?? '') });
    const setting = { pod, container: effective, program, place, address, restarts, environment, changed };
    const started = runContainer(setting);
    running.set(container.name, started);
    return started;
  }

  async function live(): Promise<void> {
    const mounted = await volumes();
    if (!mounted) return;
    const { pid: holderPid } = await sandbox();
    const place: PodPlace = { workspace: node.workspace, folder, holderPid, hostsFile, volumes: mounted };
    for (const container of pod.spec.initContainers ?? []) {
      if (isStopped() || !(await initialize(container, place))) return;
    }
    if (isStopped()) return;
    isInitialized = true;
    for (const container of pod.spec.containers) begin(container, place, restartsOf(pod), false);
    changed();
  }

  /** Runs an init container to its end, or begins a sidecar; false: the pod has failed. */
  async function initialize(container: RunnableContainer, place: PodPlace): Promise<boolean> {
    const isSidecar = container.restartPolicy === 'Always';
    const untilDone = restartsOf(pod) === 'Never' ? 'Never' : 'OnFailure';
    const started = begin(container, place, isSidecar ? 'Always' : untilDone, !isSidecar);
    changed();
    return !started || isSidecar || (await started.ended) === 0;
  }

  // Only a machine that refuses what it allowed before comes here; the pod then stays as it is.
  const living = live().catch((error: unknown) => {
    if (!isStopped()) node.failed(pod, 'FailedCreatePodSandBox', String(error));
  });

  const stopContainers = (graceMs: number) =>
    Promise.all([...running.values()].map((container) => container.stop(graceMs)));

  async function clear(): Promise<void> {
    await living;
    // Those that were begun in the meantime.
    await stopContainers(0);
    await holder?.stop();
    rmSync(folder, { recursive: true, force: true });
  }

  let cleared: Promise<void> | undefined;
  async function stop(graceMs: number): Promise<void> {
    end.abort();
    await stopContainers(graceMs);
    await (cleared ??= clear());
  }

  return {
    address,
    hostsFile,
    facts: () => ({
      address,
      hasNetwork,
      isInitialized,
      statusOf: (container) =>
        running.get(container.name)?.status() ??
        declared.get(container.name) ??
        notStarted(container, pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating'),
    }),
    container: (name) => running.get(name),
    stop,
  };
}

function restartsOf({ spec }: RunnablePod): ContainerSetting['restarts'] {
  return (spec.restartPolicy ?? 'Always') as ContainerSetting['restarts'];
}

function declaredStatus(container: RunnableContainer, isInit: boolean): ContainerStatus {
  const now = rfc3339();
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: now, finishedAt: now } };
  return {
    ...notStarted(container, ''),
    imageID: container.image,
    containerID: `stand-in://declared-${container.name}`,
    ready: true,
    started: !isInit,
    state: isInit ? done : { running: { startedAt: now } },
  };
}

// A container over all its runs: made when its settings can be read, probed, restarted with a kubelet's back-off (at once after the first
// end, then after 10 s, doubling up to 5 minutes, forgotten after 10 minutes of running), and stopped in order.
import type { ContainerState, ContainerStatus } from '../kubernetes-types.ts';
import type { Exit } from '../process.ts';
import { type ContainerProcess, type ContainerSpec, startContainer } from './container-process.ts';
import { ConfigError } from './environment.ts';
import { probeOnce } from './probe.ts';
import { startProbing } from './probing.ts';
import type { RunnableContainer, RunnablePod } from './pod-types.ts';
import { namespaceOf, uidOf } from './pod-types.ts';
import { pauseUnless, rfc3339 } from './time.ts';

/** The container is as it is to run, the program's own settings in place of the pod's. */
export interface ContainerSetting extends ContainerSpec {
  readonly address: string;
  readonly restarts: 'Always' | 'OnFailure' | 'Never';
  /** Asked anew for every run. Throws a ConfigError. */
  environment(): Promise<Readonly<Record<string, string>>>;
  /** The status has changed. */
  readonly changed: () => void;
}

export interface RunningContainer {
  status(): ContainerStatus;
  /** The run that is under way. */
  process(): ContainerProcess | undefined;
  /** The end that no restart follows: exit code 0, or the last one. */
  readonly ended: Promise<number>;
  /** preStop, the stop signal, and SIGKILL when the grace period is over; another call can make it shorter. */
  stop(graceMs: number): Promise<void>;
}

const FIRST_BACK_OFF_MS = 10_000;
const LONGEST_BACK_OFF_MS = 300_000;
const FORGET_AFTER_MS = 600_000;
/** A kubelet asks again every 10 to 20 s. */
const CONFIG_RETRY_MS = 1_000;
const DEFAULT_GRACE_SECONDS = 30;
/** A kubelet gives a pod that was deleted by force this long. */
export const FORCED_GRACE_MS = 1_000;

/** Begins to run a container. */
export function runContainer(setting: ContainerSetting): RunningContainer {
  const { pod, container, restarts, changed } = setting;
  const end = new AbortController();
  let status: ContainerStatus = notStarted(container, 'PodInitializing');
  let running: ContainerProcess | undefined;
  let isStopping = false;

  const tell = (facts: Partial<ContainerStatus>) => {
    status = { ...status, ...facts };
    changed();
  };

  /** Tries until the settings can be read; undefined when it was stopped before. */
  async function start(): Promise<ContainerProcess | undefined> {
    while (!end.signal.aborted) {
      try {
        const environment = await setting.environment();
        return await startContainer(setting, environment);
      } catch (error) {
        const reason = error instanceof ConfigError ? 'CreateContainerConfigError' : 'RunContainerError';
        tell({ state: { waiting: { reason, message: (error as Error).message } } });
        await pauseUnless(end.signal, CONFIG_RETRY_MS);
      }
    }
    return undefined;
  }

  /** One run, from start to end. */
  async function runOnce(): Promise<Exit | undefined> {
    const process = await start();
    if (!process) return undefined;
    if (end.signal.aborted) process.signal('SIGKILL');
    const startedAt = rfc3339();
    running = process;
    const containerID = `stand-in://${uidOf(pod)}-${container.name}-${status.restartCount}`;
    tell({ state: { running: { startedAt } }, image: container.image, imageID: container.image, containerID });
    const endProbing = startProbing(
      { address: setting.address, container, process },
      {
        started: () => tell({ started: true }),
        ready: (ready) => tell({ ready }),
        failed: () => void stopProcess(process, graceMsOf(pod)),
      },
    );
    const exit = await process.exited;
    endProbing();
    running = undefined;
    tell({ state: terminated(exit, startedAt, process.terminationMessage(exit)), ready: false, started: false });
    return exit;
  }

  const isOver = (exitCode: number) =>
    end.signal.aborted || restarts === 'Never' || (restarts === 'OnFailure' && exitCode === 0);

  async function live(): Promise<number> {
    let backOffMs = 0;
    for (;;) {
      const beganAt = performance.now();
      const exit = await runOnce();
      const exitCode = exit ? exitCodeOf(exit) : 0;
      if (isOver(exitCode)) return exitCode;
      if (performance.now() - beganAt > FORGET_AFTER_MS) backOffMs = 0;
      tell({ lastState: status.state, ...(backOffMs > 0 && { state: backingOff(pod, container, backOffMs) }) });
      await pauseUnless(end.signal, backOffMs);
      if (isOver(exitCode)) return exitCode;
      backOffMs = Math.min(LONGEST_BACK_OFF_MS, backOffMs === 0 ? FIRST_BACK_OFF_MS : backOffMs * 2);
      tell({ restartCount: status.restartCount + 1 });
    }
  }

  async function stopProcess(process: ContainerProcess, graceMs: number): Promise<void> {
    isStopping = true;
    const deadline = performance.now() + graceMs;
    killAfter(process, graceMs);
    const { preStop } = container.lifecycle ?? {};
    if (preStop && graceMs > 0) await probeOnce(preStop, { address: setting.address, container, process }, graceMs);
    // A hook that takes the whole grace period leaves a moment for the program, as with a kubelet.
    if (performance.now() < deadline) process.signal(setting.program.stopSignal);
    await process.exited;
    isStopping = false;
  }

  const ended = live();
  return {
    status: () => status,
    process: () => running,
    ended,
    async stop(graceMs) {
      end.abort();
      if (running && isStopping) killAfter(running, graceMs);
      else if (running) await stopProcess(running, graceMs);
      await ended;
    },
  };
}

function killAfter(process: ContainerProcess, ms: number): void {
  const timer = setTimeout(() => process.signal('SIGKILL'), ms);
  void process.exited.then(() => clearTimeout(timer));
}

/** The status of a container before its first start. */
export function notStarted({ name, image }: RunnableContainer, reason: string): ContainerStatus {
  const state: ContainerState = { waiting: { reason } };
  return { name, image, imageID: '', ready: false, started: false, restartCount: 0, state, lastState: {} };
}

/** How long a container may take to stop, when its pod is deleted or a probe asks for a restart. */
export function graceMsOf({ spec, metadata }: RunnablePod): number {
  const seconds = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  return Math.max(FORCED_GRACE_MS, seconds * 1000);
}

function terminated(exit: Exit, startedAt: string, message: string): ContainerState {
  const exitCode = exitCodeOf(exit);
  return {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      ...(message === '' ? {} : { message }),
      startedAt,
      finishedAt: rfc3339(),
    },
  };
}

/** Shells and kubelets count a signal from 128. */
function exitCodeOf({ code, signal }: Exit): number {
  const numbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGKILL: 137, SIGTERM: 143, SIGINT: 130 };
  return code ?? (signal ? (numbers[signal] ?? 128) : 0);
}

function backingOff(pod: RunnablePod, container: RunnableContainer, backOffMs: number): ContainerState {
  const duration =
    backOffMs < 60_000 ? `${backOffMs / 1000}s` : `${Math.floor(backOffMs / 60_000)}m${(backOffMs % 60_000) / 1000}s`;
  const where = `${pod.metadata.name}_${namespaceOf(pod)}(${uidOf(pod)})`;
  const message = `back-off ${duration} restarting failed container=${container.name} pod=${where}`;
  return { waiting: { reason: 'CrashLoopBackOff', message } };
}

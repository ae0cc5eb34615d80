// The Temporal worker: runs the workflows and their activities, and comes back by itself when Temporal does.
import { NativeConnection, Worker, type NativeConnectionOptions } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import type { Activities } from '../../activities/index.ts';
import { taskQueue } from '../../workflows/messages.ts';
import { workflowSource } from './bundle.ts';
import { errorFilter, type ErrorLog } from './error-filter.ts';
import type { Part } from './health.ts';

export { serveHealth, type Part } from './health.ts';
export { installRuntime } from './runtime.ts';
export { keepSearchAttributes } from './search-attributes.ts';

export interface WorkerSettings {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly identity: string;
  readonly cluster: string;
  readonly installation: string;
  readonly maxCachedWorkflows: number;
  readonly activities: Activities;
  readonly log: ErrorLog;
}

export interface RunningWorker {
  ready(): Part;
  stop(): Promise<void>;
}

/** More than an activity takes, less than the pod's grace period. */
const SHUTDOWN_GRACE = '12s';
const SHUTDOWN_FORCE = '20s';
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

async function createWorker(settings: WorkerSettings, connection: NativeConnection): Promise<Worker> {
  return Worker.create({
    ...workflowSource(),
    connection,
    namespace: settings.namespace,
    identity: settings.identity,
    taskQueue: taskQueue(settings),
    activities: settings.activities,
    maxCachedWorkflows: settings.maxCachedWorkflows,
    // Who waits longest goes first: more workflow tasks at once only let new starts overtake woken workflows.
    maxConcurrentWorkflowTaskExecutions: 12,
    // After a killed worker a task waits so long for the process that had its workflow in memory.
    stickyQueueScheduleToStartTimeout: '2s',
    // By default the SDK passes on only what leaves a busy process a fifth of the heartbeat time-out.
    maxHeartbeatThrottleInterval: '1s',
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    interceptors: { activity: [(context) => ({ inbound: errorFilter(context.info.activityType, settings.log) })] },
  });
}

/** Starts a worker, and another whenever one ends by a fault, until stopped. */
export function startWorker(settings: WorkerSettings): RunningWorker {
  const stopping = new AbortController();
  let worker: Worker | undefined;
  let reason = 'Temporal has not been reached yet';

  const once = async (): Promise<void> => {
    const connection = await NativeConnection.connect(settings.connection);
    try {
      worker = await createWorker(settings, connection);
      await worker.runUntil(aborted(stopping.signal));
    } finally {
      worker = undefined;
      await connection.close();
    }
  };

  const run = async (): Promise<void> => {
    for (let pauseMs = FIRST_PAUSE_MS; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await once();
      } catch (error) {
        reason = `the worker does not run (${error instanceof Error ? error.name : 'unknown'}): is Temporal up, and does namespace "${settings.namespace}" exist?`;
        settings.log.error({ error: error instanceof Error ? error.name : 'unknown' }, reason);
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const running = run();

  return {
    ready() {
      const isRunning = worker?.getState() === 'RUNNING';
      return { ready: isRunning, reasons: isRunning ? [] : [reason] };
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

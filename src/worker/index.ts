// The Temporal worker: runs the workflows and their activities, and comes back by itself when Temporal does.
import { NativeConnection, Worker, type NativeConnectionOptions, type State } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { aborted, pause } from '../waiting.ts';
import type { Activities } from '../../activities/index.ts';
import type { RolloutActivities } from '../api/rollout.ts';
import { taskQueue } from '../../workflows/messages.ts';
import { workflowSource } from './bundle.ts';
import { errorFilter, type ErrorLog } from './error-filter.ts';
import type { Part } from './health.ts';

export { serveHealth, type Part } from './health.ts';
export { installRuntime } from './runtime.ts';
export { keepSearchAttributes } from './search-attributes.ts';

export interface WorkerSettings {
  /** Read anew for each try. */
  readonly connection: () => NativeConnectionOptions;
  readonly namespace: string;
  readonly identity: string;
  readonly cluster: string;
  readonly installation: string;
  readonly maxCachedWorkflows: number;
  /** After so long without a sign of life, what a worker has in hand is given to another one. */
  readonly workerTimeoutMs: number;
  readonly activities: Activities & RolloutActivities;
  readonly log: ErrorLog;
}

export interface RunningWorker {
  ready(): Part;
  stop(): Promise<void>;
  /** Connects by other settings, once it runs, and works on. @throws what the SDK throws when Temporal cannot be reached by them */
  reconnect(options: NativeConnectionOptions): Promise<void>;
  /** Resolves when the worker has failed after it ran: it is not started again in this process. */
  readonly failed: Promise<unknown>;
}

/** More than an activity takes, less than the pod's grace period. */
const SHUTDOWN_GRACE = '12s';
const SHUTDOWN_FORCE = '20s';
/** A little more, for an end that even the SDK cannot force. */
const FORCED_END_MS = 23_000;
/** Also for steps that a worker with a shorter time-out has asked for. */
const LONGEST_SILENCE_MS = 1_000;
const WATCH_MS = 500;
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
    maxHeartbeatThrottleInterval: Math.min(LONGEST_SILENCE_MS, settings.workerTimeoutMs / 4),
    shutdownGraceTime: SHUTDOWN_GRACE,
    shutdownForceTime: SHUTDOWN_FORCE,
    interceptors: { activity: [(context) => ({ inbound: errorFilter(context.info.activityType, settings.log) })] },
  });
}

/** Ends that nobody asked for, and what is on the way to them. */
const FAILING: readonly (State | undefined)[] = ['STOPPING', 'DRAINING', 'DRAINED', 'FAILED'];

/**
 * Starts a worker as soon as Temporal is there. One that fails after it ran has lost its threads or Temporal's trust: the process is to be
 * replaced, since what hangs in it (an activity that never returns) would hang on beside the next worker.
 */
export function startWorker(settings: WorkerSettings): RunningWorker {
  const { log } = settings;
  const stopping = new AbortController();
  const failure = Promise.withResolvers<undefined>();
  let worker: Worker | undefined;
  let reason = 'Temporal has not been reached yet';
  let hasFailed = false;
  const isFailing = (): boolean =>
    hasFailed || (!stopping.signal.aborted && worker !== undefined && FAILING.includes(worker.getState()));
  const fail = (why: string): void => {
    if (hasFailed) return;
    hasFailed = true;
    reason = why;
    log.error({}, reason);
    failure.resolve(undefined);
  };

  /** The end of a failing worker may never come, so it is waited for no longer than one that is asked for takes. */
  const watch = async (): Promise<void> => {
    let failingSinceMs = 0;
    while (!hasFailed && !(failingSinceMs > 0 && Date.now() - failingSinceMs > FORCED_END_MS)) {
      await delay(WATCH_MS, undefined, { ref: false });
      failingSinceMs = isFailing() ? failingSinceMs || Date.now() : 0;
    }
    fail('the worker failed and does not come to an end');
  };

  let connected: NativeConnection | undefined;
  const start = async (): Promise<void> => {
    for (let pauseMs = FIRST_PAUSE_MS; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      let connection: NativeConnection | undefined;
      try {
        connection = await NativeConnection.connect(settings.connection());
        worker = await createWorker(settings, connection);
        connected = connection;
        return;
      } catch (error) {
        reason = `the worker does not run (${nameOf(error)}): is Temporal up, and does namespace "${settings.namespace}" exist?`;
        log.error({ error: nameOf(error) }, reason);
        await connection?.close().catch(() => undefined);
        await pause(pauseMs, stopping.signal);
      }
    }
  };
  const started = start();
  const run = async (): Promise<void> => {
    await started;
    try {
      await worker?.runUntil(aborted(stopping.signal));
      await connected?.close();
    } catch (error) {
      fail(`the worker failed (${nameOf(error)})`);
    }
  };
  void watch();
  const running = run();

  return {
    failed: failure.promise,
    ready() {
      const isRunning = worker?.getState() === 'RUNNING';
      return { ready: isRunning, alive: !isFailing(), reasons: isRunning ? [] : [reason] };
    },
    async reconnect(options) {
      await started;
      if (!worker || stopping.signal.aborted) return;
      const before = connected;
      const next = await NativeConnection.connect(options);
      worker.connection = next;
      connected = next;
      await before?.close();
    },
    async stop() {
      stopping.abort();
      await Promise.race([running, failure.promise]);
    },
  };
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown');

// One visit of the audit: a workflow that is not there is started, and a run that cannot move is told and replaced. A run is worth
// nothing: it carries clocks and hints, and another one comes to the same end.
import type { Logger } from 'pino';
import type { Reason } from '../api/reasons.ts';
import type { Target } from '../api/verdict.ts';
import { taskQueue, workflowId } from '../../workflows/messages.ts';
import type { Counters } from './counters.ts';
import type { ServerKey } from './directory.ts';
import type { Engine, Workers } from './engine.ts';
import { stallOf, type Run, type Stall } from './run.ts';

/** What the condition EngineReachable is to say. */
export interface Telling {
  readonly status: 'False' | 'Unknown';
  readonly reason: Extract<Reason, `Engine${string}`>;
  readonly message: string;
}

export interface VisitsOptions {
  readonly engine: Engine;
  readonly target: (key: ServerKey) => Target;
  readonly log: Logger;
  readonly counters?: Counters | undefined;
  /** A run that has made no progress for so long is told. */
  readonly stalledAfterMs: number;
}

export interface Visits {
  /** Rejects when Temporal refuses or does not answer. */
  visit(key: ServerKey): Promise<void>;
  /** What the last visit found; undefined before the first one. */
  found(key: ServerKey): Telling | 'moves' | undefined;
  stalled(): number;
  forget(key: ServerKey): void;
  /** Somebody else visits from now on. */
  reset(): void;
}

/** A run younger than so many times `stalledAfterMs` is not replaced, so that no DittoServer gets more than one new run in that time. */
const REPLACE_FACTOR = 10;
/** The task queue is asked for its workers at most so often. */
const WORKERS_MS = 5_000;

/** The visits of one watcher. */
export function createVisits({ engine, target, log, counters, stalledAfterMs }: VisitsOptions): Visits {
  const found = new Map<ServerKey, Telling | 'moves'>();
  /** Since when a run's tasks fail: Temporal tells the time of the last try only. */
  const failing = new Map<ServerKey, { readonly runId: string; readonly sinceMs: number }>();
  const workers = watchWorkers(stalledAfterMs);

  const moves = (key: ServerKey): void => {
    failing.delete(key);
    found.set(key, 'moves');
  };

  /** The stall, with the earliest time that has been seen of it. */
  const remembered = (key: ServerKey, run: Run, stall: Stall): Stall => {
    if (stall.what !== 'failing') return stall;
    const before = failing.get(key);
    const sinceMs = before?.runId === run.runId ? before.sinceMs : stall.sinceMs;
    failing.set(key, { runId: run.runId, sinceMs });
    return { ...stall, sinceMs };
  };

  async function replace(key: ServerKey, run: Run, stall: Stall): Promise<void> {
    const why = `${WHY[stall.what]} since ${timeOf(stall.sinceMs)}: a new run takes over, and nothing in the cluster changes by that`;
    log.warn({ dittoServer: key, run: run.runId }, `the run of its workflow is replaced: ${why}`);
    await engine.terminate(target(key), run.runId, why);
    await engine.ensure(target(key));
    counters?.count('runs_replaced');
    failing.delete(key);
  }

  return {
    async visit(key) {
      const run = await engine.inspect(target(key));
      if (run === undefined || run.state === 'ended') {
        await engine.ensure(target(key));
        counters?.count('runs_started');
        moves(key);
        return;
      }
      const now = stallOf(run);
      if (now === undefined) {
        moves(key);
        return;
      }
      const stall = remembered(key, run, now);
      const nowMs = Date.now();
      if (nowMs - stall.sinceMs < stalledAfterMs) return;
      const there = await workers.now(() => engine.workers(target(key)));
      found.set(key, tellingOf(target(key), run, stall, there));
      const old = nowMs - run.startedMs >= stalledAfterMs * REPLACE_FACTOR;
      if (old && wouldMove(stall, there, isElsewhere(target(key), run))) await replace(key, run, stall);
    },
    found: (key) => found.get(key),
    stalled: () => [...found.values()].filter((each) => each !== 'moves').length,
    forget(key) {
      found.delete(key);
      failing.delete(key);
    },
    reset() {
      found.clear();
      failing.clear();
    },
  };
}

interface WorkersNow extends Workers {
  /** They have polled for long enough to have taken what waits. */
  readonly settled: boolean;
}

/** Asks for the workers now and then, and keeps since when they have polled without a break that we saw. */
function watchWorkers(stalledAfterMs: number) {
  let last: (Workers & { readonly atMs: number }) | undefined;
  let pollingSinceMs: number | undefined;
  return {
    async now(ask: () => Promise<Workers>): Promise<WorkersNow> {
      const gapMs = Date.now() - (last?.atMs ?? -Infinity);
      if (last === undefined || gapMs >= Math.min(WORKERS_MS, stalledAfterMs / 4)) {
        const there = await ask();
        last = { ...there, atMs: Date.now() };
        const unbroken = there.polling && gapMs < 3 * stalledAfterMs;
        pollingSinceMs = there.polling ? ((unbroken ? pollingSinceMs : undefined) ?? Date.now()) : undefined;
      }
      const settled = pollingSinceMs !== undefined && Date.now() - pollingSinceMs >= stalledAfterMs / 2;
      return { ...last, settled };
    },
  };
}

/** Whether another run is worth trying. One that only waits its turn behind others, or for workers that have just come, is not. */
function wouldMove({ what }: Stall, { polling, settled, backlog }: WorkersNow, elsewhere: boolean): boolean {
  if (what === 'paused') return false;
  return what === 'failing' ? polling : settled && (elsewhere || backlog === 0);
}

/** Its tasks are not in the line of those that our workers take: another installation's queue, or a build that is gone. */
function isElsewhere(target: Target, { taskQueue: queue, pinned }: Run): boolean {
  return pinned || queue !== taskQueue(target);
}

const WHY: Readonly<Record<Stall['what'], string>> = {
  failing: 'the workflow tasks of this run fail or time out',
  waiting: 'no worker has taken the task of this run',
  paused: 'this run is paused',
};

function tellingOf(target: Target, run: Run, stall: Stall, { polling }: Workers): Telling {
  const id = workflowId(target);
  const see = `see workflow ${id}, run ${run.runId}, in the Temporal UI`;
  const since = `since ${timeOf(stall.sinceMs)}`;
  const queue = taskQueue(target);
  const message = {
    failing: `the workflow tasks of this DittoServer fail or time out ${since}; ${see}: its history tells why`,
    waiting: `no worker has taken the task of this DittoServer from the task queue "${run.taskQueue}" ${since}; ${see}`,
    paused: `the workflow of this DittoServer is paused in Temporal: unpause it there; ${see}`,
  }[stall.what];
  const nobody = `no worker polls the task queue "${queue}", so that nothing is done for this DittoServer: start one (dittoserver-provisioner run or work); ${see}`;
  return {
    status: 'Unknown',
    reason: 'EngineStalled',
    message: polling || stall.what === 'paused' ? message : nobody,
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

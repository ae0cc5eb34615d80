// One visit of the audit: a workflow that is not there is started, and a run that cannot move is told and replaced. A run is worth
// nothing: it carries clocks and hints, and another one comes to the same end.
import type { Logger } from 'pino';
import { timestamp } from '../api/kubernetes.ts';
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
  const memory = new Map<ServerKey, Remembered>();
  const workers = { workflow: watchWorkers(stalledAfterMs), activity: watchWorkers(stalledAfterMs) };

  const recall = (key: ServerKey): Remembered => {
    const nowMs = Date.now();
    const remembered = memory.get(key) ?? { visitedMs: nowMs, roundMs: 0 };
    remembered.roundMs = nowMs - remembered.visitedMs;
    remembered.visitedMs = nowMs;
    memory.set(key, remembered);
    return remembered;
  };
  /** During a visit: gone, or somebody else's. What the visit still writes into `known` is read by nobody. */
  const isForgotten = (key: ServerKey, known: Remembered): boolean => memory.get(key) !== known;

  async function replace(key: ServerKey, run: Run, stall: Stall): Promise<void> {
    const why = `${WHY[stall.what]} since ${timestamp(stall.sinceMs)}: a new run takes over, and nothing in the cluster changes by that`;
    log.warn({ dittoServer: key, run: run.runId }, `the run of its workflow is replaced: ${why}`);
    await engine.terminate(target(key), run.runId, why);
    await engine.ensure(target(key));
    counters?.count('runs_replaced');
  }

  /** Tells a stall that lasts, and replaces the run where that helps. */
  async function treat(key: ServerKey, known: Remembered, run: Run, stall: Stall): Promise<void> {
    const there = await workers[stall.of].now(() => engine.workers(target(key), stall.of), known.roundMs);
    if (isForgotten(key, known)) return;
    known.found = tellingOf(target(key), run, stall, there);
    known.told = { runId: run.runId, what: stall.what };
    const old = Date.now() - run.startedMs >= stalledAfterMs * REPLACE_FACTOR;
    if (!old || !wouldMove(stall, there, isElsewhere(target(key), run))) return;
    await replace(key, run, stall);
    known.failing = undefined;
  }

  return {
    async visit(key) {
      const known = recall(key);
      const run = await engine.inspect(target(key));
      if (isForgotten(key, known)) return;
      if (run === undefined || run.state === 'ended') {
        await engine.ensure(target(key));
        counters?.count('runs_started');
        moves(known);
        return;
      }
      const now = stallOf(run);
      const stall = now && withFirstFailure(known, run, now);
      if (stall && Date.now() - stall.sinceMs >= stalledAfterMs) await treat(key, known, run, stall);
      else if (stall === undefined || hasMoved(known, run)) moves(known);
    },
    found: (key) => memory.get(key)?.found,
    stalled: () => [...memory.values()].filter(({ found = 'moves' }) => found !== 'moves').length,
    forget: (key) => void memory.delete(key),
    reset: () => memory.clear(),
  };
}

/** What the visits of one DittoServer leave for the next one. */
interface Remembered {
  visitedMs: number;
  /** From the visit before to this one; 0 in the first. */
  roundMs: number;
  found?: Telling | 'moves';
  /** The stall that `found` tells of. */
  told?: { readonly runId: string; readonly what: Stall['what'] } | undefined;
  /** Since when a run's tasks fail: Temporal tells the time of the last try only. */
  failing?: { readonly runId: string; readonly sinceMs: number } | undefined;
}

function moves(known: Remembered): void {
  known.found = 'moves';
  known.told = undefined;
  known.failing = undefined;
}

/** The stall, with the earliest time that has been seen of it. */
function withFirstFailure(known: Remembered, run: Run, stall: Stall): Stall {
  if (stall.what !== 'failing') return stall;
  const before = known.failing;
  const sinceMs = before?.runId === run.runId ? before.sinceMs : stall.sinceMs;
  known.failing = { runId: run.runId, sinceMs };
  return { ...stall, sinceMs };
}

/** Where the next stall of a run is young, the one that was told is over. A new run has yet to show that it fares better. */
function hasMoved({ told }: Remembered, { runId }: Run): boolean {
  return told !== undefined && (told.runId === runId || told.what === 'paused');
}

interface WorkersNow extends Workers {
  /** They have polled for long enough to have taken what waits. */
  readonly settled: boolean;
}

/**
 * Asks for the workers now and then, and keeps since when they have polled without a break that we saw. Only the visits of stuck runs
 * ask, so that a single stuck run is seen no oftener than the audit goes round: that is no break.
 */
function watchWorkers(stalledAfterMs: number) {
  let last: (Workers & { readonly atMs: number }) | undefined;
  let pollingSinceMs: number | undefined;
  return {
    async now(ask: () => Promise<Workers>, roundMs: number): Promise<WorkersNow> {
      const gapMs = Date.now() - (last?.atMs ?? -Infinity);
      if (last === undefined || gapMs >= Math.min(WORKERS_MS, stalledAfterMs / 4)) {
        const there = await ask();
        last = { ...there, atMs: Date.now() };
        const unbroken = there.polling && gapMs < 3 * Math.max(stalledAfterMs, roundMs);
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
  const since = `since ${timestamp(stall.sinceMs)}`;
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

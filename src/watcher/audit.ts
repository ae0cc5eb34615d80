// The audit: each DittoServer's workflow is started in turn, which does nothing where it runs, so that a lost or terminated run comes back.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerKey } from './directory.ts';

export interface AuditOptions {
  readonly servers: () => readonly ServerKey[];
  /** Still there when its turn comes? */
  readonly exists: (key: ServerKey) => boolean;
  readonly ensure: (key: ServerKey) => Promise<void>;
  readonly done?: (key: ServerKey, error: unknown) => void;
  /** How long a round takes, unless there are so many that twenty per second take longer. */
  readonly intervalMs: number;
}

const MIN_GAP_MS = 50;
const IN_FLIGHT = 10;
/** Nothing is listed yet. */
const EMPTY_MS = 1_000;

/** Goes round until the signal aborts. */
export async function audit(options: AuditOptions, signal: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    const round = options.servers();
    const gapMs = Math.max(MIN_GAP_MS, options.intervalMs / Math.max(1, round.length));
    if (round.length === 0) await pause(Math.min(gapMs, EMPTY_MS), signal);
    for (const key of round) {
      await pause(gapMs, signal);
      if (stopped()) break;
      if (!options.exists(key)) continue;
      const task = ensureOne(options, key).finally(() => underWay.delete(task));
      underWay.add(task);
      if (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
    }
  }
  await Promise.all(underWay);
}

async function ensureOne(options: AuditOptions, key: ServerKey): Promise<void> {
  try {
    await options.ensure(key);
    options.done?.(key, undefined);
  } catch (error) {
    options.done?.(key, error);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

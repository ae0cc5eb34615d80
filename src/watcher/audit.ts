// The audit: each DittoServer's workflow is visited in turn, so that a lost or terminated run comes back and one that cannot move is noticed.
import type { ServerKey } from './directory.ts';
import { pause } from '../waiting.ts';

export interface AuditOptions {
  readonly servers: () => readonly ServerKey[];
  /** Still there when its turn comes? */
  readonly exists: (key: ServerKey) => boolean;
  readonly visit: (key: ServerKey) => Promise<void>;
  /** False: somebody else does it, for the time being. */
  readonly active: () => boolean;
  readonly done?: (key: ServerKey, error: unknown) => void;
  /** How long a round takes, unless there are so many that twenty per second take longer. */
  readonly intervalMs: number;
}

const MIN_GAP_MS = 50;
const IN_FLIGHT = 10;
/** Nothing is listed yet, somebody else does it, or Temporal does not answer. */
const IDLE_MS = 1_000;

/** Goes round until the signal aborts. */
export async function audit(options: AuditOptions, signal: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const stopped = (): boolean => signal.aborted;
  const last = { failed: false };
  while (!stopped()) {
    const round = options.active() ? options.servers() : [];
    const gapMs = Math.max(MIN_GAP_MS, options.intervalMs / Math.max(1, round.length));
    if (round.length === 0) await pause(Math.min(gapMs, IDLE_MS), signal);
    for (const key of round) {
      await pause(last.failed ? Math.max(gapMs, IDLE_MS) : gapMs, signal);
      if (stopped() || !options.active()) break;
      if (!options.exists(key)) continue;
      const task = visitOne(options, key)
        .then((ended) => (last.failed = !ended))
        .then(() => void underWay.delete(task));
      underWay.add(task);
      if (underWay.size >= IN_FLIGHT) await Promise.race(underWay);
    }
  }
  await Promise.all(underWay);
}

/** False when Temporal refused or did not answer. */
async function visitOne(options: AuditOptions, key: ServerKey): Promise<boolean> {
  try {
    await options.visit(key);
    options.done?.(key, undefined);
    return true;
  } catch (error) {
    options.done?.(key, error);
    return false;
  }
}

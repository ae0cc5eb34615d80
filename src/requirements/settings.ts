// How long things may take, and how often to look; every figure is a setting of the provisioner.
import type { Budget } from '../api/reasons.ts';

export interface Settings {
  /** Budget → milliseconds until a wait is told as stalled. */
  readonly deadlinesMs: Readonly<Record<Budget, number>>;
  /** Milliseconds between two looks at a DittoServer that is as it should be, before the jitter of a fifth. */
  readonly resyncMs: number;
}

const MINUTE_MS = 60_000;

export const DEFAULT_SETTINGS: Settings = {
  deadlinesMs: { inputs: 10 * MINUTE_MS, database: 20 * MINUTE_MS, pods: 10 * MINUTE_MS },
  resyncMs: 600 * MINUTE_MS,
};

// DittoServers that were deleted while nobody watched: no event tells of them any more, but their workflows still run. Found once,
// after the first complete list; what is deleted later the watch tells.
import { pause } from '../waiting.ts';
import type { ServerKey } from './directory.ts';

export interface OrphansOptions {
  /** Whether all DittoServers of all namespaces that can be served are known. */
  readonly listed: () => boolean;
  /** DittoServers whose workflows run. Rejects when Temporal does not answer. */
  readonly running: () => Promise<readonly ServerKey[]>;
  readonly exists: (key: ServerKey) => boolean;
  readonly nudge: (key: ServerKey) => void;
}

const AGAIN_MS = 1_000;

/** Nudges the workflow of each DittoServer that does not exist; returns when that is done, or the signal aborts. */
export async function nudgeOrphans(options: OrphansOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const running = options.listed() ? await options.running().catch(() => undefined) : undefined;
    const orphans = running?.filter((key) => !options.exists(key));
    orphans?.forEach((key) => options.nudge(key));
    if (orphans) return;
    await pause(AGAIN_MS, signal);
  }
}

// When to look again if nothing nudges: soon at first, then ever less often. A wait never needs polling to notice what it
// waits for; these looks are the safety net under the watcher.
import { digest } from '../api/fingerprint.ts';

const FIRST_MS = 5_000;
const LONGEST_MS = 10 * 60_000;
const STALLED_MS = 60 * 60_000;

/** Waiting `elapsedMs` so far, the next look comes after as long again: 5 s, doubling to 10 min; hourly once stalled. */
export function recheckWaiting(elapsedMs: number, leftMs: number | undefined): number {
  if (leftMs !== undefined && leftMs <= 0) return STALLED_MS;
  const backedOff = Math.min(Math.max(elapsedMs, FIRST_MS), LONGEST_MS);
  return leftMs === undefined ? backedOff : Math.min(backedOff, leftMs);
}

/**
 * The resync of a DittoServer that is as it should be, spread by a fifth to either side so that a thousand do not come at once.
 *
 * @param seed any text that differs between DittoServers
 */
export function recheckSettled(resyncMs: number, seed: string): number {
  const fraction = Number.parseInt(digest(seed).slice(0, 8), 16) / 2 ** 32;
  return Math.round(resyncMs * (0.8 + 0.4 * fraction));
}

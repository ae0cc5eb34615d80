// When to look again if nothing nudges: soon at first, then ever less often. A wait never needs polling to notice what it
// waits for; these looks are the safety net under the watcher.
import { digest } from '../api/fingerprint.ts';

/** Also of waits that only a person ends: the watch tells of every edit. */
export const LONGEST_MS = 10 * 60_000;
const STALLED_MS = 60 * 60_000;

/** How soon a wait is looked at for the first time, ms. */
export const FIRST_MS = {
  /**
   * A watch tells when it is over, so that this look only makes up for a lost event. Sooner, and the looks of those served first
   * would take the machine from the rest when hundreds are provisioned at once.
   */
  watched: 30_000,
  /** Nothing tells when the API server answers again, or does what it refused. */
  untold: 5_000,
} as const;

/**
 * Waiting `elapsedMs` so far, the next look comes after as long again, up to 10 min; hourly once stalled.
 *
 * @param leftMs until the deadline, if there is one
 */
export function recheckWaiting(firstMs: number, elapsedMs: number, leftMs?: number): number {
  if (leftMs !== undefined && leftMs <= 0) return STALLED_MS;
  const nextMs = Math.min(Math.max(elapsedMs, firstMs), LONGEST_MS);
  return leftMs === undefined ? nextMs : Math.min(nextMs, leftMs);
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

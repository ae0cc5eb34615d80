// Asking something outside of Kubernetes: once for the same facts, and ever less often while it does not succeed.
import type { Asked, Failure } from '../api/verdict.ts';

const FIRST_PAUSE_MS = 5_000;
/** Between two askings in vain. */
export const LONGEST_PAUSE_MS = 5 * 60_000;

/** Milliseconds until it is asked again after so many times in vain, in a row. */
export const pauseMs = (inVain: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, inVain - 1), LONGEST_PAUSE_MS);

/** Milliseconds until it may be asked; 0 now; undefined when the answer stands. */
export function askAgainMs(asked: Asked | undefined, basis: string, nowMs: number): number | undefined {
  if (asked?.basis !== basis) return 0;
  if (!asked.failure) return undefined;
  const pause = asked.failure.notAsked ? FIRST_PAUSE_MS : pauseMs(asked.failures);
  return Math.max(0, asked.atMs + pause - nowMs);
}

/**
 * What is remembered after asking once more. Failures count as long as it rests on the same; where no turn was free to ask, that counts for
 * nothing against who was to be asked.
 */
export function askedOnce(before: Asked | undefined, basis: string, atMs: number, failure: Failure | undefined): Asked {
  const asks = (before?.asks ?? 0) + 1;
  const failures = before?.basis === basis ? before.failures : 0;
  if (!failure) return { basis, asks, atMs, failures: 0 };
  return { basis, asks, atMs, failures: failure.notAsked ? failures : failures + 1, failure };
}

// The verdict that stands in when an activity gave none: wait, ever longer, say so, and look again.
import type { Memory, Story, Verdict } from '../src/api/verdict.ts';

const FIRST_MS = 30_000;
const LONGEST_MS = 10 * 60_000;

/** What is told while nothing is known of the DittoServer; the time is in epoch milliseconds. */
export function unreachable(reason: Story['reason'], message: string, sinceMs: number): Story {
  const since = new Date(sinceMs).toISOString().replace(/\.\d{3}Z$/, 'Z');
  return { stage: 'Unreachable', reason, message, since, ready: false, stalled: false, children: [] };
}

/**
 * An activity broke. The memory of the last verdict stays, with the time since which it has been so.
 *
 * @param sinceMs since when nothing but that has happened, epoch milliseconds
 */
export function troubleVerdict(memory: Memory, sinceMs: number, decorate: boolean): Verdict {
  return {
    recheckAfterMs: Math.min(Math.max(Date.now() - sinceMs, FIRST_MS), LONGEST_MS),
    seen: {},
    memory: { ...memory, lookFailingSinceMs: sinceMs },
    story: unreachable('EngineTrouble', 'an activity failed; see the history of this workflow', sinceMs),
    gone: false,
    decorate,
  };
}

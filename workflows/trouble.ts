// The verdict that stands in when an activity gave none: wait a little, say so, and look again.
import type { Reason } from '../src/api/reasons.ts';
import type { Memory, Verdict } from '../src/api/verdict.ts';

const RETRY_MS = 30_000;

export function troubleVerdict(memory: Memory, reason: Reason, message: string): Verdict {
  return {
    recheckAfterMs: RETRY_MS,
    seen: {},
    memory,
    story: {
      stage: 'Unreachable',
      reason,
      message,
      since: new Date(Date.now()).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      ready: false,
      stalled: false,
      children: [],
    },
    gone: false,
    decorate: false,
  };
}

// The same step for the same intent again and again means that another writer undoes it: that is a contest, not progress.
import type { Budget } from '../api/reasons.ts';
import type { Memory } from '../api/verdict.ts';
import { MEMORY_MS } from './attempts.ts';
import { wait, type ActFinding, type Finding } from './finding.ts';

const WINDOW_MS = 5 * 60_000;
const FREE_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** Times of the last hour at which the step was taken for the same intent, without failing. */
function timesTaken(memory: Memory, { step, intent }: ActFinding, nowMs: number): readonly number[] {
  return memory.attempts
    .filter((attempt) => attempt.step === step && attempt.intent === intent && !attempt.failure)
    .map(({ atMs }) => atMs)
    .filter((atMs) => nowMs - atMs < MEMORY_MS);
}

/** Milliseconds until the step may be taken again; 0 when it may be taken now. */
export function contestPause(memory: Memory, act: ActFinding, nowMs: number): number {
  const times = timesTaken(memory, act, nowMs);
  const quick = times.some((atMs, i) => (times[i + FREE_ATTEMPTS - 1] ?? Infinity) - atMs < WINDOW_MS);
  const last = times.at(-1);
  if (!quick || last === undefined) return 0;
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (times.length - FREE_ATTEMPTS), LONGEST_PAUSE_MS);
  return Math.max(0, last + pause - nowMs);
}

/** The finding that a contest becomes: a wait that names who else writes. */
export function contestFinding(act: ActFinding, pauseMs: number, budget: Budget): Finding {
  const others = [...new Set(act.otherManagers ?? [])].sort();
  const who = others.length > 0 ? `field manager ${others.join(', ')}` : 'another writer';
  return wait('Contest', `${who} keeps undoing it (${act.summary})`, { recheckMs: pauseMs, budget });
}

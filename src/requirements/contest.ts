// The same step for the same intent again and again means that another writer undoes it: that is a contest, not progress.
import type { Attempt, Memory } from '../api/verdict.ts';
import { wait, type ActFinding, type Finding } from './finding.ts';

const WINDOW_MS = 5 * 60_000;
const MEMORY_MS = 60 * 60_000;
const FREE_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 10 * 60_000;
const MAX_REMEMBERED = 20;

/** Adds an attempt and forgets what is too old to matter. */
export function remember(memory: Memory, attempt: Attempt): Memory {
  const recent = memory.attempts.filter(({ atMs }) => attempt.atMs - atMs < MEMORY_MS);
  return { ...memory, attempts: [...recent, attempt].slice(-MAX_REMEMBERED) };
}

/** Milliseconds until the step may be taken again; 0 when it may be taken now. */
export function contestPause(memory: Memory, { step, intent }: ActFinding, nowMs: number): number {
  const same = memory.attempts.filter(
    (attempt) =>
      attempt.step === step && attempt.intent === intent && !attempt.failed && nowMs - attempt.atMs < MEMORY_MS,
  );
  const last = same.at(-1);
  if (!last || same.length < FREE_ATTEMPTS) return 0;
  const begun = same.some((attempt, i) => (same[i + FREE_ATTEMPTS - 1]?.atMs ?? Infinity) - attempt.atMs < WINDOW_MS);
  if (!begun) return 0;
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (same.length - FREE_ATTEMPTS), LONGEST_PAUSE_MS);
  return Math.max(0, last.atMs + pause - nowMs);
}

/** The finding that a contest becomes: a wait that names who else writes. */
export function contestFinding(act: ActFinding, pauseMs: number): Finding {
  const others = [...new Set(act.otherManagers ?? [])].sort();
  const who = others.length > 0 ? `field manager ${others.join(', ')}` : 'another writer';
  return wait('Contest', `${who} keeps undoing it (${act.summary})`, { recheckMs: pauseMs });
}

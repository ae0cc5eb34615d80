// What the workflow remembers of steps that were taken: to notice a contest, and to leave a step alone that has just failed.
import type { Attempt, Failure, Memory, StepName } from '../api/verdict.ts';

export const MEMORY_MS = 60 * 60_000;
const MAX_REMEMBERED = 20;

/** Adds an attempt and forgets what is too old to matter. */
export function remember(memory: Memory, attempt: Attempt): Memory {
  const recent = memory.attempts.filter(({ atMs }) => attempt.atMs - atMs < MEMORY_MS);
  return { ...memory, attempts: [...recent, attempt].slice(-MAX_REMEMBERED) };
}

/** Why the step failed since the last look; undefined when it did not. */
export function failureSinceLook({ attempts }: Memory, step: StepName): Failure | undefined {
  return attempts.findLast((attempt) => attempt.step === step)?.failure;
}

/** A look begins anew: what failed before it may be tried again. */
export function forgetFailures(memory: Memory): Memory {
  return { ...memory, attempts: memory.attempts.filter(({ failure }) => failure === undefined) };
}

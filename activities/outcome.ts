// What became of writes that go side by side: all are awaited, so that none is left running behind the failure of another, and
// what succeeded is remembered.
import type { Facts } from '../src/requirements/facts.ts';
import type { Work } from './step.ts';

/** What a step brought about. */
export interface Outcome {
  readonly facts: Facts;
  /** What failed; the facts hold what succeeded before or beside it. */
  readonly error?: Error;
}

/** Does a step. What it throws has changed nothing that is worth remembering. */
export type Act<W = Work> = (work: W) => Promise<Outcome>;

export interface Settled<T> {
  readonly value?: T;
  readonly error?: Error;
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error('no error was thrown'));

/** Resolves in any case. */
export async function settled<T>(promise: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error: asError(error) };
  }
}

/** The outcome of a step, also when it throws. */
export async function outcomeOf<W extends Pick<Work, 'observation'>>(
  work: W,
  act: (work: W) => Promise<Outcome>,
): Promise<Outcome> {
  const { value, error } = await settled(act(work));
  return value ?? { facts: work.observation.facts, ...(error && { error }) };
}

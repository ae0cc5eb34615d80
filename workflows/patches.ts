// Changes of the loop that workflows under way must be carried over. A workflow replays what it did; a changed sequence of commands is
// taken only from a marker on. docs/architecture.md says what counts as such a change and how to make one.
import { deprecatePatch, patched } from '@temporalio/workflow';

export interface Patch {
  /** The day on which a version with it was first released, YYYY-MM-DD. */
  readonly since: string;
  /** What the loop does otherwise, and why. */
  readonly reason: string;
  /** What must be true before the marker goes: after that, no run is left that replays without it. */
  readonly mayGo: string;
  /** True once the old way is out of the code; the next release takes the entry away. */
  readonly retired?: true;
}

export type Patches = Readonly<Record<string, Patch>>;

/** Every marker by its id, which stands in histories and is never used again for something else. */
export const PATCHES = {
  'withdraw-at-deadline': {
    since: '2026-11-26',
    reason: 'a rollout takes the admission back from a DittoServer that has not taken the template when its turn ends',
    mayGo: 'when no rollout is under way that was begun without it',
  },
} as const satisfies Patches;

/**
 * Asks whether this run goes the new way: no as long as it replays what was done without the marker, yes from the first time that it asks
 * with nothing left to replay, which sets the marker. So a loop changes over in its next round. Ask directly before the changed command.
 *
 * @example
 * const goesTheNewWay = createPatches(PATCHES);
 * if (goesTheNewWay('look-twice')) verdict = await look();
 */
export function createPatches<T extends Patches>(patches: T): (id: keyof T & string) => boolean {
  return (id) => {
    if (!patches[id]?.retired) return patched(id);
    deprecatePatch(id);
    return true;
  };
}

// Counts passes: one begins with every activity, since every activity looks, and ends when nothing is to be done.
import { condition } from '@temporalio/workflow';

export interface Passes {
  begin(): void;
  end(): void;
  /** How many have ended. */
  ended(): number;
  /** Somebody waits for a pass that has not ended. */
  areWanted(): boolean;
  /** Resolves at the end of a pass that begins after this call. */
  next(): Promise<void>;
}

export function createPasses(): Passes {
  let begun = 0;
  let ended = 0;
  let wanted = 0;
  return {
    begin: () => void (begun += 1),
    end: () => void (ended = begun),
    ended: () => ended,
    areWanted: () => wanted > ended,
    async next() {
      const mine = begun + 1;
      wanted = mine;
      await condition(() => ended >= mine);
    },
  };
}

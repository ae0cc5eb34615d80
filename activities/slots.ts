// The slots of steps that talk to servers and databases: a few at a time, so that those which hang never take the worker from the
// steps that only write to Kubernetes. Who has failed before gets only some of them.

/** No slot became free in time. */
export class NoSlot extends Error {
  override readonly name = 'NoSlot';
}

export interface Slots {
  /**
   * Runs the task in a slot.
   *
   * @param troubled it has failed the last time
   * @throws NoSlot
   */
  run<T>(task: () => Promise<T>, troubled: boolean): Promise<T>;
}

const PATIENCE_MS = 2_000;

/**
 * A number of slots.
 *
 * @param all at once
 * @param forTroubled of these, at most so many for those that have failed before
 */
export function createSlots(all = 24, forTroubled = 8, patienceMs = PATIENCE_MS): Slots {
  const taken = { well: 0, troubled: 0 };
  const waiting = new Set<() => void>();
  const isFree = (troubled: boolean): boolean =>
    taken.well + taken.troubled < all && (!troubled || taken.troubled < forTroubled);

  /** Takes a slot; the look at what is free and the taking are one, without an await between them. */
  const take = async (troubled: boolean): Promise<void> => {
    const untilMs = performance.now() + patienceMs;
    while (!isFree(troubled)) {
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw new NoSlot('no slot became free in time');
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, leftMs);
        waiting.add(wake);
      });
    }
    taken[troubled ? 'troubled' : 'well'] += 1;
  };

  return {
    async run(task, troubled) {
      await take(troubled);
      try {
        return await task();
      } finally {
        taken[troubled ? 'troubled' : 'well'] -= 1;
        for (const wake of [...waiting]) wake();
      }
    },
  };
}

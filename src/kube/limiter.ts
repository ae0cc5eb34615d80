// At most so many writes in flight per process: more only queue in the API server. Who is marked `first` is served before the rest.

export interface Limiter {
  /** Runs the task as soon as a slot is free. Rejects with the signal's reason when it aborts while the task waits. */
  run<T>(task: () => Promise<T>, turn: Turn): Promise<T>;
}

export interface Turn {
  readonly first?: boolean | undefined;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly start: () => void;
}

/** A limiter with `slots` slots. */
export function createLimiter(slots: number): Limiter {
  let free = slots;
  const first = new Set<Waiting>();
  const rest = new Set<Waiting>();

  const release = (): void => {
    const queue = first.size > 0 ? first : rest;
    const [next] = queue;
    if (next === undefined) {
      free += 1;
      return;
    }
    queue.delete(next);
    next.start(); // it takes over the slot
  };

  const acquire = (turn: Turn): Promise<void> => {
    if (turn.signal.aborted) return Promise.reject(turn.signal.reason as Error);
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    const queue = turn.first ? first : rest;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        start() {
          turn.signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = (): void => {
        queue.delete(waiting);
        reject(turn.signal.reason as Error);
      };
      turn.signal.addEventListener('abort', leave, { once: true });
      queue.add(waiting);
    });
  };

  return {
    async run(task, turn) {
      await acquire(turn);
      try {
        return await task();
      } finally {
        release();
      }
    },
  };
}

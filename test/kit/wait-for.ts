// Waits for a condition with a deadline: what tests and the kit use in place of fixed sleeps.

export interface WaitOptions {
  /** Give up after this long. Default 30 000. */
  readonly timeoutMs?: number;
  /** Pause between two looks. Default 50. */
  readonly everyMs?: number;
  /** Said beside the deadline in the error, asked for only then: what was there instead. */
  readonly seen?: () => string | Promise<string>;
}

/** Pauses. For the kit's own loops; tests wait for a condition instead. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Calls `look` until it returns something truthy, and returns that.
 * An error thrown by `look` counts as "not yet"; the last one is the cause of the error at the deadline.
 *
 * @example
 * const server = await waitFor('alpha is Ready', async () => {
 *   const object = await admin.get(alpha);
 *   return object?.status?.phase === 'Ready' && object;
 * });
 */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  { timeoutMs = 30_000, everyMs = 50, seen }: WaitOptions = {},
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found) return found as Exclude<T, false | null | undefined | 0 | ''>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) break;
    await pause(everyMs);
  }
  const instead = seen ? ` Instead: ${await seen()}` : '';
  const because = lastError instanceof Error ? ` Last error: ${lastError.message}` : '';
  throw new Error(`Waited ${timeoutMs / 1000} s in vain for: ${what}.${instead}${because}`, { cause: lastError });
}

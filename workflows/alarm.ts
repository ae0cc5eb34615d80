// Wakes the loop at a time without ever cancelling a timer: an early wake costs one look, while a cancelled timer is two more
// events per signal and can hang the time-skipping test server (test server 1.40.0; sdk-java issues 2606, 3060, 3088).
import { condition, sleep } from '@temporalio/workflow';

export interface Alarm {
  /** Resolves when `awake` holds (at once, without a timer, when it does already), or after `ms`, or earlier when a timer of an earlier wait rings. */
  wait(awake: () => boolean, ms: number): Promise<void>;
}

export function createAlarm(): Alarm {
  const due = new Set<number>();
  let rang = false;

  const arm = (atMs: number, ms: number): void => {
    due.add(atMs);
    // A timer is rejected only by the cancellation of the whole run, which ends the wait below by itself.
    void sleep(ms, { summary: 'next look' }).then(
      () => {
        due.delete(atMs);
        rang = true;
      },
      () => due.delete(atMs),
    );
  };

  return {
    async wait(awake, ms) {
      if (awake()) return;
      const atMs = Date.now() + ms;
      rang = false;
      if (![...due].some((other) => other <= atMs)) arm(atMs, ms);
      await condition(() => rang || awake());
    },
  };
}

// DittoServers that came to rest before Temporal knew the search attributes (a first start, a store that was lost): nothing of
// theirs changes any more, so no look would set the attributes for hours. Each is asked to look once.
import type { Target } from '../api/verdict.ts';
import { pause } from '../waiting.ts';
import type { Engine } from './engine.ts';

const PACE_MS = 50;
/** How many times they are looked for. More than once: Temporal's list lags behind, and does not always answer. */
const ROUNDS = 6;

/**
 * What is to be told whenever it is found out whether Temporal knows the attributes. Since it learned them, each of the next six
 * times nudges every workflow without attributes, twenty per second. What Temporal refuses is left to the next time, and nothing
 * is lost by giving up: attributes are decoration.
 *
 * @param signal ends a round that is under way
 */
export function decorator(
  engine: Engine,
  installation: Pick<Target, 'cluster' | 'installation'>,
  signal: AbortSignal,
): (registered: boolean) => Promise<void> {
  let before = false;
  let rounds = 0;
  let busy = false;

  async function round(): Promise<void> {
    for (const target of await engine.running(installation, { undecorated: true })) {
      if (signal.aborted) return;
      await engine.nudge({ ...installation, ...target }, { objects: [] });
      await pause(PACE_MS, signal);
    }
  }

  return async (registered) => {
    if (registered && !before) rounds = ROUNDS;
    before = registered;
    if (!registered || rounds === 0 || busy) return;
    rounds -= 1;
    busy = true;
    await round().catch(() => undefined);
    busy = false;
  };
}

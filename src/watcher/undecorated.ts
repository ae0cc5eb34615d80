// DittoServers that came to rest before Temporal knew the search attributes (a first start, a store that was lost): nothing of
// theirs changes any more, so no look would set the attributes for hours. Each is asked to look once.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from '../api/verdict.ts';
import type { Engine } from './engine.ts';

const PACE_MS = 50;

/**
 * Nudges every workflow without attributes, twenty per second.
 *
 * @throws whatever Temporal answers; nothing is lost by giving up, attributes are decoration
 */
export async function nudgeUndecorated(
  engine: Engine,
  installation: Pick<Target, 'cluster' | 'installation'>,
  signal: AbortSignal,
): Promise<void> {
  for (const target of await engine.running(installation, { undecorated: true })) {
    await engine.nudge({ ...installation, ...target }, { objects: [] });
    await sleep(PACE_MS, undefined, { signal });
  }
}

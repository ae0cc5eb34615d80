// What EngineReachable is to say of each DittoServer, from the nudges that are due and from what the audit found.
import type { ServerKey } from './directory.ts';
import type { Nudges } from './nudges.ts';
import type { Opinion, Shown } from './teller.ts';
import type { EngineTrouble } from './trouble.ts';
import type { Telling, Visits } from './visits.ts';

export interface OpinionsOptions {
  readonly nudges: Pick<Nudges, 'overdue' | 'isDue'>;
  readonly visits: Pick<Visits, 'found'>;
  readonly trouble: (error: unknown) => EngineTrouble;
  readonly stalledAfterMs: number;
}

/** A nudge may be due for this part of the time after which a run counts as stalled: half a minute of the default. */
const DUE_SHARE = 1 / 2;
/** Whoever has just made a DittoServer looks at it now: five seconds. */
const DUE_SHARE_OF_NEW = 1 / 12;

/** One opinion for each DittoServer, as things stand now. */
export function opinionsNow(options: OpinionsOptions): (key: ServerKey, shown: Shown) => Opinion {
  const { nudges, visits, trouble, stalledAfterMs } = options;
  const nowMs = Date.now();
  const overdue = new Map(nudges.overdue(stalledAfterMs * DUE_SHARE_OF_NEW).map((each) => [each.key, each]));

  const unreached = (key: ServerKey, { looked }: Shown): Telling | undefined => {
    const one = overdue.get(key);
    const share = looked ? DUE_SHARE : DUE_SHARE_OF_NEW;
    if (one === undefined || nowMs - one.turnMs < stalledAfterMs * share) return undefined;
    const { reason, message } = trouble(one.error);
    return { status: 'False', reason, message: `changes of this DittoServer wait: ${message}` };
  };

  return (key, shown) => {
    const unreachable = unreached(key, shown);
    if (unreachable) return unreachable;
    const found = visits.found(key);
    if (found !== undefined && found !== 'moves') return found;
    if (nudges.isDue(key)) return 'as it is';
    // What an earlier holder of the Lease found stays until we have been there.
    return shown.condition?.reason === 'EngineStalled' && found === undefined ? 'as it is' : 'nothing';
  };
}

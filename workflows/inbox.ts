// What has been told to the workflow since it last looked, and whether any of it is news.
import type { ChangedObject, Nudge } from './messages.ts';

const GONE = 'gone';

/** True when a verdict that rests on `seen` does not know this of the object yet. */
export function isNews({ uid, version }: ChangedObject, seen: Readonly<Record<string, string>>): boolean {
  return version === GONE ? seen[uid] !== undefined : seen[uid] !== version;
}

export interface Inbox {
  put(nudge: Nudge): void;
  /** Only directly before an activity that looks: what is dropped was caused by something that this look will see. */
  clear(): void;
  hasNews(seen: Readonly<Record<string, string>>): boolean;
}

export function createInbox(): Inbox {
  let objects = new Map<string, ChangedObject>();
  let forced = false;
  return {
    put(nudge) {
      if (nudge.objects.length === 0) forced = true;
      for (const object of nudge.objects) objects.set(object.uid, object);
    },
    clear() {
      objects = new Map();
      forced = false;
    },
    hasNews(seen) {
      return forced || [...objects.values()].some((object) => isNews(object, seen));
    },
  };
}

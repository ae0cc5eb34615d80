// What has been told to the workflow since it last looked, and whether any of it is news.
import type { ChangedObject } from './messages.ts';

const GONE = 'gone';

/** True when a verdict that rests on `seen` does not know this of the object yet. */
export function isNews({ uid, version }: ChangedObject, seen: Readonly<Record<string, string>>): boolean {
  return version === GONE ? seen[uid] !== undefined : seen[uid] !== version;
}

export interface Inbox {
  /** Anything that is no nudge counts as an empty one: people send the signal by hand, and whatever they mean, a look is right. */
  put(nudge: unknown): void;
  /** Only directly before an activity that looks: what is dropped was caused by something that this look will see. */
  clear(): void;
  /** The version last told of what no look can see for itself, e.g. the answer of the server's own API. */
  told(uid: string): string | undefined;
  /** Without `seen` everything is news. */
  hasNews(seen: Readonly<Record<string, string>> | undefined): boolean;
}

function objectsOf(nudge: unknown): readonly ChangedObject[] {
  const { objects } = (nudge ?? {}) as { readonly objects?: unknown };
  if (!Array.isArray(objects)) return [];
  return (objects as readonly (Partial<ChangedObject> | null)[]).flatMap((object) =>
    object?.uid && object.version ? [{ uid: object.uid, version: object.version }] : [],
  );
}

const isForced = (nudge: unknown): boolean =>
  typeof nudge === 'object' && nudge !== null && 'anything' in nudge && nudge.anything === true;

export function createInbox(): Inbox {
  let objects = new Map<string, ChangedObject>();
  let forced = false;
  return {
    put(nudge) {
      const changed = objectsOf(nudge);
      if (changed.length === 0 || isForced(nudge)) forced = true;
      for (const object of changed) objects.set(object.uid, object);
    },
    told: (uid) => objects.get(uid)?.version,
    clear() {
      objects = new Map();
      forced = false;
    },
    hasNews(seen) {
      if (forced) return true;
      // Asked after each of thousands of signals: no copy, and the first piece of news is enough.
      for (const object of objects.values()) if (seen === undefined || isNews(object, seen)) return true;
      return false;
    },
  };
}

// Echoes: changes that the worker of this very process has written or read, and told its workflow of in a verdict. Signalling them
// would tell the workflow nothing new, and cost it a task each. Where watcher and worker are two processes, the workflow itself drops them.
import type { Target } from '../api/verdict.ts';
import type { Nudge } from '../../workflows/messages.ts';
import { serverKey, type ServerKey } from './directory.ts';

export interface Echoes {
  /** The worker begins an activity for this DittoServer: what comes of it is known only when `note` tells its end. */
  readonly begin: (target: Target) => void;
  /** What an activity's verdict rests on: uid → resourceVersion. Nothing, where Temporal may have given up on the activity. */
  readonly note: (target: Target, seen: Readonly<Record<string, string>>) => void;
  readonly isEcho: (target: Target, object: { readonly uid: string; readonly version: string }) => boolean;
  readonly isBusy: (target: Target) => boolean;
  /** Has `listener` called whenever the last activity for a DittoServer has ended. */
  readonly onIdle: (listener: (key: ServerKey) => void) => void;
}

/** Enough for every DittoServer that one process serves; the one noted longest ago is forgotten, which costs one signal. */
const MOST_SERVERS = 10_000;

export function createEchoes(): Echoes {
  const known = new Map<ServerKey, Readonly<Record<string, string>>>();
  /** How many activities are under way: attempts may overlap. */
  const busy = new Map<ServerKey, number>();
  let idle: (key: ServerKey) => void = () => undefined;

  const end = (key: ServerKey): void => {
    const left = (busy.get(key) ?? 1) - 1;
    if (left > 0) {
      busy.set(key, left);
      return;
    }
    busy.delete(key);
    idle(key);
  };

  return {
    begin({ namespace, name }) {
      const key = serverKey(namespace, name);
      busy.set(key, (busy.get(key) ?? 0) + 1);
    },
    note({ namespace, name }, seen) {
      const key = serverKey(namespace, name);
      known.delete(key);
      if (Object.keys(seen).length > 0) known.set(key, seen);
      const [oldest] = known.keys();
      if (known.size > MOST_SERVERS && oldest !== undefined) known.delete(oldest);
      end(key);
    },
    // A deletion ("gone" in place of a version) is never taken for an echo: another process may have seen the object since.
    isEcho: ({ namespace, name }, { uid, version }) => known.get(serverKey(namespace, name))?.[uid] === version,
    isBusy: ({ namespace, name }) => busy.has(serverKey(namespace, name)),
    onIdle(listener) {
      idle = listener;
    },
  };
}

/** A nudge without its echoes; undefined when nothing is left of it. An empty list means "look, whatever the versions are", and is none. */
export function newsOf({ isEcho }: Pick<Echoes, 'isEcho'>, target: Target, nudge: Nudge): Nudge | undefined {
  if (nudge.anything) return nudge;
  const { objects } = nudge;
  const news = objects.filter((object) => !isEcho(target, object));
  return objects.length > 0 && news.length === 0 ? undefined : { objects: news };
}

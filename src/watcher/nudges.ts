// Nudges that are due, per DittoServer: merged, sent one at a time, and kept until the engine has taken them. Nothing that was added is
// ever lost; what is superseded is merged.
import type { ChangedObject, Nudge } from '../../workflows/messages.ts';
import { SERVER_API } from '../api/verdict.ts';
import type { ServerKey } from './directory.ts';

/**
 * `now`: whatever came before. `soon`: at once after a quiet moment, else together with what else comes within a quarter of a second.
 * `paced`: in turn, twenty per second over all DittoServers.
 */
export type Pace = 'now' | 'soon' | 'paced';

export interface Nudges {
  /** An empty list means "look, whatever the versions are". */
  add(key: ServerKey, objects: readonly ChangedObject[], pace: Pace): void;
  /** How many DittoServers are due, and for how long the longest whose turn has come, ms. */
  due(): { readonly count: number; readonly oldestMs: number };
  /** Something of this DittoServer has not been taken yet. */
  isDue(key: ServerKey): boolean;
  /** Those whose turn came so long ago, whose nudge has not been taken since, and not for want of trying. */
  overdue(afterMs: number): readonly Overdue[];
  /** Sends nothing more; resolves when what is under way has ended. */
  stop(): Promise<void>;
  /** What `holds` has held back of this DittoServer is sent. */
  release(key: ServerKey): void;
}

export interface Overdue {
  readonly key: ServerKey;
  /** Epoch ms when its turn came. */
  readonly turnMs: number;
  /** What its last try ended with; before the first one, the last of another one if none has been taken since. */
  readonly error: unknown;
}

export interface NudgesOptions {
  /** Rejects when the engine did not take it. */
  readonly send: (key: ServerKey, nudge: Nudge) => Promise<void>;
  /** What of it the workflow does not know yet; undefined: it knows all. */
  readonly news?: (key: ServerKey, nudge: Nudge) => Nudge | undefined;
  /**
   * Whether what is not urgent had better wait: the workflow is in an activity, can do nothing before it ends, and may know by then.
   * Until `release`, or a few seconds.
   */
  readonly holds?: (key: ServerKey) => boolean;
  readonly refused?: (key: ServerKey, error: unknown) => void;
  /** The engine is away: so it is for all, and one nudge asks for all whether it is back. */
  readonly isAway?: (error: unknown) => boolean;
}

/** The most urgent first. */
const PACES: readonly Pace[] = ['now', 'soon', 'paced'];
const QUIET_MS = 250;
const PACE_MS = 50;
/** Longer than activities usually take, and too short to matter where one hangs. */
const HELD_MS = 3_000;
const IN_FLIGHT = 50;
const FIRST_BACK_OFF_MS = 100;
const MAX_BACK_OFF_MS = 5_000;
/** More than this is told as "anything"; the answer of a server's own API is always told, since no look can see it. */
const MAX_OBJECTS = 50;

interface Due {
  /** The most urgent of what was merged. */
  readonly pace: Pace;
  readonly objects: ReadonlyMap<string, string>;
  /** An empty list was among them. */
  readonly anything: boolean;
}

interface Entry {
  readonly key: ServerKey;
  /** cooling: sent a moment ago. held: an activity is under way. waiting: the engine refused, back-off. parked: the engine is away. */
  state: 'new' | 'paced' | 'queued' | 'sending' | 'cooling' | 'held' | 'waiting' | 'parked';
  /** Once is enough for what is due. */
  wasHeld: boolean;
  due: Due | undefined;
  /** Epoch ms when its turn came; kept until the engine has taken it. */
  turnMs: number | undefined;
  failures: number;
  error: unknown;
  timer?: NodeJS.Timeout;
}

/** The nudges of one watcher. */
export function createNudges(options: NudgesOptions): Nudges {
  const { send, refused, news = (_: ServerKey, nudge: Nudge) => nudge, isAway = () => false } = options;
  const { holds = () => false } = options;
  const entries = new Map<ServerKey, Entry>();
  const queue = new Set<Entry>();
  const paced = new Set<Entry>();
  const parked = new Set<Entry>();
  const underWay = new Set<Promise<void>>();
  let pacer: NodeJS.Timeout | undefined;
  let prober: NodeJS.Timeout | undefined;
  /** Probes in vain since the engine went away; undefined while it is there. */
  let probes: number | undefined;
  let probe: Entry | undefined;
  let lastError: unknown;
  let stopped = false;

  const enqueue = (entry: Entry): void => {
    clearTimeout(entry.timer);
    paced.delete(entry);
    entry.turnMs ??= Date.now();
    if (probes !== undefined && entry !== probe) {
      park(entry);
      return;
    }
    entry.state = 'queued';
    queue.add(entry);
    drain();
  };

  const drain = (): void => {
    for (const entry of queue) {
      if (stopped || underWay.size >= IN_FLIGHT) return;
      queue.delete(entry);
      const task = deliver(entry).finally(() => {
        underWay.delete(task);
        drain();
      });
      underWay.add(task);
    }
  };

  const deliver = async (entry: Entry): Promise<void> => {
    const { due } = entry;
    if (due === undefined) return;
    if (due.pace !== 'now' && probes === undefined && !entry.wasHeld && holds(entry.key)) {
      entry.wasHeld = true;
      later(entry, 'held', HELD_MS);
      return;
    }
    entry.wasHeld = false;
    entry.state = 'sending';
    entry.due = undefined;
    const message = news(entry.key, nudgeOf(due));
    if (message === undefined) {
      passOver(entry);
      return;
    }
    try {
      await send(entry.key, message);
    } catch (error) {
      putBack(entry, due);
      entry.error = error;
      lastError = error;
      refused?.(entry.key, error);
      if (isAway(error)) {
        goAway(entry);
        return;
      }
      later(entry, 'waiting', backOffMs(entry.failures++));
      comeBack();
      return;
    }
    Object.assign(entry, { failures: 0, turnMs: undefined, error: undefined });
    lastError = undefined;
    settle(entry);
    comeBack();
  };

  /** Nothing was sent, so that nothing is known of the engine either: another one asks whether it is back. */
  const passOver = (entry: Entry): void => {
    Object.assign(entry, { failures: 0, turnMs: undefined, error: undefined });
    settle(entry);
    if (entry !== probe) return;
    probe = undefined;
    if (parked.size > 0) sendProbe();
    else probes = undefined;
  };

  const park = (entry: Entry): void => {
    entry.state = 'parked';
    parked.add(entry);
  };

  const goAway = (entry: Entry): void => {
    if (entry === probe) probe = undefined;
    else entry.failures += 1;
    park(entry);
    for (const other of queue) {
      if (other === probe) continue;
      queue.delete(other);
      park(other);
    }
    probes ??= 0;
    if (prober !== undefined || probe !== undefined || stopped) return;
    prober = setTimeout(sendProbe, backOffMs(probes++));
  };

  const sendProbe = (): void => {
    prober = undefined;
    [probe] = parked;
    if (probe === undefined) return;
    parked.delete(probe);
    enqueue(probe);
  };

  /** All at once, except for who has failed several times where others did not: that one keeps its distance. */
  const comeBack = (): void => {
    if (probes === undefined) return;
    clearTimeout(prober);
    prober = undefined;
    probe = undefined;
    probes = undefined;
    const released = [...parked];
    parked.clear();
    for (const entry of released) {
      if (entry.failures > 1) later(entry, 'waiting', backOffMs(entry.failures));
      else resume(entry);
    }
  };

  const resume = (entry: Entry): void => {
    if (entry.due === undefined) entries.delete(entry.key);
    else if (entry.due.pace === 'paced') enterPaced(entry);
    else enqueue(entry);
  };

  const settle = (entry: Entry): void => {
    if (entry.due?.pace === 'now') enqueue(entry);
    else later(entry, 'cooling', QUIET_MS);
  };

  const later = (entry: Entry, state: 'cooling' | 'held' | 'waiting', ms: number): void => {
    entry.state = state;
    if (stopped) return;
    entry.timer = setTimeout(() => resume(entry), ms);
  };

  const enterPaced = (entry: Entry): void => {
    entry.state = 'paced';
    entry.turnMs = undefined;
    paced.add(entry);
    pacer ??= setInterval(() => {
      const [next] = paced;
      if (next !== undefined) enqueue(next);
      if (paced.size > 0) return;
      clearInterval(pacer);
      pacer = undefined;
    }, PACE_MS);
  };

  return {
    add(key, objects, pace) {
      if (stopped) return;
      const entry: Entry = entries.get(key) ?? newEntry(key);
      entries.set(key, entry);
      const added = dueOf(objects, pace);
      entry.due = entry.due === undefined ? added : merged(entry.due, added);
      if (entry.state === 'new' && pace === 'paced') enterPaced(entry);
      else if (goesNow(entry.state, pace)) enqueue(entry);
    },
    due() {
      const dues = [...entries.values()].filter(({ due, state }) => due !== undefined || state === 'sending');
      const turns = dues.flatMap(({ turnMs }) => (turnMs === undefined ? [] : [turnMs]));
      return { count: dues.length, oldestMs: turns.length === 0 ? 0 : Date.now() - Math.min(...turns) };
    },
    isDue(key) {
      const entry = entries.get(key);
      return entry?.due !== undefined || entry?.state === 'sending';
    },
    overdue(afterMs) {
      const sinceMs = Date.now() - afterMs;
      return [...entries.values()].flatMap(({ key, turnMs, error = lastError }) =>
        turnMs !== undefined && turnMs <= sinceMs && error !== undefined ? [{ key, turnMs, error }] : [],
      );
    },
    release(key) {
      const entry = entries.get(key);
      if (entry?.state !== 'held' || stopped) return;
      enqueue(entry);
    },
    async stop() {
      stopped = true;
      clearInterval(pacer);
      clearTimeout(prober);
      for (const entry of entries.values()) clearTimeout(entry.timer);
      await Promise.all(underWay);
    },
  };
}

function newEntry(key: ServerKey): Entry {
  return { key, state: 'new', wasHeld: false, due: undefined, turnMs: undefined, failures: 0, error: undefined };
}

/** What came while it was under way is newer. */
function putBack(entry: Entry, due: Due): void {
  entry.due = entry.due === undefined ? due : merged(due, entry.due);
}

function goesNow(state: Entry['state'], pace: Pace): boolean {
  if (state === 'new') return true;
  if (state === 'paced') return pace !== 'paced';
  return (state === 'cooling' || state === 'held') && pace === 'now';
}

function dueOf(objects: readonly ChangedObject[], pace: Pace): Due {
  const versions = new Map(objects.map((o) => [o.uid, o.version]));
  return { pace, objects: versions, anything: objects.length === 0 };
}

function merged(first: Due, then: Due): Due {
  const objects = new Map([...first.objects, ...then.objects]);
  const anything = first.anything || then.anything || objects.size > MAX_OBJECTS;
  const kept = anything ? new Map([...objects].filter(([uid]) => uid === SERVER_API)) : objects;
  const pace = PACES.find((each) => each === first.pace || each === then.pace) ?? 'now';
  return { pace, objects: kept, anything };
}

function nudgeOf(due: Due): Nudge {
  const objects = [...due.objects].map(([uid, version]) => ({ uid, version }));
  return due.anything && objects.length > 0 ? { objects, anything: true } : { objects };
}

function backOffMs(failures: number): number {
  return Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** failures) * (0.75 + Math.random() * 0.25);
}

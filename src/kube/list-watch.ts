// List and watch one kind for as long as the process lives, without ever losing a final state: after whatever fault, the sink ends up
// knowing how each object looks now, or that it is gone.
import { pause } from '../waiting.ts';
import type { KubeObject } from '../api/kubernetes.ts';
import { KubeError, type KubeErrorKind } from './errors.ts';
import { createKnown, isOlder, type ObjectSink } from './known.ts';
import type { Kube } from './kube.ts';
import type { KindRef } from './paths.ts';

export interface WatchSource {
  readonly kind: KindRef;
  /** undefined: the whole cluster. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Nothing but metadata enters the process: for Secrets. */
  readonly metadataOnly?: boolean | undefined;
}

export interface ListWatchOptions {
  /** Everything is listed again after so long, ± 10 %; default 10 minutes. */
  readonly relistMs?: number | undefined;
  /** A silent watch is given up after so long; default 75 s, since bookmarks come every 60 s. */
  readonly idleMs?: number | undefined;
  /** Default 5 s. */
  readonly maxBackOffMs?: number | undefined;
}

/** Why a kind cannot be listed or watched; a sentence fit for logs and users. */
export interface WatchTrouble {
  readonly kind: KubeErrorKind | 'internal';
  readonly message: string;
}

/** Why everything was listed again. */
export type RelistReason = 'start' | 'periodic' | 'gone' | 'absent' | 'rewound' | 'garbage' | 'failures';

export interface WatchSink<T extends KubeObject> extends ObjectSink<T> {
  /** After every complete list. */
  synced?(reason: RelistReason): void;
  /** Told when it changes, not at each attempt; undefined: it works (again). */
  trouble?(trouble: WatchTrouble | undefined): void;
}

export interface ListWatchState {
  /** Listed completely at least once. */
  readonly synced: boolean;
  readonly trouble: WatchTrouble | undefined;
  /** Epoch ms of the last sign of life; 0 before the first. */
  readonly lastHeardMs: number;
  readonly objects: number;
}

export interface ListWatch {
  /** Runs until the signal aborts; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  state(): ListWatchState;
}

const WATCH_SECONDS = 300;
const LIST_TIMEOUT_MS = 30_000;
const FAILURES_BEFORE_RELIST = 5;
const FAILURES_BEFORE_TROUBLE = 3;
const FIRST_BACK_OFF_MS = 50;
const MAX_RETRY_AFTER_MS = 60_000;
/** A watch that ends sooner than this is a failure too: no tight loop. */
const SHORT_MS = 1_000;
/** These stay until somebody does something, so they are told at once. */
const STANDING: readonly WatchTrouble['kind'][] = ['api-absent', 'forbidden'];
/** After these a watch from the old position is worth nothing. After some failures of any kind a fresh list is the way out, too. */
const RELIST_AFTER: Partial<Record<WatchTrouble['kind'], RelistReason>> = {
  gone: 'gone',
  garbage: 'garbage',
  'api-absent': 'absent',
  forbidden: 'absent',
};
const ENDED_AT_ONCE: WatchTrouble = {
  kind: 'server',
  message: 'The API server ends each watch as soon as it has begun',
};

/** A list-and-watch of one kind, in one namespace or in the whole cluster. */
export function listWatch<T extends KubeObject>(
  kube: Kube,
  source: WatchSource,
  sink: WatchSink<T>,
  options: ListWatchOptions = {},
): ListWatch {
  const { relistMs = 600_000, idleMs = 75_000, maxBackOffMs = 5_000 } = options;
  const { kind, namespace, ...selection } = source;
  const known = createKnown(sink);
  let position = ''; // where the next watch begins
  let relist: RelistReason | undefined = 'start'; // why the next round lists first
  let relistAtMs = 0;
  let synced = false;
  let trouble: WatchTrouble | undefined;
  let lastHeardMs = 0;

  const heard = (): void => {
    lastHeardMs = Date.now();
  };
  const tell = (now: WatchTrouble | undefined): void => {
    if (now?.kind === trouble?.kind && now?.message === trouble?.message) return;
    trouble = now;
    sink.trouble?.(now);
  };

  async function list(signal: AbortSignal, reason: RelistReason): Promise<void> {
    const page = await kube.list<T>(kind, namespace, { ...selection, signal, timeoutMs: LIST_TIMEOUT_MS });
    heard();
    const rewound = isOlder(page.resourceVersion, position);
    if (rewound) known.forgetVersions(); // a store restored from a backup: the same version may name another state
    known.replaceAll(page.items);
    position = page.resourceVersion;
    relistAtMs = Date.now() + jittered(relistMs, 0.1);
    relist = undefined;
    synced = true;
    sink.synced?.(rewound ? 'rewound' : reason);
  }

  async function watch(signal: AbortSignal): Promise<void> {
    const untilRelistSeconds = Math.max(1, (relistAtMs - Date.now()) / 1000);
    const events = kube.watch<T>(kind, namespace, {
      ...selection,
      idleMs,
      signal,
      resourceVersion: position,
      timeoutSeconds: Math.ceil(Math.min(jittered(WATCH_SECONDS, 0.1), untilRelistSeconds)),
      heard() {
        heard();
        tell(undefined);
      },
    });
    for await (const event of events) {
      const version = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion;
      if (isOlder(version, position)) {
        relist = 'rewound';
        return;
      }
      if (event.type === 'DELETED') known.remove(event.object);
      else if (event.type !== 'BOOKMARK') known.upsert(event.object);
      position = version;
    }
  }

  /** One list (if due) and one watch. */
  async function round(signal: AbortSignal): Promise<void> {
    if (relist === undefined && Date.now() >= relistAtMs) relist = 'periodic';
    if (relist !== undefined) await list(signal, relist);
    await watch(signal);
  }

  /** One round; the error that it ended with, undefined when all is well. */
  async function attempt(signal: AbortSignal): Promise<unknown> {
    const beganMs = Date.now();
    try {
      await round(signal);
      return Date.now() - beganMs < SHORT_MS ? ENDED_AT_ONCE : undefined;
    } catch (error) {
      return error;
    }
  }

  function noteFailure(error: unknown, failures: number): void {
    const now = troubleOf(error);
    relist ??= RELIST_AFTER[now.kind] ?? (failures % FAILURES_BEFORE_RELIST === 0 ? 'failures' : undefined);
    if (STANDING.includes(now.kind) || failures >= FAILURES_BEFORE_TROUBLE) tell(now);
  }

  return {
    async run(signal) {
      const stopped = (): boolean => signal.aborted;
      for (let failures = 0; !stopped();) {
        const beganMs = Date.now();
        const error = await attempt(signal);
        if (error === undefined || stopped()) {
          failures = 0;
          continue;
        }
        failures = lastHeardMs >= beganMs + SHORT_MS ? 1 : failures + 1;
        noteFailure(error, failures);
        await pause(backOffMs(failures, maxBackOffMs, error), signal);
      }
    },
    state: () => ({ synced, trouble, lastHeardMs, objects: known.size() }),
  };
}

function troubleOf(error: unknown): WatchTrouble {
  if (error === ENDED_AT_ONCE) return ENDED_AT_ONCE;
  if (error instanceof KubeError) return { kind: error.kind, message: error.message };
  return { kind: 'internal', message: 'An object that was seen could not be handled' };
}

function backOffMs(failures: number, maxMs: number, error: unknown): number {
  const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
  const grown = Math.min(maxMs, FIRST_BACK_OFF_MS * 2 ** failures);
  return Math.max(Math.min(asked, MAX_RETRY_AFTER_MS), jittered(grown, 0.5));
}

/** The value, more or less by the given share. */
function jittered(value: number, share: number): number {
  return value * (1 - share + Math.random() * 2 * share);
}

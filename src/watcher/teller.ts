// The one thing that the watcher writes: the condition EngineReachable, under a field manager of its own. It is there only while it
// tells of trouble, so that a DittoServer for which all goes well is never written to.
import type { Logger } from 'pino';
import type { DittoServer } from '../api/generated/ditto-server.ts';
import { timestamp, type Condition, type KubeObject, type Stored } from '../api/kubernetes.ts';
import { DITTO_SERVER } from '../api/names.ts';
import { WATCHER_CONDITION } from '../api/reasons.ts';
import { storedConditions } from '../api/stored.ts';
import { FIELD_MANAGER, isOlder, KubeError, type Kube, type KubeErrorKind } from '../kube/index.ts';
import type { Counters } from './counters.ts';
import { serverKey, splitKey, type ServerKey } from './directory.ts';
import type { Telling } from './visits.ts';

/** What a DittoServer shows. */
export interface Shown {
  readonly uid: string;
  readonly version: string;
  readonly generation: number;
  /** The provisioner has told something of it already. */
  readonly looked: boolean;
  readonly condition: Condition | undefined;
  /** The watcher has told something that is still there. */
  readonly ours: boolean;
}

/** What it is to show: something, nothing, or what it shows already, whatever that is. */
export type Opinion = Telling | 'nothing' | 'as it is';

export interface TellerOptions {
  readonly kube: Kube;
  readonly log: Logger;
  readonly counters?: Counters | undefined;
  /** Asked before each write. */
  readonly mayWrite: () => boolean;
}

export interface Teller {
  /** What the watch brings. */
  observe(server: Stored<DittoServer>): void;
  forget(key: ServerKey): void;
  /** Writes where the opinion differs from what is shown. Never rejects. */
  round(opinion: (key: ServerKey, shown: Shown) => Opinion): Promise<void>;
}

/** Its fields are ours alone, and go when we apply nothing. */
export const WATCHER_MANAGER = `${FIELD_MANAGER}-watcher`;

/** Half of what the limiter lets through, so that the worker's writes are not behind a thousand of these. */
const IN_FLIGHT = 4;
const WRITE_MS = 5_000;
/** Whoever else writes the condition is not answered more often than this. */
const AGAIN_MS = 5_000;
/** After a failure that concerns all nothing is tried for so long. */
const REFUSED_MS = 10_000;
const OF_ALL: readonly KubeErrorKind[] = ['network', 'throttled', 'server', 'unauthorized', 'forbidden'];
/** After one of a single DittoServer, of which something else is wrong, that one is left alone for so long. */
const UNFIT_MS = 600_000;

/** The writer of one watcher. */
export function createTeller({ kube, log, counters, mayWrite }: TellerOptions): Teller {
  const servers = new Map<ServerKey, Shown>();
  /** What the watch has brought since, although it is older than the answer to our own write. */
  const older = new Map<ServerKey, Shown>();
  const writtenMs = new Map<ServerKey, number>();
  const unfitUntilMs = new Map<ServerKey, number>();
  let resumeMs = 0;

  const justWritten = (key: ServerKey): boolean => Date.now() - (writtenMs.get(key) ?? -Infinity) < AGAIN_MS;

  const observe = (server: Stored<DittoServer>): void => {
    const { namespace = '', name } = server.metadata;
    const key = serverKey(namespace, name);
    const before = servers.get(key);
    const shown = shownBy(server);
    // The answer to our own write may overtake the watch. At any other time an older version is that of a restored store.
    const late = before?.uid === shown.uid && isOlder(shown.version, before.version) && justWritten(key);
    if (late) {
      older.set(key, shown);
      return;
    }
    servers.set(key, shown);
    older.delete(key);
  };

  /** A late event is followed by that of our own write. What is the last that the watch has brought is what is there. */
  const believeOlder = (): void => {
    for (const [key, shown] of older) {
      if (justWritten(key)) continue;
      servers.set(key, shown);
      older.delete(key);
    }
  };

  /** Holds whatever its version, unless the watch has brought something newer meanwhile, or told that the DittoServer is gone. */
  const answered = (key: ServerKey, before: Shown, server: Stored<DittoServer>): void => {
    const now = servers.get(key);
    const shown = shownBy(server);
    if (now?.uid !== shown.uid || (now !== before && isOlder(shown.version, now.version))) return;
    servers.set(key, shown);
    writtenMs.set(key, Date.now());
  };

  async function write(key: ServerKey, shown: Shown, telling: Telling | undefined): Promise<void> {
    const { uid } = shown;
    writtenMs.set(key, Date.now());
    const object = {
      ...DITTO_SERVER,
      metadata: { ...splitKey(key), uid },
      ...(telling && { status: { conditions: [conditionOf(shown, telling)] } }),
    };
    const options = { subresource: 'status', fieldManager: WATCHER_MANAGER, timeoutMs: WRITE_MS } as const;
    try {
      answered(key, shown, await kube.apply<DittoServer & KubeObject>(object, options));
      counters?.count('conditions_written');
    } catch (error) {
      if (isGone(error)) return;
      if (!(error instanceof KubeError) || OF_ALL.includes(error.kind)) resumeMs = Date.now() + REFUSED_MS;
      else unfitUntilMs.set(key, Date.now() + UNFIT_MS);
      const message = error instanceof KubeError ? error.message : 'it was not taken';
      log.warn({ dittoServer: key }, `the condition ${WATCHER_CONDITION} cannot be written: ${message}`);
    }
  }

  return {
    observe,
    forget(key) {
      servers.delete(key);
      older.delete(key);
      writtenMs.delete(key);
      unfitUntilMs.delete(key);
    },
    async round(opinion) {
      believeOlder();
      const changes = [...servers].flatMap(([key, shown]) => {
        const wanted = opinion(key, shown);
        const unfit = Date.now() < (unfitUntilMs.get(key) ?? 0);
        return justWritten(key) || unfit || isShown(wanted, shown)
          ? []
          : [{ key, shown, wanted: wanted === 'nothing' ? undefined : wanted }];
      });
      const next = async (): Promise<void> => {
        for (let one = changes.shift(); one; one = changes.shift()) {
          if (!mayWrite() || Date.now() < resumeMs) return;
          await write(one.key, one.shown, one.wanted);
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, next));
    },
  };
}

function shownBy({ metadata, status }: Stored<DittoServer>): Shown {
  const conditions = storedConditions(status);
  return {
    uid: metadata.uid,
    version: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    looked: (status?.observedGeneration ?? -1) >= 0,
    condition: conditions.find(({ type }) => type === WATCHER_CONDITION),
    ours: (metadata.managedFields ?? []).some(({ manager }) => manager === WATCHER_MANAGER),
  };
}

/** "Nothing" concerns what we have told; what somebody else put there stays. */
function isShown(wanted: Opinion, { condition, ours }: Shown): wanted is 'as it is' {
  if (wanted === 'as it is') return true;
  if (wanted === 'nothing') return !ours;
  const { status, reason, message } = wanted;
  return condition?.status === status && condition.reason === reason && condition.message === message;
}

function conditionOf({ condition, generation }: Shown, { status, reason, message }: Telling) {
  const now = timestamp(Date.now());
  const since = condition?.status === status ? condition.lastTransitionTime : now;
  return {
    type: WATCHER_CONDITION,
    status,
    reason,
    message,
    observedGeneration: generation,
    lastTransitionTime: since,
  };
}

/** Deleted meanwhile, or deleted and made again: the watch tells. */
function isGone(error: unknown): boolean {
  return error instanceof KubeError && ['not-found', 'uid-mismatch'].includes(error.kind);
}

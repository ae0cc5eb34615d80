// What becomes of a change that a list-and-watch tells: a nudge for each DittoServer that it concerns.
import { digest } from '../api/fingerprint.ts';
import type { DittoServer } from '../api/generated/ditto-server.ts';
import type { Stored } from '../api/kubernetes.ts';
import { names } from '../api/names.ts';
import { WATCHER_CONDITION } from '../api/reasons.ts';
import { storedConditions } from '../api/stored.ts';
import type { Gone, WatchSink } from '../kube/index.ts';
import type { ChangedObject } from '../../workflows/messages.ts';
import type { Counters } from './counters.ts';
import { serverKey, splitKey, type Directory, type ServerKey, type Subject } from './directory.ts';
import type { WatchedKind } from './kinds.ts';
import type { Leftovers } from './leftovers.ts';
import type { ProbedServers } from './probe.ts';
import type { Nudges, Pace } from './nudges.ts';
import type { Teller } from './teller.ts';
import type { Visits } from './visits.ts';

export interface SinkDeps {
  readonly directory: Directory;
  readonly nudges: Nudges;
  readonly teller: Pick<Teller, 'observe' | 'forget'>;
  readonly visits: Pick<Visits, 'forget'>;
  readonly counters?: Counters | undefined;
  /** Told of what may outlive its DittoServer. */
  readonly leftovers?: Pick<Leftovers, 'put' | 'remove'> | undefined;
  /** Told of every DittoServer. */
  readonly probed?: Pick<ProbedServers, 'put' | 'remove'> | undefined;
}

/** Without `synced` telling why: what comes before the first complete list is not news. */
export interface Sink extends Pick<WatchSink<Stored>, 'upsert' | 'remove'> {
  synced(): void;
  /** The objects can be watched again. */
  recovered?(): void;
}

/** A DittoServer as it was last told. */
interface KnownServer {
  readonly object: ChangedObject;
  readonly intent: string;
  readonly content: string;
}

/** DittoServers themselves: they fill the directory. What the user does to them is urgent; a change of status is not. */
export function serverSink({ directory, nudges, teller, visits, counters, probed }: SinkDeps): Sink {
  const known = new Map<ServerKey, KnownServer>();
  let listed = false;

  const paceOf = (server: Stored<DittoServer>, isAsBefore: boolean): Pace => {
    if (!listed) return isSettled(server) ? 'paced' : 'now';
    return isAsBefore ? 'soon' : 'now';
  };

  return {
    upsert(object) {
      const server: Stored<DittoServer> = object as Stored<DittoServer>;
      const { namespace = '', name, uid, resourceVersion } = server.metadata;
      const key = serverKey(namespace, name);
      const before = known.get(key);
      const now = { object: { uid, version: resourceVersion }, intent: intentOf(server), content: contentOf(server) };
      directory.put(server);
      teller.observe(server);
      probed?.put(server);
      // Last: where one of these throws, the same object comes again, and must not look like an echo.
      known.set(key, now);
      if (listed && before?.content === now.content) {
        counters?.count('echoes');
        return;
      }
      // After a start nobody knows what happened meanwhile, so the versions prove nothing.
      nudges.add(key, listed ? [now.object] : [], paceOf(server, before?.intent === now.intent));
    },
    remove({ namespace, name, uid }) {
      const key = serverKey(namespace, name);
      directory.remove(key);
      teller.forget(key);
      visits.forget(key);
      known.delete(key);
      probed?.remove(key);
      nudges.add(key, [{ uid, version: 'gone' }], 'now');
    },
    synced() {
      listed = true;
    },
    // A list tells what changed meanwhile, and nothing of the others. To a workflow whose last look failed any version is news.
    recovered() {
      for (const [key, { object }] of known) nudges.add(key, [object], 'paced');
    },
  };
}

/**
 * All that a look can see of a DittoServer, as a digest: without the condition that the watcher writes itself, and what says who
 * wrote when. An event with the content that has been nudged about already tells a look nothing: it is the echo of our own write.
 * Of a write of the worker that cannot be said: a late one of an attempt that was given up looks the same, and its own event mends
 * it (echoes.ts knows the others).
 */
function contentOf({ metadata, status, ...rest }: Stored<DittoServer>): string {
  const described = { ...metadata, resourceVersion: '', managedFields: [] };
  const conditions = storedConditions(status).filter(({ type }) => type !== WATCHER_CONDITION);
  return digest([rest, described, { ...status, conditions }]);
}

/** What the user wants of a DittoServer, as far as a change of it must not wait. */
function intentOf(server: Stored<DittoServer>): string {
  const { uid, generation, deletionTimestamp, annotations } = server.metadata;
  return JSON.stringify([uid, generation, deletionTimestamp, Object.entries(annotations ?? {}).sort()]);
}

/** Ready for the generation that it has now, and not being deleted. */
function isSettled(server: Stored<DittoServer>): boolean {
  const ready = storedConditions(server.status).find((condition) => condition.type === 'Ready');
  const current = ready?.observedGeneration === server.metadata.generation;
  return ready?.status === 'True' && current && server.metadata.deletionTimestamp === undefined;
}

/** Any other kind. */
export function childSink(kind: WatchedKind, { directory, nudges, leftovers }: SinkDeps, scope?: string): Sink {
  const labelled = new Map<string, readonly Subject[]>();
  const urgency = new Map<string, string>();
  let listed = false;

  const nudge = (subjects: readonly Subject[], changed: { uid: string; version: string }, pace: Pace): void => {
    const keys = new Set(subjects.flatMap((subject) => directory.concernedBy(subject)));
    for (const key of keys) nudges.add(key, [changed], pace);
  };

  const paceOf = (object: Stored, id: string): Pace => {
    const value = kind.urgent?.(object);
    const before = urgency.get(id);
    if (value !== undefined) urgency.set(id, value);
    if (!listed) return 'paced';
    return before === value ? 'soon' : 'now';
  };

  const missing = (): readonly ServerKey[] => {
    const { expected } = kind;
    if (!expected) return [];
    return directory.keys().filter((key) => {
      const { namespace, name } = splitKey(key);
      if (scope !== undefined && namespace !== scope) return false;
      return expected(names(name)).some((child) => !labelled.has(`${namespace}/${child}`));
    });
  };

  return {
    upsert(object) {
      const subjects = kind.subjects(object);
      const id = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
      if (kind.byLabel) labelled.set(id, subjects);
      leftovers?.put(kind, object);
      const pace = paceOf(object, id);
      if (kind.ignored?.(object) || (kind.newsOnly && !listed)) return;
      nudge(subjects, { uid: object.metadata.uid, version: object.metadata.resourceVersion }, pace);
    },
    remove(gone) {
      const id = `${gone.namespace}/${gone.name}`;
      if (!kind.newsOnly)
        nudge(labelled.get(id) ?? [subjectOf(kind, gone)], { uid: gone.uid, version: 'gone' }, 'soon');
      labelled.delete(id);
      urgency.delete(id);
      leftovers?.remove(kind, id);
    },
    synced() {
      // What was made and deleted between two lists was told by neither, but our own worker may have made it and believe in it.
      if (listed) for (const key of missing()) nudges.add(key, [], 'paced');
      listed = true;
    },
  };
}

function subjectOf(kind: WatchedKind, { namespace, name }: Gone): Subject {
  return { kind: kind.source.kind.kind, namespace, name };
}

// One list-and-watch per kind and namespace, each on its own: what an installation does not have or may not see is told and retried
// alone, and holds up nothing else.
import type { Logger } from 'pino';
import type { Stored } from '../api/kubernetes.ts';
import { DITTO_SERVER, PERCONA_PG_CLUSTER, SERVICE_MONITOR } from '../api/names.ts';
import {
  listWatch,
  type Kube,
  type ListWatch,
  type ListWatchOptions,
  type WatchSink,
  type WatchTrouble,
} from '../kube/index.ts';
import type { Counters } from './counters.ts';
import { WATCHED_KINDS, type WatchedKind } from './kinds.ts';
import { childSink, serverSink, type Sink, type SinkDeps } from './sinks.ts';

export interface Watch {
  readonly title: string;
  /** Watches the DittoServers themselves. */
  readonly ofServers: boolean;
  readonly loop: ListWatch;
}

export interface WatchesOptions {
  readonly kube: Kube;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly log: Logger;
  readonly counters?: Counters;
  readonly listWatch?: ListWatchOptions;
}

export interface Readiness {
  readonly ready: boolean;
  /** What is not (yet) served, in sentences; may be there when ready, too. */
  readonly reasons: readonly string[];
}

type Watched = Pick<WatchedKind, 'title' | 'source' | 'newsOnly'>;

/** Longer than the API server keeps any watch open (list-watch.ts), so that a silent one ends in peace. */
const NO_BOOKMARKS_MS = 600_000;

const SERVERS: Watched = { title: 'DittoServers', source: { kind: DITTO_SERVER } };

/** All watches, not yet running. */
export function createWatches(options: WatchesOptions, deps: SinkDeps): readonly Watch[] {
  const scopes = options.namespaces.length === 0 ? [undefined] : options.namespaces;
  return [
    ...scopes.map((namespace) => createWatch(options, deps, { watched: SERVERS, namespace, sink: serverSink(deps) })),
    ...WATCHED_KINDS.flatMap((kind) =>
      (kind.clusterScope ? [undefined] : scopes).map((namespace) =>
        createWatch(options, deps, { watched: kind, namespace, sink: childSink(kind, deps, namespace) }),
      ),
    ),
  ];
}

interface One {
  readonly watched: Watched;
  readonly namespace: string | undefined;
  readonly sink: Sink;
}

function createWatch(options: WatchesOptions, deps: SinkDeps, { watched, namespace, sink }: One): Watch {
  const title = namespace === undefined ? watched.title : `${watched.title} in ${namespace}`;
  let absent = false;
  const told: WatchSink<Stored> = {
    ...sink,
    synced(reason) {
      sink.synced();
      options.counters?.count('relists', { kind: title, reason });
    },
    trouble(trouble) {
      logTrouble(options.log, title, trouble);
      if (trouble === undefined) sink.recovered?.();
      const absentNow = trouble?.kind === 'api-absent';
      if (absentNow !== absent && watched.source.kind === PERCONA_PG_CLUSTER) perconaCameOrWent(deps, namespace);
      if (absent && !absentNow && watched.source.kind.kind === SERVICE_MONITOR.kind) monitoringCame(deps, namespace);
      absent = absentNow;
    },
  };
  const silent = watched.newsOnly ? { idleMs: NO_BOOKMARKS_MS } : {};
  const loop = listWatch(options.kube, { ...watched.source, namespace }, told, { ...options.listWatch, ...silent });
  return { title, ofServers: watched === SERVERS, loop };
}

/** Whether Percona's API is there changes what there is to say about every DittoServer with Percona. */
function perconaCameOrWent({ directory, nudges }: SinkDeps, namespace: string | undefined): void {
  for (const key of directory.withPercona(namespace)) nudges.add(key, [], 'now');
}

/** A ServiceMonitor that was asked for in vain can be made now. Nobody waits for it, so there is no hurry. */
function monitoringCame({ directory, nudges }: SinkDeps, namespace: string | undefined): void {
  const concerned = directory.keys().filter((key) => namespace === undefined || key.startsWith(`${namespace}/`));
  for (const key of concerned) nudges.add(key, [], 'paced');
}

function logTrouble(log: Logger, title: string, trouble: WatchTrouble | undefined): void {
  if (trouble === undefined) log.info({ kind: title }, `${title} can be watched again`);
  else log.warn({ kind: title, trouble: trouble.kind }, `${title} cannot be watched: ${trouble.message}`);
}

/** Every list is complete, or known to be refused. */
export const areDecided = (watches: readonly Watch[]): boolean =>
  watches.map(({ loop }) => loop.state()).every(({ synced, trouble }) => synced || trouble !== undefined);

/** Ready once the DittoServers of at least one namespace are listed, and those of the others are listed or known to be refused. */
export function readiness(watches: readonly Watch[]): Readiness {
  const states = watches.map(({ title, ofServers, loop }) => ({ title, ofServers, ...loop.state() }));
  const servers = states.filter((state) => state.ofServers);
  const decided = servers.every((state) => state.synced || state.trouble?.kind === 'forbidden');
  const reasons = states.flatMap((state) => {
    if (state.trouble !== undefined) return [`${state.title}: ${state.trouble.message}`];
    return state.synced ? [] : [`${state.title} are not listed yet`];
  });
  return { ready: decided && servers.some((state) => state.synced), reasons };
}

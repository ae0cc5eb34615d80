// The kinds of objects that are watched beside DittoServers, and for each: whom a change concerns and how urgent it is.
import type { KubeObject, Stored } from '../api/kubernetes.ts';
import {
  APP,
  LABELS,
  PERCONA_PG_CLUSTER,
  POSTGRES_CLUSTER,
  POSTGRES_CLUSTER_LABEL,
  SERVICE_MONITOR,
  type Names,
} from '../api/names.ts';
import type { WatchSource } from '../kube/index.ts';
import type { Subject } from './directory.ts';

export interface WatchedKind {
  /** In logs, readiness and metrics. */
  readonly title: string;
  readonly source: Omit<WatchSource, 'namespace'>;
  /** One watch for the whole cluster, also when only some namespaces are served. */
  readonly clusterScope?: true;
  /** Names of what every DittoServer has once it is provisioned. */
  readonly expected?: (of: Names) => readonly string[];
  /** Objects that decide whom a change concerns. */
  readonly subjects: (object: Stored) => readonly Subject[];
  /** Subjects follow from labels, which are not known any more when the object is gone. */
  readonly byLabel?: true;
  /** When this value changes, nobody waits for more changes to come. */
  readonly urgent?: (object: Stored) => string;
  /** Such objects tell nothing (repeated events). */
  readonly ignored?: (object: Stored) => boolean;
  /**
   * Only what comes after the first list is told, and no removal: each object is news, not a state. The API server keeps no watch cache
   * of Events, and so sends no bookmarks: silence proves nothing there.
   */
  readonly newsOnly?: true;
  /** It may outlive its DittoServer: data, or a key that unlocks data (leftovers.ts). */
  readonly outlives?: 'data' | 'key';
}

const OURS = `${LABELS.app}=${APP}`;

const itself = (object: Stored): readonly Subject[] => [subjectOf(object)];

function subjectOf(object: KubeObject): Subject {
  const { namespace = '', name, labels } = object.metadata;
  return { kind: object.kind, namespace, name, labels };
}

function databaseOf(namespace: string, cluster: string): Subject {
  return { kind: PERCONA_PG_CLUSTER.kind, namespace, name: cluster };
}

interface Event extends KubeObject {
  readonly involvedObject?: { readonly kind?: string; readonly namespace?: string; readonly name?: string };
  readonly count?: number;
  readonly series?: unknown;
}

/** What an event is about, and the databases that it may belong to by its name: `<server>-postgres-instance1-abcd-0`. */
function eventSubjects(event: Event): readonly Subject[] {
  const { kind = '', namespace = '', name = '' } = event.involvedObject ?? {};
  if (kind === 'DittoServer') return []; // our own events
  const databases = [...name.matchAll(/-postgres(?=-|$)/g)].map((m) =>
    databaseOf(namespace, name.slice(0, m.index + m[0].length)),
  );
  return [{ kind, namespace, name }, ...databases];
}

/** A kind of which only what carries our label is watched. */
const ours = (
  title: string,
  apiVersion: string,
  kind: string,
  expected?: (of: Names) => readonly string[],
): WatchedKind => ({
  title,
  source: { kind: { apiVersion, kind }, labelSelector: OURS },
  subjects: itself,
  byLabel: true,
  ...(expected && { expected }),
});

/** A kind of which what Percona's operator made for a cluster is watched. */
const ofDatabase = (title: string, kind: string): WatchedKind => ({
  title,
  source: { kind: { apiVersion: 'v1', kind }, labelSelector: POSTGRES_CLUSTER_LABEL },
  subjects: ({ metadata: { namespace = '', labels } }) => [
    databaseOf(namespace, labels?.[POSTGRES_CLUSTER_LABEL] ?? ''),
  ],
  byLabel: true,
});

/** The table. What an installation may not see, or does not have, is told and retried alone. */
export const WATCHED_KINDS: readonly WatchedKind[] = [
  ours('StatefulSets', 'apps/v1', 'StatefulSet', ({ statefulSet }) => [statefulSet]),
  ours('Pods', 'v1', 'Pod'),
  { ...ours('PersistentVolumeClaims', 'v1', 'PersistentVolumeClaim'), outlives: 'data' },
  ours('Services', 'v1', 'Service', ({ headlessService, apiService }) => [headlessService, apiService]),
  ours('ConfigMaps', 'v1', 'ConfigMap', ({ configMap }) => [configMap]),
  ours('NetworkPolicies', 'networking.k8s.io/v1', 'NetworkPolicy', ({ baselineNetworkPolicy }) => [
    baselineNetworkPolicy,
  ]),
  ours('ServiceMonitors', SERVICE_MONITOR.apiVersion, SERVICE_MONITOR.kind),
  {
    title: 'PerconaPGClusters',
    source: { kind: PERCONA_PG_CLUSTER },
    outlives: 'data',
    subjects: itself,
    urgent: (cluster: Stored<KubeObject & { readonly status?: { readonly state?: string } }>) =>
      cluster.status?.state ?? '',
  },
  {
    title: 'Secrets',
    source: { kind: { apiVersion: 'v1', kind: 'Secret' }, metadataOnly: true },
    subjects: itself,
    outlives: 'key',
  },
  ofDatabase('database Pods', 'Pod'),
  { ...ofDatabase('database PersistentVolumeClaims', 'PersistentVolumeClaim'), outlives: 'data' },
  {
    title: 'PostgresClusters',
    source: { kind: POSTGRES_CLUSTER, metadataOnly: true },
    subjects: ({ metadata: { namespace = '', name } }) => [databaseOf(namespace, name)],
    byLabel: true,
    // Only its end is waited for.
    ignored: () => true,
  },
  {
    title: 'StorageClasses',
    source: { kind: { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' } },
    clusterScope: true,
    subjects: itself,
  },
  {
    title: 'warning Events',
    source: { kind: { apiVersion: 'v1', kind: 'Event' }, fieldSelector: 'type=Warning' },
    subjects: eventSubjects,
    ignored: (event: Stored<Event>) => (event.count ?? 0) > 1 || event.series !== undefined,
    newsOnly: true,
  },
];

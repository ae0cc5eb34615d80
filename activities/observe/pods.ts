// Pods, volume claims and warnings, reduced to what tells why something is not ready.
import type { V1Pod, V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import { labels, postgresClusterLabels } from '../../src/api/names.ts';
import type { ClaimFact, Fact, PodFact, WarningFact } from '../../src/requirements/facts.ts';
import { isOverdue } from '../../src/requirements/pod-trouble.ts';
import { mapFact, type Reader } from './read.ts';

type PodStatus = Pick<
  NonNullable<V1Pod['status']>,
  'phase' | 'conditions' | 'initContainerStatuses' | 'containerStatuses'
>;
type Pod = KubeObject & { readonly spec?: Pick<NonNullable<V1Pod['spec']>, 'nodeName'>; readonly status?: PodStatus };
export type Claim = KubeObject & {
  readonly spec?: V1PersistentVolumeClaim['spec'];
  readonly status?: V1PersistentVolumeClaim['status'];
};
interface CoreEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

const MAX_NOTE = 300;

/** A label selector of all these. */
export const selector = (wanted: Readonly<Record<string, string>>): string =>
  Object.entries(wanted)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');

type PodCondition = NonNullable<PodStatus['conditions']>[number];

/** The scheduler's words, when it finds no place for the pod. */
function unschedulableOf(scheduled: PodCondition | undefined): string {
  return scheduled?.status === 'False' ? (scheduled.message ?? scheduled.reason ?? '') : '';
}

/** By what it is known of which revision a pod of a StatefulSet is. */
const REVISION_LABEL = 'controller-revision-hash';

function controlOf({ ownerReferences = [], labels = {} }: Stored['metadata']) {
  const controllerUid = ownerReferences.find(({ controller }) => controller === true)?.uid ?? '';
  return { controllerUid, revision: labels[REVISION_LABEL] ?? '' };
}

function leavingOf({ deletionTimestamp }: Stored['metadata']): Pick<PodFact, 'terminating' | 'goneByMs'> {
  if (deletionTimestamp === undefined) return { terminating: false };
  // Kubernetes sets it to the moment at which the grace time ends.
  return { terminating: true, goneByMs: Date.parse(deletionTimestamp) };
}

function podFact({ metadata, spec, status }: Stored<Pod>): PodFact {
  const { phase = '', conditions = [], initContainerStatuses = [], containerStatuses = [] } = status ?? {};
  const condition = (type: string) => conditions.find((one) => one.type === type);
  return {
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    phase,
    ...leavingOf(metadata),
    nodeName: spec?.nodeName ?? '',
    ready: condition('Ready')?.status === 'True',
    ...controlOf(metadata),
    unschedulable: unschedulableOf(condition('PodScheduled')),
    initContainers: initContainerStatuses as unknown as PodFact['initContainers'],
    containers: containerStatuses as unknown as PodFact['containers'],
  };
}

const sizeOf = (spec: Claim['spec']): Pick<ClaimFact, 'size'> => {
  const size = spec?.resources?.requests?.storage;
  return size === undefined ? {} : { size };
};

export const claimFact = ({ metadata, spec, status }: Stored<Claim>): ClaimFact => ({
  name: metadata.name,
  uid: metadata.uid,
  resourceVersion: metadata.resourceVersion,
  phase: status?.phase ?? '',
  terminating: metadata.deletionTimestamp !== undefined,
  storageClass: spec?.storageClassName ?? '',
  ...sizeOf(spec),
});

const POD = { apiVersion: 'v1', kind: 'Pod' } as const;
const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;

async function list<T extends KubeObject, F>(
  read: Reader,
  kind: typeof POD | typeof CLAIM,
  wanted: Readonly<Record<string, string>>,
  turn: (object: Stored<T>) => F,
): Promise<Fact<readonly F[]>> {
  return mapFact(await read.list<T>(kind, { labelSelector: selector(wanted) }), (items) => items.map(turn));
}

/** Pods of the StatefulSet. */
export const readPods = (read: Reader, server: string): Promise<Fact<readonly PodFact[]>> =>
  list(read, POD, labels(server), podFact);

type Node = KubeObject & { readonly status?: { readonly conditions?: readonly { type: string; status: string }[] } };

/** Pods that should be gone, with whether their nodes are ready. Nodes live at cluster scope: where they may not be read it stays unknown. */
export function withNodes(read: Reader, pods: readonly PodFact[], nowMs: number): Promise<readonly PodFact[]> {
  return Promise.all(
    pods.map(async (pod) => {
      if (!isOverdue(pod, nowMs) || pod.nodeName === '') return pod;
      const node = await read.get<Node>({ apiVersion: 'v1', kind: 'Node', metadata: { name: pod.nodeName } });
      if (node.state === 'unreadable') return pod;
      const conditions = node.state === 'known' ? (node.value.status?.conditions ?? []) : [];
      return { ...pod, nodeReady: conditions.some(({ type, status }) => type === 'Ready' && status === 'True') };
    }),
  );
}

/** Claims of the StatefulSet's volumes, which outlive it; Kubernetes labels them with its selector. */
export const readClaims = (read: Reader, server: string): Promise<Fact<readonly ClaimFact[]>> =>
  list(read, CLAIM, labels(server), claimFact);

/** Pods of the PerconaPGCluster. */
export const readDatabasePods = (read: Reader, server: string): Promise<Fact<readonly PodFact[]>> =>
  list(read, POD, postgresClusterLabels(server), podFact);

/** Claims that hold PostgreSQL data; the operator labels them so (2.9.0) and leaves them when the cluster is deleted. */
export const readDatabaseClaims = (read: Reader, server: string): Promise<Fact<readonly ClaimFact[]>> =>
  list(
    read,
    CLAIM,
    { ...postgresClusterLabels(server), 'postgres-operator.crunchydata.com/data': 'postgres' },
    claimFact,
  );

/** Secrets that Percona's operator made for a PerconaPGCluster and labelled (2.9.0), by name. */
export interface DatabaseSecrets {
  /** With user, password and uri: one that is there when a cluster is made goes on counting. */
  readonly users: readonly string[];
  /** Made anew where they do not fit the cluster's CA, which goes with it. */
  readonly certificates: readonly string[];
}

/** On Secrets of users; the value names the user. */
const DATABASE_USER_LABEL = 'postgres-operator.crunchydata.com/pguser';

/** The Secrets of the PerconaPGCluster; their values are not read. */
export async function readDatabaseSecrets(read: Reader, server: string): Promise<Fact<DatabaseSecrets>> {
  const options = { labelSelector: selector(postgresClusterLabels(server)), metadataOnly: true };
  const secrets = await read.list({ apiVersion: 'v1', kind: 'Secret' }, options);
  return mapFact(secrets, (items) => {
    const isOfUser = ({ metadata: { labels: worn } }: KubeObject) => worn?.[DATABASE_USER_LABEL] !== undefined;
    const namesOf = (some: readonly Stored[]) => some.map(({ metadata }) => metadata.name).sort();
    return { users: namesOf(items.filter(isOfUser)), certificates: namesOf(items.filter((one) => !isOfUser(one))) };
  });
}

/** Warnings about the named object. Unreadable ones are none: they only explain. */
export async function readWarnings(read: Reader, kind: string, name: string): Promise<readonly WarningFact[]> {
  const fieldSelector = `involvedObject.name=${name},involvedObject.kind=${kind},type=Warning`;
  const fact = await read.list<CoreEvent>({ apiVersion: 'v1', kind: 'Event' }, { fieldSelector, limit: 20 });
  if (fact.state !== 'known') return [];
  return fact.value.map(({ reason, message, involvedObject }) => ({
    kind: involvedObject?.kind ?? kind,
    name: involvedObject?.name ?? name,
    reason: reason ?? '',
    note: (message ?? '').slice(0, MAX_NOTE),
  }));
}

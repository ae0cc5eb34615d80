// The PerconaPGCluster: made by a plain create, since an apply would silently take over a foreign cluster of that name; and
// changed without force, so that what users edited on it is reported, not overwritten.
import type { ManagedFieldsEntry, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import {
  ANNOTATIONS,
  BACKUP_REPOSITORY,
  DOCUMENTED_PERCONA_NAME_LENGTH,
  names,
  PERCONA_PG_CLUSTER,
  POSTGRES_CLUSTER_LABEL,
} from '../src/api/names.ts';
import type { PerconaPGCluster } from '../src/api/percona.ts';
import { parseOperatorVersion, postgresCluster, type RenderableServer } from '../src/manifests/index.ts';
import { FIELD_MANAGER, type JsonPatchOp } from '../src/kube/index.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { withWritten } from './children.ts';
import { writeFoundation } from './foundation.ts';
import { fence, pointer } from './metadata-ops.ts';
import { StaleFacts } from './failure.ts';
import { postgresClusterFact, versionFor } from './observe/postgres-cluster.ts';
import { reader } from './observe/read.ts';
import { readUnusedClaims } from './observe/unlabelled-claims.ts';
import { regarding } from './publish.ts';
import { outcomeOf, settled, type Act } from './outcome.ts';
import type { Work } from './step.ts';

export const clusterRef = ({ metadata: { name, namespace } }: RenderableServer): ObjectRef => ({
  ...PERCONA_PG_CLUSTER,
  metadata: { namespace, name: names(name).postgresCluster },
});

export function withCluster(facts: Facts, cluster: Stored<PerconaPGCluster>): Facts {
  const after = withWritten(facts, { objects: [cluster] });
  return { ...after, postgresCluster: { state: 'known', value: postgresClusterFact(cluster, facts.server) } };
}

/** Percona promises 22 characters; longer names work up to our own limit, but people should know. */
async function adviseOnName({ deps, signal }: Call, { server }: Facts): Promise<void> {
  const cluster = names(server.metadata.name).postgresCluster;
  if (cluster.length <= DOCUMENTED_PERCONA_NAME_LENGTH) return;
  const note = `the name ${cluster} of the PerconaPGCluster has ${cluster.length} characters; Percona documents at most ${DOCUMENTED_PERCONA_NAME_LENGTH}`;
  await deps.record(
    { regarding: regarding(server), type: 'Warning', reason: 'LongClusterName', action: 'Create', note },
    { signal },
  );
}

/** With what the database starts; a volume of which nothing was written down may hold anything. */
function reuseNote(claim: string, { spec: { postgresVersion, users } }: PerconaPGCluster, isKnown: boolean): string {
  const starts = `PostgreSQL ${postgresVersion} starts on volume claim ${claim}`;
  if (isKnown) return `${starts}, with the data that an earlier database of this name left on it`;
  const database = users?.[0]?.databases[0] ?? '';
  return `${starts}, which an earlier database of this name left; what is on it is not known: if that was not PostgreSQL ${postgresVersion} with a database "${database}", this one is empty, and the data lies beside it`;
}

/** A database that begins empty beside claims of its name. They may have been left out on purpose, so it is told, not refused. */
async function tellUnused(call: Call, { server }: Facts): Promise<void> {
  const { value } = await settled(readUnusedClaims(reader(call), server.metadata.name));
  const unused = (value && valueOf(value)) ?? [];
  if (unused.length === 0) return;
  const note = `the database begins empty: volume claims ${unused.join(', ')} are not used, since they bear no label ${POSTGRES_CLUSTER_LABEL}`;
  await call.deps.record(
    { regarding: regarding(server), type: 'Warning', reason: 'VolumesNotUsed', action: 'Create', note },
    { signal: call.signal },
  );
}

/** A database that starts on data of an earlier one, or beside it, is said so where a person looks. */
async function tellVolumes(call: Call, facts: Facts, created: PerconaPGCluster): Promise<void> {
  const { server, databaseClaims, databaseRecord } = facts;
  const [claim] = valueOf(databaseClaims) ?? [];
  if (!claim) return tellUnused(call, facts);
  const note = reuseNote(claim.name, created, databaseRecord.state === 'known');
  await call.deps.record(
    { regarding: regarding(server), type: 'Normal', reason: 'VolumeReused', action: 'Create', note },
    { signal: call.signal },
  );
}

export const createPostgresCluster: Act = async (work) => {
  const { call, server, observation } = work;
  const rendered = postgresCluster(server, versionFor(observation.facts.perconaOperator));
  const [created, foundation] = await Promise.all([
    settled(call.deps.kube.create(rendered, { signal: call.signal })),
    outcomeOf(work, writeFoundation),
  ]);
  const error = created.error ?? foundation.error;
  const failed = error && { error };
  if (!created.value) return { facts: foundation.facts, ...failed };
  await Promise.all([adviseOnName(call, foundation.facts), tellVolumes(call, foundation.facts, created.value)]);
  return { facts: withCluster(foundation.facts, created.value), ...failed };
};

/**
 * Operations that move our entry of a plain create into one of server-side apply, as client-go's csaupgrade does; without it
 * our own create would conflict with our own apply.
 */
function asApplied({ metadata }: Stored): readonly JsonPatchOp[] {
  const entries = metadata.managedFields ?? [];
  const isOurs = (entry: ManagedFieldsEntry): boolean => entry.manager === FIELD_MANAGER && !entry.subresource;
  const created = entries.find((entry) => isOurs(entry) && entry.operation === 'Update');
  if (!created || entries.some((entry) => isOurs(entry) && entry.operation === 'Apply')) return [];
  return [
    fence({ metadata }),
    { op: 'replace', path: pointer('metadata', 'managedFields', `${entries.indexOf(created)}`, 'operation'), value: 'Apply' }, // prettier-ignore
  ];
}

/** The DittoServer with the images that the cluster runs where the user gives none: a change of theirs never brings others with it. */
function withImagesOf(
  { spec: { image, initContainer, backups } }: PerconaPGCluster,
  server: RenderableServer,
): RenderableServer {
  const live = { postgres: image, initContainer: initContainer?.image, pgbackrest: backups.pgbackrest?.image };
  const known = Object.fromEntries(Object.entries(live).filter(([, name]) => name !== undefined));
  const images = { ...known, ...server.spec.percona?.images };
  return { ...server, spec: { ...server.spec, percona: { ...server.spec.percona, images } } };
}

/** The live cluster, as this very activity sees it; one that is not the one judged makes the facts stale. */
export async function current({ call, server, observation }: Work): Promise<Stored<PerconaPGCluster>> {
  const found = await call.deps.kube.get<PerconaPGCluster>(clusterRef(server), { signal: call.signal });
  if (found && found.metadata.uid === valueOf(observation.facts.postgresCluster)?.uid) return found;
  throw new StaleFacts();
}

const PATH = `${BACKUP_REPOSITORY}-path`;

/**
 * A repository belongs to one life of one database: a cluster that was handed over, or that the Go operator made, keeps the path that
 * it writes to. Another one would begin a second history, and end the one that a restore needs.
 */
function withPathOf(live: PerconaPGCluster, rendered: PerconaPGCluster): PerconaPGCluster {
  const path = live.spec.backups.pgbackrest?.global?.[PATH];
  const { pgbackrest } = rendered.spec.backups;
  if (path === undefined || pgbackrest?.global === undefined) return rendered;
  const global = { ...pgbackrest.global, [PATH]: path };
  const backups = { ...rendered.spec.backups, pgbackrest: { ...pgbackrest, global } };
  return { ...rendered, spec: { ...rendered.spec, backups } };
}

const isAdopted = ({ metadata }: PerconaPGCluster): boolean => metadata.annotations?.[ANNOTATIONS.adopted] === 'true';

/** Backups of a cluster that was handed over are its owner's, unless the DittoServer asks for its own: "none" would have them removed. */
function withBackupsLeft(live: PerconaPGCluster, rendered: PerconaPGCluster): PerconaPGCluster {
  if (!isAdopted(live) || rendered.spec.backups.enabled !== false) return rendered;
  const spec = Object.fromEntries(Object.entries(rendered.spec).filter(([field]) => field !== 'backups'));
  return { ...rendered, spec: spec as unknown as PerconaPGCluster['spec'] };
}

/** Whether the change takes away backups that there are; the operator holds everything until somebody has authorised that. */
function removesBackups(live: PerconaPGCluster, rendered: PerconaPGCluster): boolean {
  const isAuthorised = live.metadata.annotations?.[ANNOTATIONS.authorizeBackupRemoval] === 'true';
  if (isAdopted(live)) return false;
  return rendered.spec.backups.enabled === false && (live.spec.backups.enabled !== false || isAuthorised);
}

/** The mark of the user's own wishes, not of those that the live images were filled into; with what the user asked for by them. */
function withAnnotations(live: PerconaPGCluster, rendered: PerconaPGCluster, hash: string): PerconaPGCluster {
  const adopted = isAdopted(live);
  const annotations = {
    ...rendered.metadata.annotations,
    [ANNOTATIONS.perconaHash]: hash,
    ...(adopted && { [ANNOTATIONS.adopted]: 'true' }),
    ...(removesBackups(live, rendered) && { [ANNOTATIONS.authorizeBackupRemoval]: 'true' }),
  };
  const { ownerReferences, ...metadata } = rendered.metadata;
  const owners = ownerReferences && !adopted && { ownerReferences };
  return { ...rendered, metadata: { ...metadata, annotations, ...owners } };
}

export const updatePostgresCluster: Act = async (work) => {
  const { call, server, observation } = work;
  const { facts } = observation;
  const { kube } = call.deps;
  const found = await current(work);
  const ops = asApplied(found);
  const live =
    ops.length > 0 ? await kube.patchJson<PerconaPGCluster>(clusterRef(server), ops, { signal: call.signal }) : found;
  const operator = parseOperatorVersion(live.spec.crVersion) ?? versionFor(facts.perconaOperator);
  const wanted = withPathOf(live, postgresCluster(withImagesOf(live, server), operator));
  const rendered = withBackupsLeft(live, withAnnotations(live, wanted, facts.perconaHash));
  const { uid, resourceVersion } = live.metadata;
  const fenced = { ...rendered, metadata: { ...rendered.metadata, uid, resourceVersion } };
  const applied = await kube.apply(fenced, { force: false, signal: call.signal });
  return { facts: withCluster(facts, applied) };
};

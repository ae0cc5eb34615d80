// The PerconaPGCluster: made by a plain create, since an apply would silently take over a foreign cluster of that name; and
// changed without force, so that what users edited on it is reported, not overwritten.
import type { ManagedFieldsEntry, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import { DOCUMENTED_PERCONA_NAME_LENGTH, names, PERCONA_PG_CLUSTER } from '../src/api/names.ts';
import type { PerconaPGCluster } from '../src/api/percona.ts';
import { parseOperatorVersion, postgresCluster, type RenderableServer } from '../src/manifests/index.ts';
import { FIELD_MANAGER, type JsonPatchOp } from '../src/kube/index.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import { deletionPolicy } from '../src/api/deletion-policy.ts';
import { controllerReference } from '../src/manifests/index.ts';
import type { Call } from './deps.ts';
import { applyFoundation, withWritten } from './foundation.ts';
import { postgresClusterFact, versionFor } from './observe/postgres-cluster.ts';
import { regarding } from './publish.ts';
import { outcomeOf, settled, type Act } from './outcome.ts';
import type { Work } from './step.ts';

export const clusterRef = ({ metadata: { name, namespace } }: RenderableServer): ObjectRef => ({
  ...PERCONA_PG_CLUSTER,
  metadata: { namespace, name: names(name).postgresCluster },
});

function withCluster(facts: Facts, cluster: Stored<PerconaPGCluster>): Facts {
  const after = withWritten(facts, [cluster], {});
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

export const createPostgresCluster: Act = async (work) => {
  const { call, server, observation } = work;
  const rendered = postgresCluster(server, versionFor(observation.facts.perconaOperator));
  const [created, foundation] = await Promise.all([
    settled(call.deps.kube.create(rendered, { signal: call.signal })),
    outcomeOf(work, applyFoundation),
  ]);
  const error = created.error ?? foundation.error;
  const failed = error && { error };
  if (!created.value) return { facts: foundation.facts, ...failed };
  await adviseOnName(call, foundation.facts);
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
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'replace', path: `/metadata/managedFields/${entries.indexOf(created)}/operation`, value: 'Apply' },
  ];
}

/** A change of the user's wishes never brings other images or another release with it: those not given stay as they are. */
function keepRelease(wanted: PerconaPGCluster, live: PerconaPGCluster, server: RenderableServer): PerconaPGCluster {
  const given = server.spec.percona?.images ?? {};
  const { image, initContainer, backups } = wanted.spec;
  const keep = (ours: string | undefined, rendered: string | undefined, stands: string | undefined) =>
    ours === undefined ? (stands ?? rendered) : rendered;
  const kept = {
    postgres: keep(given.postgres, image, live.spec.image),
    initContainer: keep(given.initContainer, initContainer?.image, live.spec.initContainer?.image),
    pgbackrest: keep(given.pgbackrest, backups.pgbackrest?.image, live.spec.backups.pgbackrest?.image),
  };
  return {
    ...wanted,
    spec: {
      ...wanted.spec,
      ...(kept.postgres !== undefined && { image: kept.postgres }),
      ...(kept.initContainer !== undefined && { initContainer: { image: kept.initContainer } }),
      backups: {
        ...backups,
        pgbackrest: { ...backups.pgbackrest, ...(kept.pgbackrest !== undefined && { image: kept.pgbackrest }) },
      },
    },
  };
}

/** The live cluster, as this very activity sees it. */
async function current({ call, server }: Work): Promise<Stored<PerconaPGCluster> | undefined> {
  return call.deps.kube.get<PerconaPGCluster>(clusterRef(server), { signal: call.signal });
}

export const updatePostgresCluster: Act = async (work) => {
  const { call, server, observation } = work;
  const { facts } = observation;
  const { kube } = call.deps;
  const found = await current(work);
  if (found?.metadata.uid !== valueOf(facts.postgresCluster)?.uid || !found) return { facts };
  const ops = asApplied(found);
  const live =
    ops.length > 0 ? await kube.patchJson<PerconaPGCluster>(clusterRef(server), ops, { signal: call.signal }) : found;
  const operator = parseOperatorVersion(live.spec.crVersion) ?? versionFor(facts.perconaOperator);
  const rendered = keepRelease(postgresCluster(server, operator), live, server);
  const fenced = { ...rendered, metadata: { ...rendered.metadata, uid: live.metadata.uid } };
  const applied = await kube.apply(fenced, { force: false, signal: call.signal });
  return { facts: withCluster(facts, applied) };
};

/** Puts the owner reference on the cluster (Delete) or takes it off (Retain); nothing else is touched. */
export const applyDeletionPolicy: Act = async (work) => {
  const { call, server, observation } = work;
  const { facts } = observation;
  const found = await current(work);
  if (found?.metadata.uid !== valueOf(facts.postgresCluster)?.uid || !found) return { facts };
  const { ownerReferences = [], resourceVersion } = found.metadata;
  const others = ownerReferences.filter(({ uid }) => uid !== server.metadata.uid);
  const wanted = deletionPolicy(server.spec) === 'Retain' ? others : [...others, controllerReference(server)];
  const ops: readonly JsonPatchOp[] = [
    { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
    ownerReferences.length > 0 && wanted.length === 0
      ? { op: 'remove', path: '/metadata/ownerReferences' }
      : { op: ownerReferences.length > 0 ? 'replace' : 'add', path: '/metadata/ownerReferences', value: wanted },
  ];
  const patched = await call.deps.kube.patchJson<PerconaPGCluster>(clusterRef(server), ops, { signal: call.signal });
  return { facts: withCluster(facts, patched) };
};

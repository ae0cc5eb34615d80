// Destroys the data of a DittoServer that is being deleted with the policy DeleteWithData. Every delete names the uid that was judged.
import type { KubeObject, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import {
  ANNOTATIONS,
  DATA_FINALIZER,
  names,
  PERCONA_DATA_FINALIZER,
  PERCONA_PG_CLUSTER,
  POSTGRES_CLUSTER_LABEL,
} from '../src/api/names.ts';
import type { JsonPatchOp } from '../src/kube/index.ts';
import { planDataDeletion } from '../src/requirements/data-deletion.ts';
import { valueOf, type Facts, type PostgresClusterFact } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { StaleFacts } from './failure.ts';
import { entryOps, fence, finalizerOps, unmarkOps } from './metadata-ops.ts';
import { observe } from './observe/index.ts';
import { regarding } from './publish.ts';
import { secretRef } from './observe/secrets.ts';
import type { BareAct } from './step.ts';

const inNamespace = (
  { server }: Pick<Facts, 'server'>,
  kind: Pick<KubeObject, 'apiVersion' | 'kind'>,
  name: string,
): ObjectRef => ({
  ...kind,
  metadata: { name, namespace: server.metadata.namespace ?? '' },
});

/** Percona's data finalizer, marked as put on by us; one that was there before is the user's own. */
function markOps(cluster: Stored): readonly JsonPatchOp[] {
  const ops = finalizerOps(cluster, PERCONA_DATA_FINALIZER, true);
  if (ops.length === 0) return [];
  return [fence(cluster), ...ops, ...entryOps(cluster, 'annotations', { [ANNOTATIONS.dataFinalizer]: 'true' })];
}

/** Only now the cluster is told to take its volumes along: before, any stray deletion of it would have done so. */
async function deleteCluster({ deps: { kube, record }, signal }: Call, facts: Facts, { uid }: PostgresClusterFact) {
  const ref = inNamespace(facts, PERCONA_PG_CLUSTER, names(facts.server.metadata.name).postgresCluster);
  const found = await kube.get(ref, { signal });
  if (found?.metadata.uid !== uid) return;
  const ops = markOps(found);
  const marked = ops.length > 0 ? await kube.patchJson(ref, ops, { signal }) : found;
  const { resourceVersion } = marked.metadata;
  const note = `${ref.kind} ${ref.metadata.name} is deleted with its volumes, as spec.percona.deletionPolicy asks for`;
  await record(
    { regarding: regarding(facts.server), type: 'Warning', reason: 'DataDeleted', action: 'Delete', note },
    { signal },
  );
  await kube.delete(ref, { uid, resourceVersion }, { signal });
}

/** The user Secret, which unlocks nothing any more. */
async function deleteUserSecret({ deps: { kube }, signal }: Call, { server }: Facts): Promise<void> {
  const { name, namespace = '' } = server.metadata;
  const { postgresUserSecret, postgresCluster } = names(name);
  const ref = secretRef(namespace, postgresUserSecret);
  const found = await kube.get(ref, { metadataOnly: true, signal });
  if (found?.metadata.labels?.[POSTGRES_CLUSTER_LABEL] !== postgresCluster) return;
  const { uid, resourceVersion } = found.metadata;
  await kube.delete(ref, { uid, resourceVersion }, { signal });
}

/** The database is to stay after all: nothing that was done to it for its deletion stays with it, also if it is on its way out already. */
async function keepVolumes({ deps: { kube }, signal }: Call, { server, postgresCluster }: Facts): Promise<void> {
  const seen = valueOf(postgresCluster);
  if (seen?.ownership !== 'ours') return;
  const ref = inNamespace({ server }, PERCONA_PG_CLUSTER, names(server.metadata.name).postgresCluster);
  const found = await kube.get(ref, { signal });
  if (found?.metadata.uid !== seen.uid) return;
  const ops = unmarkOps(found);
  if (ops.length > 0) await kube.patchJson(ref, [fence(found), ...ops], { signal });
}

/** Ours goes last: with it goes the DittoServer. */
async function release(call: Call, facts: Facts, all: boolean): Promise<void> {
  await (all ? deleteUserSecret(call, facts) : keepVolumes(call, facts));
  const { kube } = call.deps;
  const found = await kube.get(facts.server, { signal: call.signal });
  if (found?.metadata.uid !== facts.server.metadata.uid) return;
  const ops = finalizerOps(found, DATA_FINALIZER, false);
  if (ops.length > 0) await kube.patchJson(facts.server, [fence(found), ...ops], { signal: call.signal });
}

/** The next piece of it. Afterwards it is looked at anew: nothing is taken as gone because it was deleted. */
export const deleteData: BareAct = async ({ call, observation: { facts } }) => {
  const plan = planDataDeletion(facts);
  const { kube } = call.deps;
  if (plan?.next === 'deleteCluster') await deleteCluster(call, facts, plan.cluster);
  if (plan?.next === 'release') await release(call, facts, plan.all);
  if (plan?.next === 'deleteClaims') {
    const kind = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' };
    await Promise.all(
      plan.claims.map(({ name, uid, resourceVersion }) =>
        kube.delete(inNamespace(facts, kind, name), { uid, resourceVersion }, { signal: call.signal }),
      ),
    );
  }
  const after = await observe(call, facts.memory);
  if (!after) throw new StaleFacts();
  return { facts: after.facts };
};

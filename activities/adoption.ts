// Takes over a PerconaPGCluster that this DittoServer did not make. Only what says whose it is becomes ours: nothing of what somebody else
// specified is touched, until the user changes spec.percona.
import type { Stored } from '../src/api/kubernetes.ts';
import { ANNOTATIONS, LABELS, labels } from '../src/api/names.ts';
import type { PerconaPGCluster } from '../src/api/percona.ts';
import type { JsonPatchOp } from '../src/kube/index.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import { entryOps, fence, unmarkOps } from './metadata-ops.ts';
import { clusterRef, current, withCluster } from './postgres-cluster.ts';
import { regarding } from './publish.ts';
import type { Act } from './outcome.ts';

/**
 * What makes it ours. One that somebody else made is marked, so that no policy deletes it, and counts as made from the present
 * specification, so that nothing is applied to it.
 */
function marksOf(found: Stored, { server, perconaHash }: Facts, foreign: boolean): readonly JsonPatchOp[] {
  const { name, uid } = server.metadata;
  const foreignMarks = { [ANNOTATIONS.adopted]: 'true', [ANNOTATIONS.perconaHash]: perconaHash };
  return [
    fence(found),
    ...entryOps(found, 'labels', { ...labels(name), [LABELS.ownerUid]: uid }),
    ...(foreign ? entryOps(found, 'annotations', foreignMarks) : unmarkOps(found)),
  ];
}

export const adoptPostgresCluster: Act = async (work) => {
  const { call, server, observation } = work;
  const { facts } = observation;
  const { deps, signal } = call;
  const foreign = valueOf(facts.postgresCluster)?.ownership !== 'former';
  const ref = clusterRef(server);
  const patched = await deps.kube.patchJson<PerconaPGCluster>(ref, marksOf(await current(work), facts, foreign), { signal }); // prettier-ignore
  const whose = foreign ? 'which somebody else made and which no deletion policy deletes' : 'which an earlier DittoServer of this name left'; // prettier-ignore
  const note = `PerconaPGCluster ${ref.metadata.name}, ${whose}, is taken over`;
  await deps.record(
    { regarding: regarding(facts.server), type: 'Normal', reason: 'DatabaseAdopted', action: 'Adopt', note },
    { signal },
  );
  return { facts: withCluster(facts, patched) };
};

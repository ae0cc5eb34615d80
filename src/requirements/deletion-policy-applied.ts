// What happens to the database when its DittoServer is deleted. An owner reference lets Kubernetes collect it (Delete), and without one no
// path of deletion can cascade to it (Retain). DeleteWithData has none either: there our finalizer holds the deletion until we have
// destroyed the data, so that a finalizer which somebody takes off loses nothing.
import { policyToApply, type DeletionPolicy } from '../api/deletion-policy.ts';
import { DATA_FINALIZER } from '../api/names.ts';
import { valueOf, type Facts } from './facts.ts';
import { OFF, unreadable, type Requirement } from './finding.ts';

/** Whether the DittoServer's deletion waits for us. */
export const holdsDeletion = ({ server }: Pick<Facts, 'server'>): boolean =>
  server.metadata.finalizers?.includes(DATA_FINALIZER) ?? false;

/** Whether the cluster is as the policy wants it; one that is not there, or not ours, is no matter. */
function clusterFits({ postgresCluster }: Facts, policy: DeletionPolicy | undefined): boolean {
  const cluster = valueOf(postgresCluster);
  if (policy === undefined || cluster?.ownership !== 'ours' || cluster.terminating) return true;
  return cluster.controlled === (policy === 'Delete' && !cluster.adopted);
}

export const deletionPolicyApplied: Requirement = {
  name: 'deletionPolicyApplied',
  condition: 'DatabaseReady',
  judge: (facts) => {
    const { server, postgresCluster } = facts;
    const policy = policyToApply(server.spec);
    const finalizerFits = holdsDeletion(facts) === (policy === 'DeleteWithData');
    if (policy !== undefined && postgresCluster.state === 'unreadable') {
      return unreadable('DatabaseUnreadable', `the PerconaPGCluster could not be read: ${postgresCluster.why}`);
    }
    if (finalizerFits && clusterFits(facts, policy)) return OFF;
    const told = policy ?? 'none';
    return {
      state: 'act',
      step: 'applyDeletionPolicy',
      intent: told,
      summary: `deletion policy ${told}`,
      needs: ['notDeleted', 'specValid', 'notPaused'],
      reason: 'DatabaseDue',
      message: `the deletion policy ${told} is to be applied`,
      otherManagers: valueOf(postgresCluster)?.otherManagers ?? [],
    };
  },
};

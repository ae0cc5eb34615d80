// What happens to the database when its DittoServer is deleted: an owner reference lets Kubernetes collect it, and its absence
// means that no path of deletion can cascade to it.
import { deletionPolicy } from '../api/deletion-policy.ts';
import { valueOf } from './facts.ts';
import { OFF, unreadable, type Requirement } from './finding.ts';

export const deletionPolicyApplied: Requirement = {
  name: 'deletionPolicyApplied',
  condition: 'DatabaseReady',
  judge: ({ server, postgresCluster }) => {
    // Without spec.percona there is no policy to read: a cluster that is left keeps the one that it was made with.
    if (server.spec?.percona?.enabled !== true) return OFF;
    if (postgresCluster.state === 'unreadable') {
      return unreadable('DatabaseUnreadable', `the PerconaPGCluster could not be read: ${postgresCluster.why}`);
    }
    const cluster = valueOf(postgresCluster);
    if (cluster?.ownership !== 'ours' || cluster.terminating) return OFF;
    const policy = deletionPolicy(server.spec);
    if (cluster.controlled === (policy !== 'Retain')) return OFF;
    return {
      state: 'act',
      step: 'applyDeletionPolicy',
      intent: policy,
      summary: `deletion policy ${policy}`,
      needs: ['notDeleted', 'specValid', 'notPaused'],
      reason: 'DatabaseDue',
      message: `the deletion policy ${policy} is to be applied to the PerconaPGCluster`,
      otherManagers: cluster.otherManagers,
    };
  },
};

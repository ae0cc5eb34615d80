// The PerconaPGCluster is created, then changed only when the DittoServer's own percona section changes: users may edit it.
import { valueOf } from './facts.ts';
import { OFF, type Requirement } from './finding.ts';

export const postgresClusterCurrent: Requirement = {
  name: 'postgresClusterCurrent',
  condition: 'DatabaseReady',
  judge: ({ server, postgresCluster, perconaHash }) => {
    const cluster = valueOf(postgresCluster);
    if (server.spec?.percona?.enabled !== true || cluster?.ownership !== 'ours') return OFF;
    if (cluster.terminating || cluster.perconaHash === perconaHash) return OFF;
    return {
      state: 'act',
      step: 'updatePostgresCluster',
      intent: perconaHash,
      summary: 'change PerconaPGCluster: spec.percona changed',
      needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'postgresClusterExists'],
      reason: 'DatabaseDue',
      message: 'a change of spec.percona is to be applied to the PerconaPGCluster',
      otherManagers: cluster.otherManagers,
    };
  },
};

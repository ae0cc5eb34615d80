// A change of the database that would leave data behind is refused, not applied silently.
import { valueOf, type Facts } from './facts.ts';
import { OFF, wait, type Requirement } from './finding.ts';

const DEFAULT_DATABASE_NAME = 'dittofs';
const DEFAULT_POSTGRES_VERSION = 16;

function lossOf(facts: Facts): string | undefined {
  const percona = facts.server.spec?.percona;
  const statefulSet = valueOf(facts.statefulSet);
  const provisionedOnPostgres = statefulSet?.onPostgres ?? Boolean(facts.server.status?.perconaClusterName);
  const provisioned = statefulSet?.ownership === 'ours' || Boolean(facts.server.status?.configHash);
  if (!provisioned) return undefined;
  if (percona?.enabled !== true) {
    return provisionedOnPostgres
      ? 'switching spec.percona.enabled off would leave the data in PostgreSQL behind: set it back to true'
      : undefined;
  }
  if (!provisionedOnPostgres) {
    return 'switching spec.percona.enabled on would leave the data in SQLite behind: set it back to false';
  }
  return clusterLossOf(facts);
}

function clusterLossOf({ server, postgresCluster }: Facts): string | undefined {
  const cluster = valueOf(postgresCluster);
  if (cluster?.ownership !== 'ours') return undefined;
  const percona = server.spec?.percona;
  const version = percona?.postgresVersion ?? DEFAULT_POSTGRES_VERSION;
  if (cluster.postgresVersion !== undefined && cluster.postgresVersion !== version) {
    return `spec.percona.postgresVersion ${version} over data of PostgreSQL ${cluster.postgresVersion} would begin with an empty database: set it back to ${cluster.postgresVersion}`;
  }
  const name = percona?.databaseName ?? DEFAULT_DATABASE_NAME;
  if (cluster.databases.length > 0 && !cluster.databases.includes(name)) {
    return `spec.percona.databaseName "${name}" would be an empty database: set it back to "${cluster.databases[0] ?? ''}"`;
  }
  return undefined;
}

export const databaseSwitch: Requirement = {
  name: 'databaseSwitch',
  condition: 'ConfigReady',
  judge: (facts) => {
    const loss = lossOf(facts);
    return loss === undefined ? OFF : wait('DatabaseSwitchRefused', loss);
  },
};

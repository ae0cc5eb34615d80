// A change of the database that would leave data behind is refused, not applied silently.
import { valueOf, type Facts, type PostgresClusterFact, type StatefulSetFact } from './facts.ts';
import { OFF, wait, waits, type Requirement } from './finding.ts';
import { isTakable } from './stateful-set-plan.ts';

const DEFAULT_DATABASE_NAME = 'dittofs';
const DEFAULT_POSTGRES_VERSION = 16;

type Percona = NonNullable<NonNullable<Facts['server']['spec']>['percona']>;

function ourStatefulSet({ statefulSet }: Facts): StatefulSetFact | undefined {
  const live = valueOf(statefulSet);
  return live && isTakable(live) ? live : undefined;
}

const EXTERNAL = 'spec.database.postgresSecretRef';

function lossOfSwitchingOff(facts: Facts): string | undefined {
  const { status } = facts.server;
  const live = ourStatefulSet(facts);
  const onPostgres = live ? live.onPostgres : Boolean(status?.configHash && status.perconaClusterName);
  return onPostgres
    ? 'switching spec.percona.enabled off would leave the data in PostgreSQL behind: set it back to true'
    : undefined;
}

/** Without a StatefulSet nobody can tell SQLite from an external PostgreSQL, so only what stands counts. */
function lossOfSwitchingExternal(facts: Facts): string | undefined {
  const live = ourStatefulSet(facts);
  if (!live || live.onPostgres) return undefined;
  const external = Boolean(facts.server.spec?.database?.postgresSecretRef?.name);
  if (external === live.onExternalPostgres) return undefined;
  return external
    ? `${EXTERNAL} would leave the data in SQLite behind: remove it`
    : `without ${EXTERNAL} the data in the external PostgreSQL would be left behind: put it back`;
}

/** A cluster in status says more than a StatefulSet without its variables, which somebody may have edited. */
function lossOfSwitchingOn(facts: Facts): string | undefined {
  const { status } = facts.server;
  const live = ourStatefulSet(facts);
  const hasRun = live !== undefined || Boolean(status?.configHash);
  if (!hasRun || live?.onPostgres === true || status?.perconaClusterName) return undefined;
  return live?.onExternalPostgres
    ? `switching spec.percona.enabled on would leave the data in the external PostgreSQL behind: set it back to false and ${EXTERNAL} as it was`
    : 'switching spec.percona.enabled on would leave the data in SQLite behind: set it back to false';
}

function lossOfClusterChange(percona: Percona, { postgresVersion: present, databases }: PostgresClusterFact) {
  const version = percona.postgresVersion ?? DEFAULT_POSTGRES_VERSION;
  if (present !== undefined && present !== version) {
    return `spec.percona.postgresVersion ${version} over data of PostgreSQL ${present} would begin with an empty database: set it back to ${present}`;
  }
  const name = percona.databaseName ?? DEFAULT_DATABASE_NAME;
  const [first] = databases;
  if (first !== undefined && !databases.includes(name)) {
    return `spec.percona.databaseName "${name}" would be an empty database: set it back to "${first}"`;
  }
  return undefined;
}

/** Only a change of ours can lose data: what users changed on the cluster itself, such as a major upgrade, is theirs and stays. */
function lossOfOurChange({ postgresCluster, perconaHash }: Facts, percona: Percona): string | undefined {
  const cluster = valueOf(postgresCluster);
  if (cluster?.ownership !== 'ours' || cluster.perconaHash === perconaHash) return undefined;
  return lossOfClusterChange(percona, cluster);
}

/** What the change would lose, and how to take it back. */
function lossOf(facts: Facts): string | undefined {
  const percona = facts.server.spec?.percona;
  if (percona?.enabled !== true) return lossOfSwitchingOff(facts) ?? lossOfSwitchingExternal(facts);
  return lossOfSwitchingOn(facts) ?? lossOfOurChange(facts, percona);
}

export const databaseSwitch: Requirement = {
  name: 'databaseSwitch',
  condition: 'ConfigReady',
  judge: (facts, earlier) => {
    // A specification that cannot be made sense of asks for no change.
    const loss = waits(earlier, 'specValid') ? undefined : lossOf(facts);
    return loss === undefined ? OFF : wait('DatabaseSwitchRefused', loss);
  },
};

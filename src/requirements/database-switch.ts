// A change of the database that would leave data behind is refused, not applied silently.
import { ANNOTATIONS, POSTGRES_CLUSTER_LABEL } from '../api/names.ts';
import { DEFAULT_DATABASE_NAME, DEFAULT_POSTGRES_VERSION } from '../api/percona.ts';
import { valueOf, type DatabaseRecord, type Facts, type PostgresClusterFact, type StatefulSetFact } from './facts.ts';
import { OFF, wait, waits, type Requirement } from './finding.ts';
import { isTakable } from './stateful-set-plan.ts';

type Percona = NonNullable<NonNullable<Facts['server']['spec']>['percona']>;

function ourStatefulSet({ statefulSet }: Facts): StatefulSetFact | undefined {
  const live = valueOf(statefulSet);
  return live && isTakable(live) ? live : undefined;
}

const EXTERNAL = 'spec.database.postgresSecretRef';

/** The databases that a server can run on, in the words of the annotation that accepts a switch. */
type Database = 'percona' | 'external' | 'sqlite';

/** Which one is asked for. */
function askedDatabase({ server: { spec } }: Facts): Database {
  if (spec?.percona?.enabled === true) return 'percona';
  return spec?.database?.postgresSecretRef?.name ? 'external' : 'sqlite';
}

/** Only this switch: an annotation that is forgotten allows no other one. */
const isAccepted = (facts: Facts): boolean =>
  facts.server.metadata.annotations?.[ANNOTATIONS.switchDatabase] === askedDatabase(facts);

const orAccept = (facts: Facts): string =>
  `, or accept that with the annotation ${ANNOTATIONS.switchDatabase}: ${askedDatabase(facts)}`;

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

/** The Go operator gave servers with Percona no variable that they read, and told that all is well. */
const LEFT_ON_SQLITE =
  'the server runs on SQLite, where the Go operator left it although spec.percona is on, and PostgreSQL has none of its data; it stays so: set spec.percona.enabled to false to keep SQLite';

/** Whether it runs, or ran, on anything but a PostgreSQL of its own. A cluster in status says more than a StatefulSet that was edited. */
function ranElsewhere({ server: { status } }: Facts, live: StatefulSetFact | undefined): boolean {
  if (live?.onPostgres === true) return false;
  if (live?.predecessor) return true;
  return (live !== undefined || Boolean(status?.configHash)) && !status?.perconaClusterName;
}

function lossOfSwitchingOn(facts: Facts): string | undefined {
  const live = ourStatefulSet(facts);
  if (!ranElsewhere(facts, live)) return undefined;
  if (live?.onExternalPostgres)
    return `switching spec.percona.enabled on would leave the data in the external PostgreSQL behind: set it back to false and ${EXTERNAL} as it was`;
  return live?.predecessor
    ? LEFT_ON_SQLITE
    : 'switching spec.percona.enabled on would leave the data in SQLite behind: set it back to false';
}

type Held = Pick<PostgresClusterFact, 'postgresVersion' | 'databases'> | DatabaseRecord;

function lossBeside(percona: Percona, { postgresVersion: present, databases }: Held): string | undefined {
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
  return lossBeside(percona, cluster);
}

/** A volume that is left of a database without its cluster: a new one would start on it, and be empty beside what is there. */
function lossOverVolume(facts: Facts, percona: Percona): string | undefined {
  const left = (valueOf(facts.databaseClaims) ?? []).filter(({ terminating }) => !terminating);
  const record = valueOf(facts.databaseRecord);
  if (facts.postgresCluster.state !== 'absent' || left.length === 0 || !record) return undefined;
  const loss = lossBeside(percona, record);
  const names = left.map(({ name }) => name).sort().join(', '); // prettier-ignore
  const how = `take the label ${POSTGRES_CLUSTER_LABEL} off volume claim ${names}, which is left of an earlier database (it stays), or delete it`;
  return loss && `${loss}, or, to begin with an empty one, ${how}`;
}

/** What the switch would lose, and how to take it back. */
function lossOfSwitch(facts: Facts): string | undefined {
  if (isAccepted(facts)) return undefined;
  const isOn = facts.server.spec?.percona?.enabled === true;
  const loss = isOn ? lossOfSwitchingOn(facts) : (lossOfSwitchingOff(facts) ?? lossOfSwitchingExternal(facts));
  return loss === undefined ? undefined : `${loss}${orAccept(facts)}`;
}

/** What the change would lose, and how to take it back. */
function lossOf(facts: Facts): string | undefined {
  const percona = facts.server.spec?.percona;
  const loss = lossOfSwitch(facts);
  if (loss !== undefined || percona?.enabled !== true) return loss;
  return lossOfOurChange(facts, percona) ?? lossOverVolume(facts, percona);
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

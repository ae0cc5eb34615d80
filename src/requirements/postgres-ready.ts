// The wait for PostgreSQL: ready as asked for, and when it is not, which part is not and why.
import { names } from '../api/names.ts';
import { valueOf, type Facts, type PostgresClusterFact } from './facts.ts';
import { met, OFF, pending, wait, type Finding, type Requirement } from './finding.ts';
import { judgeTaken } from './postgres-cluster-exists.ts';
import { podsTrouble } from './pod-trouble.ts';

/** How long a ready that follows a change must hold: the operator reports a stale one first (seen on operator 2.9.0). */
export const HOLD_MS = 5_000;
/** How long the operator may take to report on a new cluster before its silence is worth telling; usual is a tenth of a second. */
export const SILENCE_MS = 30_000;

/** Ready by its own report: all instances asked for exist and are ready, and the report is about the present generation. */
export function reportsReady(cluster: PostgresClusterFact): boolean {
  return (
    cluster.state === 'ready' &&
    !cluster.terminating &&
    cluster.ready >= cluster.wanted &&
    cluster.size >= cluster.wanted &&
    cluster.observedGeneration === cluster.generation
  );
}

/** Milliseconds for which the database must still be seen ready before a new configuration is rolled to it; 0 when it may be. */
export function holdLeftMs({ nowMs, memory, postgresCluster }: Facts): number {
  if (postgresCluster.state === 'absent') return 0;
  return memory.databaseReadySinceMs > 0 ? Math.max(0, memory.databaseReadySinceMs + HOLD_MS - nowMs) : HOLD_MS;
}

/** No StatefulSet, no hash in status, no claim of its volumes: nothing has ever run, so nothing can be stale. */
export function isFirst({ server, statefulSet, claims }: Facts): boolean {
  const neverRan = statefulSet.state === 'absent' && !server.status?.configHash;
  return neverRan && claims.state !== 'unreadable' && (valueOf(claims) ?? []).length === 0;
}

function held({ heldByOperator, state }: PostgresClusterFact): Finding | undefined {
  if (heldByOperator !== '') return wait('PostgresPaused', heldByOperator);
  if (state !== 'paused' && state !== 'stopping') return undefined;
  return wait('PostgresPaused', `the PerconaPGCluster is ${state}: unset its spec.pause`);
}

function podsNotReady({ databasePods }: Facts): Finding | undefined {
  const trouble = podsTrouble(valueOf(databasePods) ?? []);
  return trouble && wait('PostgresPodsNotReady', trouble.message);
}

/** Without any pod, what the operator warned of. */
function warned({ warnings, server }: Facts, { size }: PostgresClusterFact): Finding | undefined {
  const name = names(server.metadata.name).postgresCluster;
  const warning = warnings.find((one) => one.name === name && one.reason === 'MissingRequiredImage');
  return warning && size === 0 ? wait('PostgresPodsNotReady', `${warning.kind} "${name}": ${warning.note}`) : undefined;
}

function unboundClaim({ databaseClaims, databasePods }: Facts): Finding | undefined {
  const podWaits = valueOf(databasePods)?.some(({ phase }) => phase === 'Pending');
  const claim = valueOf(databaseClaims)?.find(({ phase }) => phase === 'Pending');
  return podWaits && claim ? wait('PostgresPodsNotReady', `volume claim "${claim.name}" is not bound`) : undefined;
}

/** The operator says what it does, or has not said anything yet. */
function progress({ nowMs }: Facts, { state, ready, wanted, createdAtMs }: PostgresClusterFact): Finding {
  if (state !== '') {
    const doing = state === 'ready' ? 'being changed' : state;
    return wait('PostgresInitializing', `PostgreSQL is ${doing}, ${ready} of ${wanted} instances ready`);
  }
  const patienceMs = createdAtMs + SILENCE_MS - nowMs;
  if (patienceMs > 0) {
    return wait('PostgresInitializing', 'the Percona operator has not reported yet', { recheckMs: patienceMs });
  }
  const message = 'no Percona operator has reported on the PerconaPGCluster: does one watch this namespace?';
  return wait('PostgresOperatorSilent', message);
}

function judgeNotReady(facts: Facts, cluster: PostgresClusterFact): Finding {
  return (
    judgeTaken(facts) ??
    held(cluster) ??
    podsNotReady(facts) ??
    warned(facts, cluster) ??
    unboundClaim(facts) ??
    progress(facts, cluster)
  );
}

export const postgresReady: Requirement = {
  name: 'postgresReady',
  condition: 'DatabaseReady',
  judge: (facts) => {
    if (facts.server.spec?.percona?.enabled !== true) return OFF;
    const cluster = valueOf(facts.postgresCluster);
    if (cluster?.ownership !== 'ours') return pending('DatabaseBlocked', 'the PerconaPGCluster does not exist yet');
    return reportsReady(cluster) ? met('PostgresReady', 'PostgreSQL is ready') : judgeNotReady(facts, cluster);
  },
};

// The wait for PostgreSQL: ready as asked for, and when it is not, which part is not and why.
import { valueOf, type Facts, type PostgresClusterFact } from './facts.ts';
import { met, OFF, pending, wait, type Finding, type Requirement } from './finding.ts';
import { podTrouble } from './pod-trouble.ts';

/** How long a ready that follows a change must hold: the operator reports a stale one first (seen on operator 2.9.0). */
export const HOLD_MS = 5_000;
/** How long the operator may take to report on a new cluster before its silence is worth telling. */
const SILENCE_MS = 30_000;

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
  return (
    statefulSet.state === 'absent' &&
    !server.status?.configHash &&
    claims.state !== 'unreadable' &&
    (valueOf(claims) ?? []).length === 0
  );
}

function troubleOf(facts: Facts, cluster: PostgresClusterFact): Finding | undefined {
  const { databasePods, databaseClaims, warnings } = facts;
  if (cluster.heldByOperator !== '') return wait('PostgresPaused', cluster.heldByOperator, { budget: 'database' });
  if (cluster.state === 'paused' || cluster.state === 'stopping') {
    return wait('PostgresPaused', `the PerconaPGCluster is ${cluster.state}: unset its spec.pause`, {
      budget: 'database',
    });
  }
  const trouble = (valueOf(databasePods) ?? []).map((pod) => podTrouble(pod)).find((found) => found !== undefined);
  if (trouble) return wait('PostgresPodsNotReady', trouble.message, { budget: 'database' });
  const lost = warnings.find(({ reason }) => reason === 'MissingRequiredImage' || reason === 'FailedCreate');
  if (lost && cluster.size === 0) {
    return wait('PostgresPodsNotReady', `${lost.kind} "${lost.name}": ${lost.note}`, { budget: 'database' });
  }
  const claim = (valueOf(databaseClaims) ?? []).find(({ phase }) => phase === 'Pending');
  const unbound = claim && valueOf(databasePods)?.some(({ phase }) => phase === 'Pending');
  return unbound
    ? wait('PostgresPodsNotReady', `volume claim "${claim.name}" is not bound`, { budget: 'database' })
    : undefined;
}

function judgeNotReady(facts: Facts, cluster: PostgresClusterFact): Finding {
  const trouble = troubleOf(facts, cluster);
  if (trouble) return trouble;
  if (cluster.state === '') {
    const message = 'no Percona operator has reported on the PerconaPGCluster: does one watch this namespace?';
    return wait('PostgresOperatorSilent', message, { budget: 'database', recheckMs: SILENCE_MS });
  }
  const { ready, wanted, state } = cluster;
  const message =
    state === 'ready'
      ? `PostgreSQL has ${ready} of ${wanted} instances ready`
      : `PostgreSQL is ${state}, ${ready} of ${wanted} instances ready`;
  return wait('PostgresInitializing', message, { budget: 'database' });
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

// The running server reaches its database. Its probes do not tell: it answers 200 with a dead database (DittoFS 0.29.0), so that this
// comes from what it says of itself, at the prober's pace. Of an external PostgreSQL nothing else tells.
import { hasPostgres, valueOf, type Facts } from './facts.ts';
import { met, OFF, pending, wait, type Finding, type Requirement } from './finding.ts';
import { wantedReplicas } from './stateful-set-plan.ts';

const isServing = ({ statefulSet }: Facts): boolean => (valueOf(statefulSet)?.readyReplicas ?? 0) > 0;

/** Whether the server runs, and has said of its database that it does not reach it. */
export const serverSaysUnreachable = (facts: Facts): boolean =>
  isServing(facts) && facts.memory.serverApi?.database === 'unreachable';

function judgeExternal(facts: Facts): Finding {
  if (wantedReplicas(facts) === 0) return OFF;
  const isReached = isServing(facts) && facts.memory.serverApi?.database === 'reachable';
  return isReached
    ? met('PostgresReady', 'the server reaches its PostgreSQL')
    : pending('DatabaseBlocked', 'what becomes of an external PostgreSQL is known when the server runs and tells it');
}

export const databaseServing: Requirement = {
  name: 'databaseServing',
  condition: 'DatabaseReady',
  judge: (facts) => {
    if (!hasPostgres(facts)) return OFF;
    if (serverSaysUnreachable(facts))
      return wait('DatabaseUnreachable', 'the server runs, but says that it does not reach its database');
    return facts.server.spec?.percona?.enabled === true ? OFF : judgeExternal(facts);
  },
};

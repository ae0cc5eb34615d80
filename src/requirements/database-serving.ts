// The running server reaches its database. Its probes do not tell: it answers 200 with a dead database (DittoFS 0.29.0), so that this
// comes from what it says of itself, at the prober's pace.
import { valueOf, type Facts } from './facts.ts';
import { OFF, wait, type Requirement } from './finding.ts';

const hasPostgres = ({ server: { spec } }: Facts): boolean =>
  spec?.percona?.enabled === true || Boolean(spec?.database?.postgresSecretRef?.name);

export const databaseServing: Requirement = {
  name: 'databaseServing',
  condition: 'DatabaseReady',
  judge: (facts) => {
    const { serverApi } = facts.memory;
    const isServing = (valueOf(facts.statefulSet)?.readyReplicas ?? 0) > 0;
    if (!hasPostgres(facts) || !isServing || serverApi?.database !== 'unreachable') return OFF;
    return wait('DatabaseUnreachable', 'the server runs, but says that it does not reach its database');
  },
};

// New credentials are tried on the database before a running server is rolled to them: accepted, refused, or not to be tried from here.
// A first start is not held up by this: there the init container tries them from the very pod, and says what it is told.
import { digest } from '../api/fingerprint.ts';
import { askAgainMs } from './asked.ts';
import { holdLeftMs } from './postgres-ready.ts';
import { valueOf, type Facts } from './facts.ts';
import { holds, met, OFF, pending, wait, type Finding, type Requirement } from './finding.ts';

const hasPostgres = ({ server: { spec } }: Facts): boolean =>
  spec?.percona?.enabled === true || Boolean(spec?.database?.postgresSecretRef?.name);

/** The digest that a server which is there is to be rolled to, once the database has held still. */
function newHash(facts: Facts): string | undefined {
  const { configHash, statefulSet } = facts;
  const live = valueOf(statefulSet);
  if (configHash.state !== 'computed' || live?.ownership !== 'ours' || holdLeftMs(facts) > 0) return undefined;
  return live.configHash === configHash.hash ? undefined : configHash.hash;
}

function judgeLogin(facts: Facts, hash: string): Finding {
  const { databaseLogin } = facts.memory;
  const againMs = askAgainMs(databaseLogin, hash, facts.nowMs);
  if (againMs === 0) {
    return {
      state: 'act',
      step: 'verifyDatabaseLogin',
      intent: digest([hash, databaseLogin?.asks ?? 0]),
      summary: 'try the new credentials on the database',
      needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'postgresReady', 'credentialsWhole'], // prettier-ignore
      reason: 'DatabaseLoginDue',
      message: 'the new credentials are to be tried on the database before the server gets them',
    };
  }
  if (againMs === undefined || !databaseLogin?.failure)
    return met('PostgresReady', 'PostgreSQL is ready and accepts the credentials');
  return wait(databaseLogin.failure.reason, databaseLogin.failure.message, { recheckMs: againMs });
}

export const databaseLogin: Requirement = {
  name: 'databaseLogin',
  condition: 'DatabaseReady',
  judge: (facts, earlier) => {
    const hash = newHash(facts);
    if (!hasPostgres(facts) || hash === undefined) return OFF;
    if (!holds(earlier, 'postgresReady') || !holds(earlier, 'credentialsWhole'))
      return pending('DatabaseBlocked', 'new credentials are tried when the database is ready');
    return judgeLogin(facts, hash);
  },
};

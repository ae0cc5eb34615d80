// The database's credentials are there and agree with themselves, so that no pod is rolled to a half-written password.
import { names } from '../api/names.ts';
import { areUnstable, restLeftMs } from './credentials-rest.ts';
import {
  met,
  OFF,
  pending,
  unreadable,
  wait,
  holds,
  type Finding,
  type Findings,
  type Requirement,
} from './finding.ts';
import type { CredentialsFact } from './facts.ts';

/** The operator makes the Secret long before PostgreSQL is ready; without one then, something is wrong. */
function judgeAbsent(secret: string, earlier: Findings): Finding {
  return holds(earlier, 'postgresReady')
    ? wait('CredentialsMissing', `Secret "${secret}" does not exist`)
    : pending('DatabaseBlocked', `Secret "${secret}" does not exist yet`);
}

/** Told while it goes on, whatever the Secret holds at this moment. */
function judgeUnstable({ writers }: CredentialsFact, secret: string, recheckMs: number): Finding {
  const who = writers.length > 1 ? `field managers ${writers.join(' and ')} both write` : 'something keeps changing';
  const message = `${who} the credentials in Secret "${secret}": the server keeps those that it has until that ends`;
  return wait('CredentialsUnstable', message, { recheckMs });
}

function judgeContent({ missingKeys, consistent, missingCa, verifierFault }: CredentialsFact, secret: string): Finding {
  if (missingKeys.length > 0) return wait('CredentialsMissing', `Secret "${secret}" lacks ${missingKeys.join(', ')}`);
  if (missingCa !== undefined) return wait('CredentialsMissing', `${missingCa}, which spec.percona.sslMode needs`);
  if (!consistent) {
    return wait('CredentialsIncomplete', `Secret "${secret}" is being rewritten: its uri does not carry its password`);
  }
  if (verifierFault !== undefined) return wait('CredentialsIncomplete', `Secret "${secret}" ${verifierFault}`);
  return met('PostgresReady', 'PostgreSQL is ready and its credentials are complete');
}

export const credentialsWhole: Requirement = {
  name: 'credentialsWhole',
  condition: 'DatabaseReady',
  judge: (facts, earlier) => {
    const { server, credentials } = facts;
    if (server.spec?.percona?.enabled !== true) return OFF;
    const secret = names(server.metadata.name).postgresUserSecret;
    if (credentials.state === 'absent') return judgeAbsent(secret, earlier);
    if (credentials.state === 'known') {
      return areUnstable(facts)
        ? judgeUnstable(credentials.value, secret, restLeftMs(facts))
        : judgeContent(credentials.value, secret);
    }
    return unreadable('DatabaseUnreadable', `Secret "${secret}" could not be read: ${credentials.why}`);
  },
};

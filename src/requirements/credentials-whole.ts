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

/** An emptied password is how Percona's operator is asked for a new one, by our step or by a person (2.9.0). */
const isAskedFor = ({ missingKeys, ofCluster }: CredentialsFact): boolean =>
  ofCluster && missingKeys.length === 1 && missingKeys[0] === 'password';

function judgeMissing(found: CredentialsFact, secret: string): Finding {
  const message = isAskedFor(found)
    ? `a new password was asked for, and the Percona operator has not written it into Secret "${secret}" yet: waiting for that`
    : `Secret "${secret}" lacks ${found.missingKeys.join(', ')}`;
  return wait('CredentialsMissing', message);
}

function judgeContent(found: CredentialsFact, secret: string): Finding {
  const { missingKeys, consistent, missingCa, verifierFault } = found;
  if (missingKeys.length > 0) return judgeMissing(found, secret);
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

// A person has the database's password changed by an annotation: once for each value of it. The mark of that value goes into the Secret with
// the very write that empties the password, so that no process which dies in between does it twice.
import { digest } from '../api/fingerprint.ts';
import { ANNOTATIONS, names } from '../api/names.ts';
import type { CredentialsFact, Facts } from './facts.ts';
import { valueOf } from './facts.ts';
import { holds, OFF, pending, type Finding, type Requirement } from './finding.ts';

/** Digest of the value that a person has set; the value itself is not told on, somebody may put a password there. */
export function askedRotation({ server }: Pick<Facts, 'server'>): string | undefined {
  const value = server.metadata.annotations?.[ANNOTATIONS.rotatePassword];
  return value ? digest(value) : undefined;
}

function judgeAsked(secret: string, asked: string, { writers }: CredentialsFact): Finding {
  return {
    state: 'act',
    step: 'rotateDatabasePassword',
    intent: asked,
    summary: 'change the database password',
    needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'postgresClusterExists', 'postgresReady', 'credentialsWhole'], // prettier-ignore
    reason: 'PasswordRotationDue',
    message: `the password in Secret "${secret}" is to be changed, as the annotation ${ANNOTATIONS.rotatePassword} asks`,
    otherManagers: writers,
  };
}

export const passwordRotation: Requirement = {
  name: 'passwordRotation',
  condition: 'DatabaseReady',
  judge: (facts, earlier) => {
    const asked = askedRotation(facts);
    const found = valueOf(facts.credentials);
    if (facts.server.spec?.percona?.enabled !== true || asked === undefined || !found) return OFF;
    if (found.rotation === asked) return OFF;
    const isDatabaseReady = holds(earlier, 'postgresReady') && holds(earlier, 'credentialsWhole');
    if (!isDatabaseReady || !found.ofCluster)
      return pending('DatabaseBlocked', 'the password is changed when the database is ready');
    return judgeAsked(names(facts.server.metadata.name).postgresUserSecret, asked, found);
  },
};

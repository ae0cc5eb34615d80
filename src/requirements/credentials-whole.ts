// The database's credentials are there and agree with themselves, so that no pod is rolled to a half-written password.
import { names } from '../api/names.ts';
import { met, OFF, pending, wait, holds, type Requirement } from './finding.ts';

export const credentialsWhole: Requirement = {
  name: 'credentialsWhole',
  condition: 'DatabaseReady',
  judge: ({ server, credentials }, earlier) => {
    if (server.spec?.percona?.enabled !== true) return OFF;
    const secret = names(server.metadata.name).postgresUserSecret;
    if (credentials.state === 'unreadable') {
      const message = `Secret "${secret}" could not be read: ${credentials.why}`;
      return wait('DatabaseUnreadable', message, { unknown: true });
    }
    if (credentials.state === 'absent') {
      return holds(earlier, 'postgresReady')
        ? wait('CredentialsMissing', `Secret "${secret}" does not exist`, { budget: 'database' })
        : pending('DatabaseBlocked', `Secret "${secret}" does not exist yet`);
    }
    const { missingKeys, consistent } = credentials.value;
    if (missingKeys.length > 0) {
      const message = `Secret "${secret}" lacks ${missingKeys.join(', ')}`;
      return wait('CredentialsMissing', message, { budget: 'database' });
    }
    if (!consistent) {
      const message = `Secret "${secret}" is being rewritten: its uri does not carry its password`;
      return wait('CredentialsIncomplete', message, { budget: 'database' });
    }
    return met('PostgresReady', 'PostgreSQL is ready and its credentials are complete');
  },
};

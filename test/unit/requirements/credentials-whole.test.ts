// The database's user Secret, before anything is rolled to it (M8).
import { ABSENT, known } from '../../../src/requirements/facts.ts';
import { credentialsWhole } from '../../../src/requirements/credentials-whole.ts';
import { met, wait } from '../../../src/requirements/finding.ts';
import { earlier, factsWith, saying, SQLITE, unread, type Changes } from './facts.ts';

const SECRET = 'Secret "files-postgres-pguser-dittofs"';
const READY = earlier({ postgresReady: met('PostgresReady', '') });
const STARTING = earlier({ postgresReady: wait('PostgresInitializing', '') });

const rows: [string, Changes, object][] = [
  ['no Percona', SQLITE, { state: 'off' }],
  ['whole', {}, { state: 'met', reason: 'PostgresReady' }],
  [
    'absent although PostgreSQL is ready',
    { credentials: ABSENT },
    { state: 'wait', reason: 'CredentialsMissing', budget: 'database', message: saying(SECRET, 'does not exist') },
  ],
  [
    'without uri',
    { credentials: known({ missingKeys: ['uri'], consistent: false }) },
    { state: 'wait', reason: 'CredentialsMissing', message: saying(SECRET, 'lacks uri') },
  ],
  [
    'the CA that the certificate is to be checked against is not there',
    { credentials: known({ missingKeys: [], consistent: true, missingCa: 'Secret "c" has no ca.crt yet' }) },
    {
      state: 'wait',
      reason: 'CredentialsMissing',
      budget: 'database',
      message: 'Secret "c" has no ca.crt yet, which spec.percona.sslMode needs',
    },
  ],
  [
    'half written',
    { credentials: known({ missingKeys: [], consistent: false }) },
    {
      state: 'wait',
      reason: 'CredentialsIncomplete',
      budget: 'database',
      message: saying('its uri does not carry its password'),
    },
  ],
  [
    'not readable',
    { credentials: unread('the role lacks it') },
    { state: 'wait', reason: 'DatabaseUnreadable', unknown: true, message: saying(SECRET, 'the role lacks it') },
  ],
];

test.each(rows)('%s', (_, changes, found) => {
  expect(credentialsWhole.judge(factsWith(changes), READY)).toMatchObject(found);
});

test('absent while PostgreSQL starts is no error', () => {
  expect(credentialsWhole.judge(factsWith({ credentials: ABSENT }), STARTING)).toMatchObject({
    state: 'pending',
    reason: 'DatabaseBlocked',
  });
});

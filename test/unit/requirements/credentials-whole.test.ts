// The database's user Secret, before anything is rolled to it (M8).
import { ABSENT } from '../../../src/requirements/facts.ts';
import { credentialsWhole } from '../../../src/requirements/credentials-whole.ts';
import { met, wait } from '../../../src/requirements/finding.ts';
import { credentials, earlier, factsWith, NOW_MS, saying, SQLITE, unread, type Changes } from './facts.ts';

const SECRET = 'Secret "files-postgres-pguser-dittofs"';
const READY = earlier({ postgresReady: met('PostgresReady', '') });
const STARTING = earlier({ postgresReady: wait('PostgresInitializing', '') });

const QUARREL = { writtenAt: 'now', writers: ['external-sync', 'postgrescluster-controller'] };
const RESTLESS = { hash: '', writtenAt: 'now', sinceMs: NOW_MS - 1_000, changes: 5, inUse: 'before' };

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
    { credentials: credentials({ missingKeys: ['uri'], consistent: false }) },
    { state: 'wait', reason: 'CredentialsMissing', message: saying(SECRET, 'lacks uri') },
  ],
  [
    'emptied, by which a new password is asked for: no fault, but what is waited for',
    { credentials: credentials({ missingKeys: ['password'], consistent: false }) },
    {
      state: 'wait',
      reason: 'CredentialsMissing',
      budget: 'database',
      message: `a new password was asked for, and the Percona operator has not written it into ${SECRET} yet: waiting for that`,
    },
  ],
  [
    'emptied, where no operator answers that',
    { credentials: credentials({ missingKeys: ['password'], consistent: false, ofCluster: false }) },
    { state: 'wait', reason: 'CredentialsMissing', message: saying(SECRET, 'lacks password') },
  ],
  [
    'emptied, and more than that is gone',
    { credentials: credentials({ missingKeys: ['password', 'uri'], consistent: false }) },
    { state: 'wait', reason: 'CredentialsMissing', message: saying(SECRET, 'lacks password, uri') },
  ],
  [
    'the CA that the certificate is to be checked against is not there',
    { credentials: credentials({ missingCa: 'Secret "c" has no ca.crt yet' }) },
    {
      state: 'wait',
      reason: 'CredentialsMissing',
      budget: 'database',
      message: 'Secret "c" has no ca.crt yet, which spec.percona.sslMode needs',
    },
  ],
  [
    'half written',
    { credentials: credentials({ consistent: false }) },
    {
      state: 'wait',
      reason: 'CredentialsIncomplete',
      budget: 'database',
      message: saying('its uri does not carry its password'),
    },
  ],
  [
    'of another password than its verifier',
    { credentials: credentials({ verifierFault: 'has a verifier of another password' }) },
    { state: 'wait', reason: 'CredentialsIncomplete', message: `${SECRET} has a verifier of another password` },
  ],
  [
    'rewritten by two controllers without end (R1)',
    { credentials: credentials({ missingKeys: ['uri'], ...QUARREL }), memory: { credentials: RESTLESS } },
    {
      state: 'wait',
      reason: 'CredentialsUnstable',
      message: saying('field managers external-sync and postgrescluster-controller both write', SECRET),
      recheckMs: 4_000,
    },
  ],
  [
    'rewritten without end by somebody without a name',
    { credentials: credentials({ writtenAt: 'now' }), memory: { credentials: RESTLESS } },
    { state: 'wait', reason: 'CredentialsUnstable', message: saying('something keeps changing', SECRET) },
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

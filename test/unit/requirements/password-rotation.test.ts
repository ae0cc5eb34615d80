// A new value of the annotation has the password changed once, and only of a database that is ready and ours.
import { ABSENT } from '../../../src/requirements/facts.ts';
import { met, wait } from '../../../src/requirements/finding.ts';
import { askedRotation, passwordRotation } from '../../../src/requirements/password-rotation.ts';
import { credentials, earlier, factsWith, saying, SQLITE, type Changes } from './facts.ts';

const asks = (value: string): Changes => ({ metadata: { annotations: { 'dittofs.io/rotate-password': value } } });
const ASKED = asks('monday');
const DONE = askedRotation(factsWith(ASKED)) ?? '';
const READY = earlier({ postgresReady: met('PostgresReady', ''), credentialsWhole: met('PostgresReady', '') });
const HALF = earlier({ postgresReady: met('PostgresReady', ''), credentialsWhole: wait('CredentialsIncomplete', '') });
const DOWN = earlier({ postgresReady: wait('PostgresInitializing', ''), credentialsWhole: met('PostgresReady', '') });

test.each<[string, Changes, typeof READY, object]>([
  ['nobody asks', {}, READY, { state: 'off' }],
  ['an empty value asks for nothing', asks(''), READY, { state: 'off' }],
  ['without a database of its own', { ...SQLITE, ...ASKED }, READY, { state: 'off' }],
  ['without credentials, which is told elsewhere', { ...ASKED, credentials: ABSENT }, READY, { state: 'off' }],
  ['done for this value', { ...ASKED, credentials: credentials({ rotation: DONE }) }, READY, { state: 'off' }],
  ['asked for', ASKED, READY, { state: 'act', step: 'rotateDatabasePassword', intent: DONE, message: saying('files-postgres-pguser-dittofs') }],
  ['another value than the last time', { ...ASKED, credentials: credentials({ rotation: 'earlier' }) }, READY, { state: 'act' }],
  ['while the database is down', ASKED, DOWN, { state: 'pending', reason: 'DatabaseBlocked' }],
  ['while another rotation is half done', ASKED, HALF, { state: 'pending' }],
  ['a Secret that the operator has not taken up', { ...ASKED, credentials: credentials({ ofCluster: false }) }, READY, { state: 'pending' }],
])('%s', (_, changes, before, found) => {
  expect(passwordRotation.judge(factsWith(changes), before)).toMatchObject(found);
}); // prettier-ignore

test('a cluster that is not ours is never touched', () => {
  const found = passwordRotation.judge(factsWith(ASKED), READY);
  expect(found).toMatchObject({ needs: expect.arrayContaining(['postgresClusterExists', 'notPaused', 'notDeleted']) as object }); // prettier-ignore
});

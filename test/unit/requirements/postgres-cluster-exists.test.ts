// Percona is installed, the cluster exists and is ours; and a database that once was is never replaced by an empty one.
import { ABSENT, known } from '../../../src/requirements/facts.ts';
import { postgresClusterExists } from '../../../src/requirements/postgres-cluster-exists.ts';
import {
  claim,
  cluster,
  CLUSTER_UID,
  earlier,
  factsWith,
  FRESH,
  saying,
  SQLITE,
  UID,
  unread,
  type Changes,
} from './facts.ts';

const operator = (changes: object) =>
  known({ version: 'v2.9.0', supported: true, supportedVersions: '2.9.0 and newer', missingImages: [], ...changes });
const HAD_ONE = { ...FRESH, status: { perconaClusterName: 'files-postgres', perconaClusterUid: CLUSTER_UID } } as const;
const database = { state: 'wait', budget: 'database' };
const create = { state: 'act', step: 'createPostgresCluster' };

const rows: [string, Changes, object][] = [
  ['no Percona', SQLITE, { state: 'off' }],
  ['it exists and is ours', {}, { state: 'met', message: saying('"files-postgres" exists') }],
  ['it exists, whatever the operator is now', { perconaOperator: ABSENT }, { state: 'met' }],
  ['nothing is there', FRESH, { ...create, summary: 'create PerconaPGCluster files-postgres' }],
  [
    'the API is missing (W5)',
    { ...FRESH, perconaOperator: ABSENT },
    { ...database, reason: 'DatabaseAPIMissing', unknown: true, message: saying('install the Percona Operator') },
  ],
  ['the CRD may not be read: the create will tell', { ...FRESH, perconaOperator: unread('no') }, create],
  [
    'an operator that is too old',
    { ...FRESH, perconaOperator: operator({ version: 'v2.5.0', supported: false }) },
    { ...database, reason: 'DatabaseOperatorUnsupported', message: saying('v2.5.0', 'supported are 2.9.0 and newer') },
  ],
  [
    'no images are known for this PostgreSQL',
    { ...FRESH, perconaOperator: operator({ missingImages: ['spec.percona.images.postgres'] }) },
    { ...database, reason: 'DatabaseOperatorUnsupported', message: saying('set spec.percona.images.postgres') },
  ],
  [
    'a foreign cluster of that name',
    { postgresCluster: cluster({ ownership: 'foreign' }) },
    { ...database, reason: 'ForeignPostgresCluster', message: saying('belongs to somebody else', 'use another name') },
  ],
  [
    'one that was kept from an earlier DittoServer: handed over, never deleted on our advice',
    { postgresCluster: cluster({ ownership: 'former' }) },
    {
      ...database,
      reason: 'ForeignPostgresCluster',
      message: saying(`kubectl label -n prod perconapgcluster files-postgres dittofs.io/owner-uid=${UID} --overwrite`),
    },
  ],
  [
    'ours on its way out',
    { postgresCluster: cluster({ terminating: true }) },
    { ...database, reason: 'PostgresClusterTerminating' },
  ],
  [
    'an earlier one that Kubernetes will collect',
    { postgresCluster: cluster({ ownership: 'collected' }) },
    { ...database, reason: 'PostgresClusterTerminating' },
  ],
  [
    'it may not be read',
    { postgresCluster: unread('the role lacks it') },
    { ...database, reason: 'DatabaseUnreadable', unknown: true },
  ],
  [
    'it is lost, with exactly one volume left: made again over it, and said so',
    { ...HAD_ONE, databaseClaims: known([claim('pgdata-a')]) },
    {
      ...create,
      summary: saying('on volume claim pgdata-a', 'left of an earlier database'),
      message: saying('pgdata-a'),
    },
  ],
  [
    'a new DittoServer over one volume of an earlier database',
    { ...FRESH, databaseClaims: known([claim('pgdata-a')]) },
    { ...create, summary: saying('pgdata-a') },
  ],
  [
    'it is lost and so is its volume',
    HAD_ONE,
    { state: 'wait', reason: 'DatabaseLost', message: saying('a new one would be empty') },
  ],
  [
    'it is lost and its volume is being deleted: nothing is built on what vanishes',
    { ...HAD_ONE, databaseClaims: known([{ ...claim('pgdata-a'), terminating: true }]) },
    { state: 'wait', reason: 'PostgresClusterTerminating', message: saying('pgdata-a', 'is being deleted') },
  ],
  [
    'it is lost, with several volumes left',
    { ...HAD_ONE, databaseClaims: known([claim('pgdata-b'), claim('pgdata-a')]) },
    { state: 'wait', reason: 'LeftoverVolumes', message: saying('pgdata-a, pgdata-b', 'all but the one') },
  ],
  [
    'a new DittoServer over several volumes',
    { ...FRESH, databaseClaims: known([claim('a'), claim('b')]) },
    { reason: 'LeftoverVolumes' },
  ],
  [
    'the volumes may not be read: nothing is guessed',
    { ...FRESH, databaseClaims: unread('no') },
    { ...database, reason: 'DatabaseUnreadable', unknown: true },
  ],
];

test.each(rows)('%s', (_, changes, found) => {
  expect(postgresClusterExists.judge(factsWith(changes), earlier())).toMatchObject(found);
});

test('creating it needs sound inputs and the foundation, which goes along', () => {
  expect(postgresClusterExists.judge(factsWith(FRESH), earlier())).toMatchObject({
    needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'foundationApplied'],
  });
});

test.each(['DatabaseLost', 'LeftoverVolumes'])('no deadline runs for %s: a person has to decide', (reason) => {
  const databaseClaims = known(reason === 'DatabaseLost' ? [] : [claim('a'), claim('b')]);
  const found = postgresClusterExists.judge(factsWith({ ...HAD_ONE, databaseClaims }), earlier());
  expect(found).toMatchObject({ reason });
  expect(found).not.toHaveProperty('budget');
});

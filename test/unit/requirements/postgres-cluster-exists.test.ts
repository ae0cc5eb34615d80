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
  pod,
  saying,
  SQLITE,
  unread,
  type Changes,
} from './facts.ts';

const operator = (changes: object) =>
  known({ version: 'v2.9.0', supported: true, supportedVersions: '2.9.0 and newer', missingImages: [], ...changes });
const HAD_ONE = { ...FRESH, status: { perconaClusterName: 'files-postgres', perconaClusterUid: CLUSTER_UID } } as const;
const database = { state: 'wait', budget: 'database' };
const adopt = {
  state: 'act',
  step: 'adoptPostgresCluster',
  needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused'],
};
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
    {
      ...database,
      reason: 'ForeignPostgresCluster',
      message: saying(
        'belongs to somebody else',
        'use another name',
        `kubectl annotate -n prod dittoserver files dittofs.io/adopt-database=${CLUSTER_UID}`,
      ),
    },
  ],
  [
    'a foreign one that the user names by its uid',
    {
      postgresCluster: cluster({ ownership: 'foreign' }),
      metadata: { annotations: { 'dittofs.io/adopt-database': CLUSTER_UID } },
    },
    adopt,
  ],
  [
    'a foreign one, and the user named another',
    {
      postgresCluster: cluster({ ownership: 'foreign' }),
      metadata: { annotations: { 'dittofs.io/adopt-database': 'another' } },
    },
    { reason: 'ForeignPostgresCluster' },
  ],
  [
    'one that another controller has is not to be had, whatever the user says',
    {
      postgresCluster: cluster({ ownership: 'foreign', controller: 'Shop front' }),
      metadata: { annotations: { 'dittofs.io/adopt-database': CLUSTER_UID } },
    },
    {
      reason: 'ForeignPostgresCluster',
      message: expect.stringMatching(/belongs to Shop front: use another name for the DittoServer$/) as string,
    },
  ],
  [
    'one that was kept from an earlier DittoServer of this name',
    { postgresCluster: cluster({ ownership: 'former' }) },
    adopt,
  ],
  [
    'the cluster is gone and its pods have not ended (A7)',
    { ...FRESH, databasePods: known([pod({ name: 'pg-0' })]) },
    { ...database, reason: 'PostgresClusterTerminating', message: saying('has not ended yet', 'pg-0') },
  ],
  [
    'the cluster is gone and what the operator made of it has not (A7)',
    { ...FRESH, innerCluster: known({ ofPercona: true }) },
    { ...database, reason: 'PostgresClusterTerminating', message: saying('PostgresCluster "files-postgres"') },
  ],
  [
    'a PostgresCluster of somebody else has that name',
    { ...FRESH, innerCluster: known({ ofPercona: false }) },
    { ...database, reason: 'ForeignPostgresCluster' },
  ],
  [
    'that cannot be read',
    { ...FRESH, innerCluster: unread('no role') },
    { ...database, reason: 'DatabaseUnreadable', unknown: true },
  ],
  [
    'whose pods cannot be read',
    { ...FRESH, databasePods: unread('no role') },
    { ...database, reason: 'DatabaseUnreadable', unknown: true },
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
    {
      state: 'wait',
      reason: 'DatabaseLost',
      message: saying('a new one would be empty', `dittofs.io/accept-empty-database=${CLUSTER_UID}`),
    },
  ],
  [
    'it is lost, and the volume that is left bears no label of the operator',
    { ...HAD_ONE, unusedClaims: ['pgdata-a'] },
    {
      state: 'wait',
      reason: 'DatabaseLost',
      message: saying('pgdata-a bear no label postgres-operator.crunchydata.com/cluster', 'put the labels', 'accept'),
    },
  ],
  [
    'it is lost, and the user accepts an empty one in its place',
    { ...HAD_ONE, metadata: { annotations: { 'dittofs.io/accept-empty-database': CLUSTER_UID } } },
    create,
  ],
  [
    'the user has accepted that of an earlier loss',
    { ...HAD_ONE, metadata: { annotations: { 'dittofs.io/accept-empty-database': 'an-earlier-one' } } },
    { reason: 'DatabaseLost' },
  ],
  [
    'it is lost and its volume is being deleted: nothing is built on what vanishes',
    { ...HAD_ONE, databaseClaims: known([{ ...claim('pgdata-a'), terminating: true }]) },
    { state: 'wait', reason: 'PostgresClusterTerminating', message: saying('pgdata-a', 'is being deleted') },
  ],
  [
    'it is lost, with several volumes left',
    { ...HAD_ONE, databaseClaims: known([claim('pgdata-b'), claim('pgdata-a')]) },
    { state: 'wait', reason: 'DatabaseLost', message: saying('pgdata-a, pgdata-b', 'all but the one') },
  ],
  [
    'a new DittoServer over several volumes',
    { ...FRESH, databaseClaims: known([claim('a'), claim('b')]) },
    { reason: 'LeftoverVolumes' },
  ],
  [
    'what is on the volume may not be read: nothing is guessed',
    { ...FRESH, databaseClaims: known([claim('pgdata-a')]), databaseRecord: unread('no role') },
    { ...database, reason: 'DatabaseUnreadable', unknown: true, message: saying('pgdata-a', 'no role') },
  ],
  ['the same without a volume', { ...FRESH, databaseRecord: unread('no role') }, create],
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

const LOST: [string, Changes][] = [
  ['DatabaseLost', HAD_ONE],
  ['LeftoverVolumes', { ...FRESH, databaseClaims: known([claim('a'), claim('b')]) }],
];

test.each(LOST)('no deadline runs for %s: a person has to decide', (reason, changes) => {
  const found = postgresClusterExists.judge(factsWith(changes), earlier());
  expect(found).toMatchObject({ reason });
  expect(found).not.toHaveProperty('budget');
});

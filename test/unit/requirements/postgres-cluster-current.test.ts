// The cluster changes when spec.percona does, and at no other time (M4).
import { ABSENT } from '../../../src/requirements/facts.ts';
import { postgresClusterCurrent } from '../../../src/requirements/postgres-cluster-current.ts';
import { cluster, earlier, factsWith, SQLITE, type Changes } from './facts.ts';

const rows: [string, Changes, object][] = [
  ['spec.percona is as it was', {}, { state: 'off' }],
  [
    'the user edited the cluster itself (M4)',
    { postgresCluster: cluster({ wanted: 3, otherManagers: ['kubectl'] }) },
    { state: 'off' },
  ],
  [
    'spec.percona has changed',
    { perconaHash: 'percona-2' },
    {
      state: 'act',
      step: 'updatePostgresCluster',
      intent: 'percona-2',
      needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'inputsPresent', 'postgresClusterExists'],
    },
  ],
  ['no cluster', { perconaHash: 'percona-2', postgresCluster: ABSENT }, { state: 'off' }],
  [
    'a foreign cluster',
    { perconaHash: 'percona-2', postgresCluster: cluster({ ownership: 'foreign' }) },
    { state: 'off' },
  ],
  [
    'a cluster on its way out',
    { perconaHash: 'percona-2', postgresCluster: cluster({ terminating: true }) },
    { state: 'off' },
  ],
  ['no Percona', SQLITE, { state: 'off' }],
];

test.each(rows)('%s', (_, changes, found) => {
  expect(postgresClusterCurrent.judge(factsWith(changes), earlier())).toMatchObject(found);
});

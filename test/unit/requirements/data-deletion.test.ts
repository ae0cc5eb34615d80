// What is next when a DittoServer is deleted with its data: nothing is destroyed that is not ours or not asked for, and our finalizer goes
// only when the data is gone.
import { ABSENT, known, type Fact } from '../../../src/requirements/facts.ts';
import { planDataDeletion } from '../../../src/requirements/data-deletion.ts';
import { DATA_FINALIZER } from '../../../src/api/names.ts';
import { notDeleted } from '../../../src/requirements/not-deleted.ts';
import { claim, cluster, CLUSTER_UID, earlier, factsWith, pod, saying, unread, type Changes } from './facts.ts';

const DELETED = { deletionTimestamp: '2026-03-01T11:59:00Z', finalizers: [DATA_FINALIZER, 'example.com/other'] };
const STATUS = { perconaClusterName: 'files-postgres', perconaClusterUid: CLUSTER_UID };
const base: Changes = {
  metadata: DELETED,
  spec: { percona: { enabled: true, deletionPolicy: 'DeleteWithData' } },
  status: STATUS,
  postgresCluster: cluster({ controlled: false }),
};
const gone: Changes = { ...base, postgresCluster: ABSENT, databaseClaims: known([]) };
const inner = (ofPercona: boolean): Fact<{ ofPercona: boolean }> => known({ ofPercona });

const rows: [string, Changes, object | undefined][] = [
  ['it is not being deleted', { ...base, metadata: { finalizers: [DATA_FINALIZER] } }, undefined],
  ['our finalizer was taken off by somebody', { ...base, metadata: { ...DELETED, finalizers: ['example.com/other'] } }, undefined],
  ['the cluster stands', base, { next: 'deleteCluster' }],
  ['the specification cannot work now (X6)', { ...base, spec: { ...base.spec, replicas: -1 } }, { next: 'deleteCluster' }],
  ['the policy was changed to Retain meanwhile', { ...base, spec: { percona: { enabled: true, deletionPolicy: 'Retain' } } }, { next: 'release', all: false }],
  ['spec.percona was removed: nobody says any more that data is to go', { ...base, spec: { percona: undefined } as never }, { next: 'release', all: false }],
  ['the cluster is somebody else’s', { ...base, postgresCluster: cluster({ ownership: 'foreign' }) }, { next: 'release', all: false }],
  ['the cluster was handed over to us', { ...base, postgresCluster: cluster({ adopted: true }) }, { next: 'release', all: false }],
  ['a cluster that was handed over to us is gone: its volumes are somebody else’s', { ...gone, metadata: { ...DELETED, annotations: { 'dittofs.io/adopt-database': CLUSTER_UID } }, databaseClaims: known([claim('a')]) }, { next: 'release', all: false }],
  ['the cluster is on its way', { ...base, postgresCluster: cluster({ terminating: true }) }, { next: 'wait', why: saying('Percona’s operator has to finish'.replace('’', "'")) }],
  ['the cluster cannot be read', { ...base, postgresCluster: unread('no role') }, { next: 'wait', why: saying('no role') }],
  ['no cluster was ever ours, whatever volumes there are', { ...gone, status: {}, databaseClaims: known([claim('a')]) }, { next: 'release', all: false }],
  ['the cluster is gone, its pods run on (A7)', { ...gone, databasePods: known([pod({ name: 'pg-0' })]) }, { next: 'wait', why: saying('pg-0') }],
  ['the cluster is gone, its inner one has not ended (A7)', { ...gone, innerCluster: inner(true) }, { next: 'wait', why: saying('PostgresCluster "files-postgres"') }],
  ['pods cannot be read', { ...gone, databasePods: unread('no role') }, { next: 'wait' }],
  ['the API of Percona was removed, and volumes are left', { ...gone, databaseClaims: known([claim('a')]) }, { next: 'deleteClaims' }],
  ['volumes cannot be read', { ...gone, databaseClaims: unread('no role') }, { next: 'wait' }],
  ['volumes are on their way', { ...gone, databaseClaims: known([{ ...claim('a'), terminating: true }]) }, { next: 'wait', why: saying('a') }],
  ['nothing is left', gone, { next: 'release', all: true }],
]; // prettier-ignore

test.each(rows)('%s', (_, changes, expected) => {
  const found = planDataDeletion(factsWith(changes));
  if (expected === undefined) expect(found).toBeUndefined();
  else expect(found).toMatchObject(expected);
});

test('every piece of it is held by a pause, and by nothing else', () => {
  expect(notDeleted.judge(factsWith(base), earlier())).toMatchObject({ state: 'act', step: 'deleteData', needs: ['notPaused'] });
}); // prettier-ignore

test('what it waits for is told, and told as overdue after the deadline of databases', () => {
  const facts = factsWith({ ...base, postgresCluster: cluster({ terminating: true }) });
  expect(notDeleted.judge(facts, earlier())).toMatchObject({ state: 'wait', reason: 'DeletingData', budget: 'database' });
}); // prettier-ignore

test('one that is to be kept after all is not told as being deleted while what it bears for its deletion cannot be taken off', () => {
  const spec = { percona: { enabled: true, deletionPolicy: 'Retain' } } as const;
  const found = notDeleted.judge(factsWith({ ...base, spec, postgresCluster: unread('no role') }), earlier());
  expect(found).toMatchObject({
    state: 'wait',
    reason: 'DeletingData',
    message:
      'the database is kept; what was put on it for its deletion cannot be taken off yet: PerconaPGCluster "files-postgres" could not be read: no role',
  });
});

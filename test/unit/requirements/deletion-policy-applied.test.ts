// An owner reference on the PerconaPGCluster, or none (X1).
import { ABSENT } from '../../../src/requirements/facts.ts';
import { deletionPolicyApplied } from '../../../src/requirements/deletion-policy-applied.ts';
import { cluster, earlier, factsWith, SQLITE, type Changes } from './facts.ts';

const percona = (more: object): Changes => ({ spec: { percona: { enabled: true, ...more } } });
const OWNED = cluster({ controlled: true });
const FREE = cluster({ controlled: false });

const off: [string, Changes][] = [
  ['nothing is said: Delete, and the reference is there', {}],
  ['Delete', percona({ deletionPolicy: 'Delete' })],
  ['Retain without a reference', { ...percona({ deletionPolicy: 'Retain' }), postgresCluster: FREE }],
  ['the older deleteWithServer: false is Retain', { ...percona({ deleteWithServer: false }), postgresCluster: FREE }],
  ['deletionPolicy wins over deleteWithServer', percona({ deletionPolicy: 'Delete', deleteWithServer: false })],
  ['no cluster', { ...percona({ deletionPolicy: 'Retain' }), postgresCluster: ABSENT }],
  [
    'a foreign cluster',
    { ...percona({ deletionPolicy: 'Retain' }), postgresCluster: cluster({ ownership: 'foreign' }) },
  ],
  [
    'a cluster on its way out',
    { ...percona({ deletionPolicy: 'Retain' }), postgresCluster: cluster({ terminating: true }) },
  ],
  ['no Percona', SQLITE],
  [
    'spec.percona removed: a kept cluster is not handed to the collector',
    { spec: { percona: undefined } as never, postgresCluster: FREE },
  ],
];

const due: [string, Changes, string][] = [
  ['changed to Retain', { ...percona({ deletionPolicy: 'Retain' }), postgresCluster: OWNED }, 'Retain'],
  ['changed to Delete', { ...percona({ deletionPolicy: 'Delete' }), postgresCluster: FREE }, 'Delete'],
  ['deleteWithServer changed to false', { ...percona({ deleteWithServer: false }), postgresCluster: OWNED }, 'Retain'],
  ['deleteWithServer changed to true', { ...percona({ deleteWithServer: true }), postgresCluster: FREE }, 'Delete'],
];

test.each(off)('as it should be: %s', (_, changes) => {
  expect(deletionPolicyApplied.judge(factsWith(changes), earlier())).toEqual({ state: 'off' });
});

test.each(due)('to be applied, whatever the database and the inputs do: %s', (_, changes, intent) => {
  expect(deletionPolicyApplied.judge(factsWith(changes), earlier())).toMatchObject({
    state: 'act',
    step: 'applyDeletionPolicy',
    intent,
    needs: ['notDeleted', 'specValid', 'notPaused'],
  });
});

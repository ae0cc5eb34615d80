// Changes that would leave data behind are refused; nothing else is, least of all a healthy server.
import { ABSENT, known, type DatabaseRecord } from '../../../src/requirements/facts.ts';
import { databaseSwitch } from '../../../src/requirements/database-switch.ts';
import {
  claim,
  cluster,
  CLUSTER_UID,
  earlier,
  factsWith,
  FRESH,
  HASH,
  saying,
  SQLITE,
  statefulSet,
  type Changes,
} from './facts.ts';

const OFF = { spec: { percona: { enabled: false } } } as const;
const edited = (percona: object): Changes => ({
  spec: { percona: { enabled: true, ...percona } },
  perconaHash: 'percona-2',
});
const CLUSTER_STATUS = { perconaClusterName: 'files-postgres', perconaClusterUid: CLUSTER_UID };

const REF = { postgresSecretRef: { name: 'own', key: '' } };
/** A server that runs on an external PostgreSQL. */
const EXTERNAL: Changes = {
  ...SQLITE,
  spec: { percona: { enabled: false }, database: REF },
  statefulSet: statefulSet({ onPostgres: false, onExternalPostgres: true }),
};

const accepting = (database: string) => ({ metadata: { annotations: { 'dittofs.io/switch-database': database } } });
/** Made by the Go operator, which told of a cluster that no server of its ever used. */
const OF_GO_OPERATOR: Changes = {
  statefulSet: statefulSet({ onPostgres: false, predecessor: { inputs: HASH } }),
};

/** Nothing but a volume is left of a database, and what is on it was written down. */
const leftWith = (held: Partial<DatabaseRecord>, terminating = false) => ({
  databaseClaims: known([{ ...claim('pgdata-a'), terminating }]),
  databaseRecord: known({ postgresVersion: 16, databases: ['dittofs'], ...held }),
});

const allowed: [string, Changes][] = [
  ['Percona switched off, as accepted', { ...OFF, ...accepting('sqlite') }],
  ['a server of the Go operator begins on PostgreSQL, as accepted', { ...OF_GO_OPERATOR, ...accepting('percona') }],
  ['a server of the Go operator keeps SQLite: Percona is switched off', { ...OF_GO_OPERATOR, ...OFF }],
  [
    'an external PostgreSQL over SQLite, as accepted',
    { ...EXTERNAL, statefulSet: statefulSet({ onPostgres: false }), ...accepting('external') },
  ],
  ['a server on an external PostgreSQL, as asked for', EXTERNAL],
  [
    'another Secret for the same',
    { ...EXTERNAL, spec: { percona: { enabled: false }, database: { postgresSecretRef: { name: 'other', key: '' } } } },
  ],
  ['a new DittoServer with an external PostgreSQL', { ...FRESH, ...EXTERNAL, status: {}, statefulSet: ABSENT }],
  ['its StatefulSet is lost', { ...EXTERNAL, statefulSet: ABSENT }],
  ['a server on PostgreSQL, as asked for', {}],
  ['a server on SQLite, as asked for', SQLITE],
  ['a new DittoServer with Percona', FRESH],
  ['the same over a volume of the same version and name', { ...FRESH, ...leftWith({}) }],
  ['another version over a volume that is going', { ...FRESH, ...leftWith({ postgresVersion: 15 }, true) }],
  ['another version, and no volume is left', { ...FRESH, databaseRecord: leftWith({ postgresVersion: 15 }).databaseRecord }], // prettier-ignore
  ['another version over a volume of which nothing is written down', { ...FRESH, databaseClaims: leftWith({}).databaseClaims }], // prettier-ignore
  ['a new DittoServer without', { ...FRESH, ...OFF, postgresCluster: ABSENT }],
  [
    'Percona switched off before the server ever ran',
    { ...FRESH, ...OFF, status: CLUSTER_STATUS, postgresCluster: cluster() },
  ],
  ['Percona switched on before the server ever ran', { ...FRESH, status: {} }],
  [
    'a server that runs on SQLite after Percona was switched off before its first start',
    { ...SQLITE, status: { configHash: HASH, ...CLUSTER_STATUS } },
  ],
  ['another number of instances', edited({ replicas: 3 })],
  ['fields that an older CRD never filled in: its defaults count', { spec: { percona: { enabled: true } } }],
  ['the same, when another field changes', edited({})],
  [
    'a major upgrade that the user made on the cluster itself (M4)',
    { postgresCluster: cluster({ postgresVersion: 17 }) },
  ],
  [
    'a database that the user added on the cluster itself (M4)',
    { postgresCluster: cluster({ databases: ['other', 'dittofs'] }) },
  ],
  [
    'users that the user took off the cluster',
    { ...edited({ replicas: 2 }), postgresCluster: cluster({ databases: [] }) },
  ],
  [
    'a StatefulSet that somebody edited: it is still on PostgreSQL, and is repaired',
    { statefulSet: statefulSet({ onPostgres: false }) },
  ],
  ['a lost StatefulSet', { statefulSet: ABSENT }],
  [
    'a foreign StatefulSet of that name',
    { ...FRESH, statefulSet: statefulSet({ ownership: 'foreign', onPostgres: false }) },
  ],
  [
    'a foreign cluster of that name',
    { ...edited({ postgresVersion: 17 }), postgresCluster: cluster({ ownership: 'foreign' }) },
  ],
];

const refused: [string, Changes, ...string[]][] = [
  [
    'another major version over a volume that is left',
    { ...FRESH, ...leftWith({ postgresVersion: 15 }) },
    'spec.percona.postgresVersion 16 over data of PostgreSQL 15',
    'back to 15',
    'volume claim pgdata-a',
  ],
  [
    'another database name over one, whatever switch was accepted',
    { ...FRESH, ...leftWith({ databases: ['shop', 'more'] }), ...accepting('percona') },
    '"dittofs"',
    'back to "shop"',
  ],
  [
    'a server that the Go operator left on SQLite',
    OF_GO_OPERATOR,
    'runs on SQLite',
    'spec.percona.enabled to false',
    'dittofs.io/switch-database: percona',
  ],
  [
    'Percona switched off, while another switch was accepted once',
    { ...OFF, ...accepting('percona') },
    'data in PostgreSQL',
    'dittofs.io/switch-database: sqlite',
  ],
  [
    'another database name, whatever switch was accepted',
    { ...edited({ databaseName: 'other' }), ...accepting('percona') },
    '"other"',
  ],
  ['Percona switched off', OFF, 'spec.percona.enabled off', 'data in PostgreSQL', 'back to true'],
  ['spec.percona removed', { spec: { percona: undefined } as never }, 'data in PostgreSQL', 'back to true'],
  ['Percona switched off while the StatefulSet is lost', { ...OFF, statefulSet: ABSENT }, 'data in PostgreSQL'],
  [
    'Percona switched on over SQLite',
    { status: { configHash: HASH }, statefulSet: statefulSet({ onPostgres: false }), postgresCluster: ABSENT },
    'data in SQLite',
    'back to false',
  ],
  [
    'Percona switched on over SQLite while the StatefulSet is lost',
    { status: { configHash: HASH }, statefulSet: ABSENT, postgresCluster: ABSENT },
    'data in SQLite',
  ],
  [
    'an external PostgreSQL over SQLite',
    { ...EXTERNAL, statefulSet: statefulSet({ onPostgres: false }) },
    'spec.database.postgresSecretRef',
    'data in SQLite',
    'remove it',
  ],
  [
    'an external PostgreSQL that is taken away',
    { ...EXTERNAL, spec: { percona: { enabled: false } } },
    'spec.database.postgresSecretRef',
    'data in the external PostgreSQL',
    'put it back',
  ],
  [
    'an external PostgreSQL in the place of Percona',
    { spec: { percona: { enabled: false }, database: REF } },
    'spec.percona.enabled off',
    'data in PostgreSQL',
  ],
  [
    'Percona in the place of an external PostgreSQL',
    { ...EXTERNAL, spec: { percona: { enabled: true } } },
    'spec.percona.enabled on',
    'data in the external PostgreSQL',
  ],
  ['another major of PostgreSQL', edited({ postgresVersion: 17 }), 'postgresVersion 17', 'PostgreSQL 16', 'back to 16'],
  [
    'the version removed from the specification of a database of another major',
    { ...edited({}), postgresCluster: cluster({ postgresVersion: 17 }) },
    'postgresVersion 16',
    'back to 17',
  ],
  ['another database name', edited({ databaseName: 'other' }), '"other"', 'empty database', 'back to "dittofs"'],
];

test.each(allowed)('goes on: %s', (_, changes) => {
  expect(databaseSwitch.judge(factsWith(changes), earlier())).toEqual({ state: 'off' });
});

test.each(refused)('refused, with what would be lost: %s', (_, changes, ...parts) => {
  const found = databaseSwitch.judge(factsWith(changes), earlier());
  expect(found).toMatchObject({ state: 'wait', reason: 'DatabaseSwitchRefused', message: saying(...parts) });
  expect(found).not.toHaveProperty('budget');
});

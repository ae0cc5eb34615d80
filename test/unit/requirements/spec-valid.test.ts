// What of a specification cannot work, also in objects that never passed our CRD (V1, V2, V4, D2).
import { specValid } from '../../../src/requirements/spec-valid.ts';
import { earlier, factsWith, saying, SQLITE, type Changes } from './facts.ts';

const PERCONA = { enabled: true } as const;
const named = (name: string, percona = true): Changes => ({ ...(percona ? {} : SQLITE), metadata: { name } });
const percona = (more: object): Changes => ({ spec: { percona: { ...PERCONA, ...more } } });
const storage = (more: object): Changes => ({ spec: { storage: { metadataSize: '5Gi', ...more } } });
const backup = (more: object): Changes => percona({ backup: { enabled: true, bucket: 'b', endpoint: 'e', ...more } });

// prettier-ignore
const good: [string, Changes][] = [
  ['the usual one', {}],
  ['one without Percona', SQLITE],
  ['scaled to zero', { spec: { replicas: 0 } }],
  ['without replicas', { spec: { replicas: undefined } as never }],
  ['a name of 28 characters with Percona (D2)', named('a'.repeat(28))],
  ['a name of 51 characters without (V2)', named('a'.repeat(51), false)],
  ['a name that begins with a digit: newer API servers take it (V1)', named('2024-files')],
  ['storageSize 10G', percona({ storageSize: '10G' })],
  ['storageSize 1Gi, the least', percona({ storageSize: '1Gi' })],
  ['databaseName with "-"', percona({ databaseName: '_my-db' })],
  ['a backup that is off', percona({ backup: { enabled: false } })],
  ['a backup with bucket and endpoint', backup({})],
  ['an empty reference to an external database', { spec: { database: { postgresSecretRef: { key: '', name: '' } } } }],
  ['an external database', { spec: { percona: { enabled: false }, database: { type: 'postgres', postgresSecretRef: { key: 'k', name: 'pg' } } } }],
  ['type postgres beside Percona', { spec: { percona: PERCONA, database: { type: 'postgres' } } }],
  ['schedules with names, steps, lists and ranges', backup({ fullSchedule: '@weekly', incrSchedule: '*/15 1-5,22 * jan-JUN mon' })],
  ['the check of the certificate against its issuer', percona({ sslMode: 'verify-full' })],
  ['metrics that are off', { spec: { metrics: { enabled: false } } }],
  ['Percona switched off with a bad size', { spec: { percona: { enabled: false, storageSize: 'ten' } } }],
];

const bad: [string, Changes, string, ...string[]][] = [
  ['a name with a dot (V1)', named('v1.2'), 'NameInvalid', 'metadata.name', 'v1.2', 'dot'],
  ['a name like those of namespaces (V1)', named('a.b.c'), 'NameInvalid', 'metadata.name', 'a.b.c', 'dot'],
  ['29 characters with Percona (D2)', named('a'.repeat(29)), 'NameTooLong', '29 characters', 'at most 28'],
  ['52 characters without (V2)', named('a'.repeat(52), false), 'NameTooLong', '52 characters', 'at most 51'],
  ['two replicas', { spec: { replicas: 2 } }, 'InvalidSpec', 'spec.replicas 2', 'use 1, or 0'],
  ['no metadataSize', storage({ metadataSize: undefined }), 'InvalidSpec', 'spec.storage.metadataSize is missing'],
  ['metadataSize 0Gi', storage({ metadataSize: '0Gi' }), 'InvalidSpec', 'spec.storage.metadataSize "0Gi"'],
  ['contentSize in another unit', storage({ contentSize: '10G' }), 'InvalidSpec', 'spec.storage.contentSize "10G"'],
  ['controlPlaneSize ten', storage({ controlPlaneSize: 'ten' }), 'InvalidSpec', 'spec.storage.controlPlaneSize'],
  ['storageSize ten (V4)', percona({ storageSize: 'ten' }), 'InvalidSpec', 'spec.percona.storageSize "ten"'],
  ['storageSize 0', percona({ storageSize: '0' }), 'InvalidSpec', 'storageSize "0"', 'minimum of 1Gi'],
  ['storageSize -5Gi', percona({ storageSize: '-5Gi' }), 'InvalidSpec', 'spec.percona.storageSize "-5Gi"'],
  ['storageSize 1e3Mi', percona({ storageSize: '1e3Mi' }), 'InvalidSpec', 'spec.percona.storageSize "1e3Mi"'],
  ['storageSize 1e3, a thousand bytes', percona({ storageSize: '1e3' }), 'InvalidSpec', '1e3', 'minimum of 1Gi'],
  ['an image that is none', { spec: { image: 'not a image:::' } }, 'InvalidSpec', 'spec.image "not a image:::"', '[host[:port]/]path[:tag]'],
  ['a blank image', { spec: { image: ' ' } }, 'InvalidSpec', 'spec.image " "'],
  ['an image of the database that is none', percona({ images: { postgres: 'Postgres 16' } }), 'InvalidSpec', 'spec.percona.images.postgres "Postgres 16"'],
  ['a databaseName with a slash', percona({ databaseName: 'a/b' }), 'InvalidSpec', 'spec.percona.databaseName'],
  ['databaseName template1', percona({ databaseName: 'template1' }), 'InvalidSpec', 'databaseName', 'template1'],
  ['a backup without bucket', backup({ bucket: '' }), 'InvalidSpec', 'spec.percona.backup', 'bucket and endpoint'],
  ['a backup without endpoint', backup({ endpoint: undefined }), 'InvalidSpec', 'bucket and endpoint'],
  [
    'two databases',
    { spec: { percona: PERCONA, database: { postgresSecretRef: { key: 'k', name: 'pg' } } } },
    'TwoDatabases',
    'spec.percona.enabled',
    'spec.database.postgresSecretRef',
    'remove one',
  ],
  [
    'PostgreSQL of which nobody says where it is (silent SQLite otherwise)',
    { spec: { percona: { enabled: false }, database: { type: 'postgres' } } },
    'InvalidSpec',
    'spec.database.type is postgres',
    'spec.database.postgresSecretRef.name',
    'spec.percona.enabled',
  ],
  ['a full schedule that is none', backup({ fullSchedule: 'not a cron' }), 'InvalidSpec', 'spec.percona.backup.fullSchedule "not a cron"', 'has 3 fields', '0 2 * * *'],
  ['an incremental schedule that is none', backup({ incrSchedule: '0 25 * * *' }), 'InvalidSpec', 'backup.incrSchedule "0 25 * * *"', 'hour'],
  ['a polling interval that is none', { spec: { adapterDiscovery: { pollingInterval: 'often' } } }, 'InvalidSpec', 'spec.adapterDiscovery.pollingInterval "often"', '1s to 24h'],
  ['a polling interval of nothing', { spec: { adapterDiscovery: { pollingInterval: '0s' } } }, 'InvalidSpec', 'spec.adapterDiscovery.pollingInterval "0s"'],
  ['a snapshot interval that is none', { spec: { snapshotPolicies: [{ share: '/a', interval: '1h' }, { share: '/b', interval: '@yearly' }] } }, 'InvalidSpec', 'spec.snapshotPolicies[1].interval "@yearly"', '@daily'],
  ['a ttl that is none', { spec: { snapshotPolicies: [{ share: '/a', interval: '1h', ttl: '7d' }] } }, 'InvalidSpec', 'spec.snapshotPolicies[0].ttl "7d"', '168h'],
  ['a name prefix with a slash', { spec: { snapshotPolicies: [{ share: '/a', interval: '1h', namePrefix: 'a/b' }] } }, 'InvalidSpec', 'spec.snapshotPolicies[0].namePrefix'],
  ['two policies of one share', { spec: { snapshotPolicies: [{ share: '/a', interval: '1h' }, { share: 'a', interval: '2h' }] } }, 'InvalidSpec', 'two entries for share "/a"'],
]; // prettier-ignore

describe('a specification that makes sense', () => {
  test.each(good)('%s', (_, changes) => {
    expect(specValid.judge(factsWith(changes), earlier())).toEqual({ state: 'off' });
  });
});

describe('a mistake is told with field and remedy, and no deadline runs for the user', () => {
  test.each(bad)('%s', (_, changes, reason, ...parts) => {
    const found = specValid.judge(factsWith(changes), earlier());
    expect(found).toMatchObject({ state: 'wait', reason, message: saying(...parts) });
    expect(found).not.toHaveProperty('budget');
  });

  test('no spec at all (V4)', () => {
    const facts = factsWith();
    const server = { ...facts.server, spec: undefined as never };
    const found = specValid.judge({ ...facts, server }, earlier());
    expect(found).toMatchObject({ reason: 'InvalidSpec', message: saying('spec is missing') });
  });

  test('an empty spec (V4)', () => {
    const facts = factsWith();
    const found = specValid.judge({ ...facts, server: { ...facts.server, spec: {} as never } }, earlier());
    expect(found).toMatchObject({ reason: 'InvalidSpec', message: saying('spec.storage.metadataSize is missing') });
  });
});

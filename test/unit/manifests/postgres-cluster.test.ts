// The PerconaPGCluster: names, images, owner, backups, and what a change of the DittoServer means for it.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { backupSecretName, perconaHash, postgresCluster } from '../../../src/manifests/index.ts';
import { dittoServer } from './examples.ts';

type Percona = NonNullable<DittoServerSpec['percona']>;

const OPERATOR = { major: 2, minor: 9, patch: 0 };
const server = (percona: Percona = {}) =>
  dittoServer({ storage: { metadataSize: '5Gi' }, percona: { enabled: true, ...percona } });
const cluster = (percona?: Percona) => postgresCluster(server(percona), OPERATOR);

test('one instance set, one user and its database, PostgreSQL 16, a password without signs that need escaping (M3)', () => {
  const { metadata, spec } = cluster();
  expect(metadata.name).toBe('files-postgres');
  expect(spec).toMatchObject({
    crVersion: '2.9.0',
    postgresVersion: 16,
    instances: [
      {
        name: 'instance1',
        replicas: 1,
        dataVolumeClaimSpec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
      },
    ],
    users: [{ name: 'dittofs', databases: ['dittofs'], password: { type: 'AlphaNumeric' } }],
    backups: { enabled: false },
  });
  expect(spec.instances[0]?.dataVolumeClaimSpec).not.toHaveProperty('storageClassName');
});

test.each([
  [{}, true],
  [{ deleteWithServer: true }, true],
  [{ deleteWithServer: false }, false],
  [{ deletionPolicy: 'Delete', deleteWithServer: false }, true],
  [{ deletionPolicy: 'Retain', deleteWithServer: true }, false],
] as const)('%j: an owner reference is there: %s (M2)', (percona, owned) => {
  const { metadata } = cluster(percona);
  expect(metadata.labels).toMatchObject({ 'dittofs.io/owner-uid': server().metadata.uid });
  expect(metadata.ownerReferences?.map(({ uid, controller }) => ({ uid, controller }))).toEqual(
    owned ? [{ uid: server().metadata.uid, controller: true }] : undefined,
  );
});

describe('backups to S3', () => {
  const backup = { enabled: true, bucket: 'b', endpoint: 's3.example.com' };

  test('a repository with the schedules and options that M3 asks for, and a retention', () => {
    expect(cluster({ backup }).spec.backups).toEqual({
      enabled: true,
      pgbackrest: {
        image: 'docker.io/percona/percona-pgbackrest:2.58.0-1',
        global: {
          'repo1-path': `/pgbackrest/default/${server().metadata.uid}/files/repo1`,
          'repo1-retention-full': '7',
          'repo1-retention-full-type': 'time',
          'repo1-s3-uri-style': 'path',
          'repo1-storage-verify-tls': 'y',
        },
        repos: [
          {
            name: 'repo1',
            s3: { bucket: 'b', endpoint: 's3.example.com', region: 'eu-west-1' },
            schedules: { full: '0 2 * * *', incremental: '0 * * * *' },
          },
        ],
      },
    });
  });

  test('settings pass through as they are written, also those that AWS does not know (D5)', () => {
    const wanted = { ...backup, endpoint: 'https://eu-central-1.example.com', region: 'US', retentionDays: 4 };
    const { pgbackrest } = cluster({ backup: wanted }).spec.backups;
    expect(pgbackrest?.repos?.[0]?.s3).toEqual({ bucket: 'b', endpoint: wanted.endpoint, region: 'US' });
    expect(pgbackrest?.global).toMatchObject({ 'repo1-retention-full': '4', 'repo1-s3-uri-style': 'path' });
  });

  test('a path belongs to one life of one DittoServer (D1)', () => {
    const path = (metadata: object): string | undefined => {
      const other = dittoServer({ storage: { metadataSize: '5Gi' }, percona: { enabled: true, backup } }, metadata);
      return postgresCluster(other, OPERATOR).spec.backups.pgbackrest?.global?.['repo1-path'];
    };
    const paths = [path({}), path({ uid: 'next-life' }), path({ namespace: 'other' }), path({ name: 'other' })];
    expect(new Set(paths).size).toBe(4);
  });

  test('the credentials Secret is projected when it is named', () => {
    const named = { ...backup, credentialsSecretRef: { name: 's3' } };
    expect(cluster({ backup: named }).spec.backups.pgbackrest?.configuration).toEqual([{ secret: { name: 's3' } }]);
    expect(backupSecretName(server({ backup: named }))).toBe('s3');
    expect(backupSecretName(server({ backup }))).toBeUndefined();
    expect(backupSecretName(server({ backup: { ...named, enabled: false } }))).toBeUndefined();
  });
});

describe('the digest of what reaches the cluster', () => {
  const base = perconaHash(server());

  test.each<[string, Percona]>([
    ['replicas', { replicas: 2 }],
    ['postgresVersion', { postgresVersion: 17 }],
    ['storageSize', { storageSize: '20Gi' }],
    ['storageClassName', { storageClassName: 'fast' }],
    ['databaseName', { databaseName: 'other' }],
    ['images', { images: { postgres: 'x' } }],
    ['resources', { resources: { limits: { cpu: 1 } } }],
    ['backup', { backup: { enabled: true, bucket: 'b', endpoint: 'e' } }],
  ])('changes with %s', (_, percona) => expect(perconaHash(server(percona))).not.toBe(base));

  test.each<[string, Percona]>([
    ['deletionPolicy', { deletionPolicy: 'Retain' }],
    ['deleteWithServer', { deleteWithServer: false }],
    ['sslMode', { sslMode: 'verify-full' }],
    ['a backup that is off', { backup: { enabled: false, bucket: 'b' } }],
    ['defaults written out', { replicas: 1, postgresVersion: 16, storageSize: '10Gi', databaseName: 'dittofs' }],
  ])('does not change with %s', (_, percona) => expect(perconaHash(server(percona))).toBe(base));

  test('is kept on the cluster', () => {
    expect(cluster().metadata.annotations).toEqual({ 'dittofs.io/percona-hash': base });
  });
});

test('a cluster is not rendered with images that nobody knows', () => {
  expect(() => postgresCluster(server({ postgresVersion: 13 }), OPERATOR)).toThrow('spec.percona.images.postgres');
});

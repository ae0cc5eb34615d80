// Which DittoServers a changed object concerns.
import type { DittoServer, DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import type { Stored } from '../../../src/api/kubernetes.ts';
import { createDirectory, referencesIn, type Subject } from '../../../src/watcher/directory.ts';

function server(name: string, spec: Partial<DittoServerSpec> = {}, namespace = 'ns'): Stored<DittoServer> {
  return {
    apiVersion: 'dittofs.dittofs.com/v1alpha1',
    kind: 'DittoServer',
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '1' },
    spec: { storage: { metadataSize: '1Gi' }, ...spec },
  };
}

const directory = createDirectory();
directory.put(server('files', { percona: { enabled: true, storageClassName: 'fast' } }));
directory.put(
  server('plain', {
    storage: { metadataSize: '1Gi', storageClassName: 'slow' },
    identity: { jwt: { secretRef: { name: 'shared', key: 'k' } } },
    controlPlane: { certSecretName: 'tls' },
  }),
);
directory.put(server('other', { database: { postgresSecretRef: { name: 'shared', key: 'k' } } }));
directory.put(server('files', {}, 'elsewhere'));

const ours = (instance: string) => ({ app: 'dittofs-server', instance });

const rows: readonly (readonly [string, Subject, readonly string[]])[] = [
  ['its StatefulSet', { kind: 'StatefulSet', namespace: 'ns', name: 'files' }, ['ns/files']],
  ['its Pod', { kind: 'Pod', namespace: 'ns', name: 'files-0' }, ['ns/files']],
  ['its Services', { kind: 'Service', namespace: 'ns', name: 'files-headless' }, ['ns/files']],
  ['the Service of its metrics', { kind: 'Service', namespace: 'ns', name: 'files-metrics' }, ['ns/files']],
  ['its ServiceMonitor', { kind: 'ServiceMonitor', namespace: 'ns', name: 'files-metrics' }, ['ns/files']],
  ['its NetworkPolicy', { kind: 'NetworkPolicy', namespace: 'ns', name: 'files-baseline' }, ['ns/files']],
  [
    'the certificate of its database',
    { kind: 'Secret', namespace: 'ns', name: 'files-postgres-cluster-cert' },
    ['ns/files'],
  ],
  ['its ConfigMap', { kind: 'ConfigMap', namespace: 'ns', name: 'files-config' }, ['ns/files']],
  ['its generated Secret', { kind: 'Secret', namespace: 'ns', name: 'files-jwt-secret' }, ['ns/files']],
  [
    'the user Secret of its database',
    { kind: 'Secret', namespace: 'ns', name: 'files-postgres-pguser-dittofs' },
    ['ns/files'],
  ],
  ['its database', { kind: 'PerconaPGCluster', namespace: 'ns', name: 'files-postgres' }, ['ns/files']],
  ['its claim', { kind: 'PersistentVolumeClaim', namespace: 'ns', name: 'metadata-files-0' }, ['ns/files']],
  [
    'a Service by our labels',
    { kind: 'Service', namespace: 'ns', name: 'files-adapter-nfs', labels: ours('files') },
    ['ns/files'],
  ],
  ['a Secret that several refer to', { kind: 'Secret', namespace: 'ns', name: 'shared' }, ['ns/plain', 'ns/other']],
  ['a Secret named by a field', { kind: 'Secret', namespace: 'ns', name: 'tls' }, ['ns/plain']],
  ['a StorageClass of volumes', { kind: 'StorageClass', namespace: '', name: 'slow' }, ['ns/plain']],
  ['a StorageClass of a database', { kind: 'StorageClass', namespace: '', name: 'fast' }, ['ns/files']],
  ['the same name in another namespace', { kind: 'Secret', namespace: 'elsewhere', name: 'shared' }, []],
  ['labels of a DittoServer that is not there', { kind: 'Pod', namespace: 'ns', name: 'x', labels: ours('gone') }, []],
  [
    'labels of something else',
    { kind: 'Pod', namespace: 'ns', name: 'x', labels: { app: 'nginx', instance: 'files' } },
    [],
  ],
  ['a foreign Secret', { kind: 'Secret', namespace: 'ns', name: 'files' }, []],
];

test.each(rows)('%s', (_, subject, concerned) => {
  expect([...directory.concernedBy(subject)].sort()).toEqual([...concerned].sort());
});

test('follows a changed spec, and forgets who is deleted', () => {
  const changing = createDirectory();
  const secret = (name: string): Subject => ({ kind: 'Secret', namespace: 'ns', name });
  const refersTo = (name: string) => ({ controlPlane: { certSecretName: name } }) as Partial<DittoServerSpec>;
  changing.put(server('a', refersTo('old')));
  changing.put(server('a', refersTo('new')));
  expect(changing.concernedBy(secret('old'))).toEqual([]);
  expect(changing.concernedBy(secret('new'))).toEqual(['ns/a']);
  changing.remove('ns/a');
  expect(changing.concernedBy(secret('new'))).toEqual([]);
  expect(changing.keys()).toEqual([]);
});

test('knows who uses Percona', () => {
  expect(directory.withPercona(undefined)).toEqual(['ns/files']);
  expect(directory.withPercona('elsewhere')).toEqual([]);
});

test('finds every reference to a Secret or StorageClass, wherever the spec has it', () => {
  const spec = {
    database: { postgresSecretRef: { name: 'a', key: 'k' } },
    identity: {
      jwt: { secretRef: { name: 'b', key: 'k' } },
      kerberos: { keytabSecretRef: { name: 'c', key: 'k' }, machineAccount: { secretRef: { name: 'd', key: 'k' } } },
      ldap: { bindPasswordSecretRef: { name: 'e', key: 'k' } },
    },
    metrics: { bearerTokenSecret: { name: 'f', key: 'k' } },
    controlPlane: { certSecretName: 'g', clientCASecretName: 'h' },
    percona: { storageClassName: 's', backup: { credentialsSecretRef: { name: 'i' } } },
    imagePullSecrets: [{ name: 'j' }],
    storage: { storageClassName: 't' },
    snapshotPolicies: [{ share: '/export', namePrefix: 'x' }],
  };
  expect(referencesIn(spec)).toEqual({
    secrets: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'],
    storageClasses: ['s', 't'],
  });
  expect(referencesIn(undefined)).toEqual({ secrets: [], storageClasses: [] });
});

// What restarts the pod, and what does not.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { configHash } from '../../../src/manifests/index.ts';
import { digest } from '../../../src/manifests/digest.ts';
import { dittoServer } from './examples.ts';

const SPEC: DittoServerSpec = { storage: { metadataSize: '5Gi' }, percona: { enabled: true } };
const SECRETS = new Map([
  ['jwt:jwt-secret', 'signing key'],
  ['admin:password', 'first password'],
  ['postgres:uri', 'postgresql://dittofs:x@files-postgres-primary.default.svc:5432/dittofs'],
]);
const BASE = configHash(dittoServer(SPEC), SECRETS);

type Edit = readonly [what: string, spec: Partial<DittoServerSpec>];

const restarts: readonly Edit[] = [
  ['image', { image: 'marmos91c/dittofs:0.30.0' }],
  ['controlPlane.port', { controlPlane: { port: 8443 } }],
  ['logging.level', { logging: { level: 'DEBUG' } }],
  ['logging.format', { logging: { format: 'text' } }],
  ['logging.output', { logging: { output: 'stderr' } }],
  ['jwt.secretRef', { identity: { jwt: { secretRef: { name: 'own', key: 'k' } } } }],
  ['jwt.accessTokenDuration', { identity: { jwt: { secretRef: { key: '' }, accessTokenDuration: '1m' } } }],
  ['jwt.refreshTokenDuration', { identity: { jwt: { secretRef: { key: '' }, refreshTokenDuration: '1h' } } }],
  ['admin.passwordSecretRef', { identity: { admin: { passwordSecretRef: { name: 'own', key: 'k' } } } }],
  ['contentSize set for the first time', { storage: { metadataSize: '5Gi', contentSize: '1Gi' } }],
  ['resources {}, which asks for none', { resources: {} }],
  ['resources', { resources: { limits: { memory: '1Gi' } } }],
  ['terminationGracePeriodSeconds', { terminationGracePeriodSeconds: 60 }],
  ['securityContext', { securityContext: { readOnlyRootFilesystem: true } }],
  ['podSecurityContext', { podSecurityContext: { fsGroup: 1 } }],
  ['podSecurityContext {}', { podSecurityContext: {} }],
  ['percona.enabled', { percona: { enabled: false } }],
  ['percona.sslMode', { percona: { enabled: true, sslMode: 'verify-full' } }],
  ['percona.images.postgres, which the init container uses', { percona: { enabled: true, images: { postgres: 'a' } } }],
  ['waitForPostgres.enabled', { waitForPostgres: { enabled: false } }],
  ['waitForPostgres.image', { waitForPostgres: { image: 'postgres:16-alpine' } }],
];

const leavesAlone: readonly Edit[] = [
  ['nothing', {}],
  ['replicas', { replicas: 0 }],
  ['admin.username, which the server does not read', { identity: { admin: { username: 'root' } } }],
  ['the default of image written out', { image: 'marmos91c/dittofs:latest' }],
  ['the default of controlPlane written out', { controlPlane: { port: 8080, tls: false } }],
  ['the default of logging written out', { logging: { level: 'INFO', format: 'json', output: 'stdout' } }],
  ['the default of waitForPostgres written out', { waitForPostgres: { enabled: true } }],
  ['metadataSize', { storage: { metadataSize: '50Gi' } }],
  ['controlPlaneSize', { storage: { metadataSize: '5Gi', controlPlaneSize: '2Gi' } }],
  ['storageClassName', { storage: { metadataSize: '5Gi', storageClassName: 'fast' } }],
  ['service', { service: { type: 'NodePort', annotations: { a: 'b' } } }],
  ['adapterServices', { adapterServices: { type: 'ClusterIP', annotations: { a: 'b' } } }],
  ['adapterDiscovery', { adapterDiscovery: { pollingInterval: '5s' } }],
  ['snapshotPolicies', { snapshotPolicies: [{ share: '/a', interval: '@daily' }] }],
  ['percona.replicas', { percona: { enabled: true, replicas: 3 } }],
  ['percona.storageSize', { percona: { enabled: true, storageSize: '20Gi' } }],
  ['percona.deletionPolicy', { percona: { enabled: true, deletionPolicy: 'Retain' } }],
  ['percona.backup', { percona: { enabled: true, backup: { enabled: true, bucket: 'b', endpoint: 'e' } } }],
  ['percona.resources', { percona: { enabled: true, resources: { limits: { cpu: 1 } } } }],
];

describe('an edit of the DittoServer', () => {
  test.each(restarts)('restarts the pod: %s', (_, edit) => {
    expect(configHash(dittoServer({ ...SPEC, ...edit }), SECRETS)).not.toBe(BASE);
  });

  test.each(leavesAlone)('leaves the pod alone: %s', (_, edit) => {
    expect(configHash(dittoServer({ ...SPEC, ...edit }), SECRETS)).toBe(BASE);
  });

  test('leaves the pod alone: generation, resourceVersion, labels and annotations', () => {
    const metadata = { generation: 9, resourceVersion: '77', labels: { a: 'b' }, annotations: { c: 'd' } };
    expect(configHash(dittoServer(SPEC, metadata), SECRETS)).toBe(BASE);
  });

  test('0.5, "0.5" and another order of keys are the same resources', () => {
    const one = configHash(dittoServer({ ...SPEC, resources: { limits: { cpu: 0.5, memory: '1Gi' } } }), SECRETS);
    const other = configHash(dittoServer({ ...SPEC, resources: { limits: { memory: '1Gi', cpu: '0.5' } } }), SECRETS);
    expect(one).toBe(other);
  });
});

describe('a value of a Secret', () => {
  test('restarts the pod when the password in the uri changes (M8)', () => {
    const changed = new Map(SECRETS).set(
      'postgres:uri',
      'postgresql://dittofs:y@files-postgres-primary.default.svc:5432/dittofs',
    );
    expect(configHash(dittoServer(SPEC), changed)).not.toBe(BASE);
  });

  test('that is not there yet is no error (M8)', () => {
    const without = new Map(SECRETS);
    without.delete('postgres:uri');
    expect(configHash(dittoServer(SPEC), without)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('counts by its bytes, given as text or not', () => {
    const bytes = new Map([...SECRETS].map(([name, value]) => [name, new TextEncoder().encode(value)] as const));
    expect(configHash(dittoServer(SPEC), bytes)).toBe(BASE);
  });

  test('cannot pass for the specification', () => {
    const hostile = new Map(SECRETS).set('spec', '{}');
    expect(configHash(dittoServer(SPEC), hostile)).not.toBe(configHash(dittoServer({ ...SPEC, image: 'x' }), SECRETS));
    expect(configHash(dittoServer(SPEC), hostile)).not.toBe(BASE);
  });
});

test('the digest stays what it was: another one restarts every server there is', () => {
  expect(BASE).toBe('757ca91ab5c625a8e56ebbdd19dfda1300d39028c1eab99471e8007dfe46a2e2');
});

test('names and values do not run together', () => {
  const digests = [
    new Map([['a', 'b1:c']]),
    new Map([['ab', '1:c']]),
    new Map([['a', 'b'], ['1', 'c']]),
    new Map([['a', ''], ['b', '1:c']]),
  ].map(digest); // prettier-ignore
  expect(new Set(digests).size).toBe(digests.length);
});

// Which Secrets the pod reads, and that the StatefulSet reads no others.
import { secretRefs, statefulSet } from '../../../src/manifests/index.ts';
import { dittoServer, EXAMPLES } from './examples.ts';

const storage = { metadataSize: '5Gi' };

test('without references the generated Secrets are read; the password may be missing', () => {
  expect(secretRefs(dittoServer({ storage }))).toEqual([
    {
      purpose: 'jwt',
      field: 'spec.identity.jwt.secretRef',
      secretName: 'files-jwt-secret',
      keys: ['jwt-secret'],
      optional: false,
      source: 'generated',
    },
    {
      purpose: 'admin',
      field: 'spec.identity.admin.passwordSecretRef',
      secretName: 'files-admin-bootstrap-credentials',
      keys: ['password'],
      optional: true,
      source: 'generated',
    },
  ]);
});

test("a user's own Secrets are required", () => {
  const identity = {
    jwt: { secretRef: { name: 'own-jwt', key: 'k' } },
    admin: { passwordSecretRef: { name: 'own-admin', key: 'p', optional: true } },
  };
  expect(secretRefs(dittoServer({ storage, identity }))).toMatchObject([
    { secretName: 'own-jwt', keys: ['k'], optional: false, source: 'user' },
    { secretName: 'own-admin', keys: ['p'], optional: false, source: 'user' },
  ]);
});

test('a reference with an empty name means a generated Secret, whatever its key', () => {
  const identity = { jwt: { secretRef: { name: '', key: 'other' } } };
  expect(secretRefs(dittoServer({ storage, identity }))[0]).toMatchObject({
    secretName: 'files-jwt-secret',
    keys: ['jwt-secret'],
  });
});

test('with Percona the user Secret of its operator is read, without the verifier that changes at each writing', () => {
  const [, , postgres] = secretRefs(dittoServer({ storage, percona: { enabled: true } }));
  expect(postgres).toMatchObject({
    secretName: 'files-postgres-pguser-dittofs',
    keys: ['host', 'port', 'dbname', 'user', 'password', 'uri'],
    source: 'percona',
  });
});

test.each(Object.entries(EXAMPLES))('the pod reads exactly these keys: %s', (_, server) => {
  const pod = statefulSet(server, { configHash: '' }).spec?.template.spec;
  const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
  const read = containers
    .flatMap(({ env }) => env ?? [])
    .flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
    .map(({ name, key }) => `${name}/${key}`);
  const known = secretRefs(server).flatMap(({ secretName, keys }) => keys.map((key) => `${secretName}/${key}`));
  expect([...new Set(read)].sort()).toEqual([...known].sort());
});

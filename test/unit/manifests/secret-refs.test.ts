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
      optionalKeys: [],
      optional: false,
      source: 'generated',
      hashed: true,
    },
    {
      purpose: 'admin',
      field: 'spec.identity.admin.passwordSecretRef',
      secretName: 'files-admin-bootstrap-credentials',
      keys: ['password'],
      optionalKeys: [],
      optional: true,
      source: 'generated',
      hashed: true,
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

test('a certificate that is checked against its issuer makes that an input of the pod', () => {
  const refs = secretRefs(dittoServer({ storage, percona: { enabled: true, sslMode: 'verify-full' } }));
  expect(refs.at(-1)).toMatchObject({
    purpose: 'postgres-ca',
    secretName: 'files-postgres-cluster-cert',
    keys: ['ca.crt'],
    source: 'percona',
    hashed: true,
  });
});

test('an external PostgreSQL has four keys that must exist and two that may', () => {
  const refs = secretRefs(dittoServer({ storage, database: { postgresSecretRef: { name: 'own', key: 'x' } } }));
  expect(refs.at(-1)).toMatchObject({
    secretName: 'own',
    keys: ['host', 'database', 'user', 'password'],
    optionalKeys: ['port', 'sslmode'],
    source: 'user',
  });
});

test('what the server loads again by itself is looked for, and not in the digest; all else is in it', () => {
  const all = Object.values(EXAMPLES).flatMap((server) => secretRefs(server));
  const purposes = (hashed: boolean) => [...new Set(all.filter((ref) => ref.hashed === hashed).map(({ purpose }) => purpose))].sort(); // prettier-ignore
  expect(purposes(false)).toEqual(['client-ca', 'tls']);
  expect(purposes(true)).toEqual([
    'admin',
    'external-postgres',
    'jwt',
    'keytab',
    'krb5-conf',
    'ldap-password',
    'machine-keytab',
    'machine-secret',
    'metrics-token',
    'postgres',
    'postgres-ca',
  ]);
});

test('blocks that are switched off read nothing', () => {
  const ref = { name: 'own', key: 'k' };
  const server = dittoServer({
    storage,
    metrics: { enabled: false, bearerTokenSecret: ref },
    identity: {
      ldap: { url: 'ldaps://l', baseDN: 'b', bindDN: 'd', bindPasswordSecretRef: ref },
      kerberos: { keytabSecretRef: ref, machineAccount: { enabled: true, secretRef: ref } },
    },
  });
  expect(secretRefs(server).map(({ purpose }) => purpose)).toEqual(['jwt', 'admin']);
});

/** Keys of Secrets that containers get as variables or find in volumes; a whole Secret as a volume is read with these keys. */
const WHOLE: Readonly<Record<string, readonly string[]>> = {
  'tls-cert': ['tls.crt', 'tls.key'],
  'tls-client-ca': ['ca.crt'],
};

test.each(Object.entries(EXAMPLES))('the pod reads exactly these keys: %s', (_, server) => {
  const pod = statefulSet(server, { configHash: '' }).spec?.template.spec;
  const containers = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
  const variables = containers
    .flatMap(({ env }) => env ?? [])
    .flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
    .map(({ name, key }) => `${name}/${key}`);
  const files = (pod?.volumes ?? []).flatMap(({ name, secret }) => {
    const keys = secret?.items?.map(({ key }) => key) ?? WHOLE[name] ?? [];
    return secret ? keys.map((key) => `${secret.secretName}/${key}`) : [];
  });
  const known = secretRefs(server).flatMap(({ secretName, keys, optionalKeys }) =>
    [...keys, ...optionalKeys].map((key) => `${secretName}/${key}`),
  );
  expect([...new Set([...variables, ...files])].sort()).toEqual([...known].sort());
});

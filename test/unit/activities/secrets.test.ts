// Secrets become facts: which are missing, whether the database's credentials agree with themselves, one digest; and never a value.
import type { Stored } from '../../../src/api/kubernetes.ts';
import type { SecretObject } from '../../../src/api/secret-data.ts';
import { ABSENT, known, type Fact } from '../../../src/requirements/facts.ts';
import { configHashFact, inputFacts, type Secrets } from '../../../activities/observe/secrets.ts';
import { credentialsFact } from '../../../activities/observe/credentials.ts';
import { dittoServer } from '../manifests/examples.ts';
import { unread } from '../requirements/facts.ts';
import { userSecretData } from './small-world.ts';

const PGUSER = 'files-postgres-pguser-dittofs';
const JWT = 'files-jwt-secret';
const ADMIN = 'files-admin-bootstrap-credentials';
const storage = { metadataSize: '5Gi' };
const SERVER = dittoServer({ storage, percona: { enabled: true } });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const secret = (data: Record<string, string>): Fact<SecretObject> =>
  known({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'any' }, data } as Stored<SecretObject>);

const secretsWith = (changes: Record<string, Fact<SecretObject>> = {}): Secrets =>
  new Map(Object.entries({
    [JWT]: secret({ 'jwt-secret': base64('key') }),
    [ADMIN]: secret({ username: base64('admin'), password: base64('admin-password') }),
    [PGUSER]: secret(userSecretData('p')),
    ...changes,
  })); // prettier-ignore
const pguser = (data: Record<string, string>): Secrets => secretsWith({ [PGUSER]: secret(data) });
const without = (key: string): Record<string, string> =>
  Object.fromEntries(Object.entries(userSecretData('p')).filter(([name]) => name !== key));

describe('the database’s credentials', () => {
  const consistent = (data: Record<string, string>): unknown => {
    const fact = credentialsFact(SERVER, pguser(data));
    return fact.state === 'known' && fact.value.consistent;
  };

  test.each([
    ['a plain password', userSecretData('abcXYZ019'), true],
    ['every character that a URL escapes', userSecretData(`d:,*M+GLg@|4Z/?#[]%25 'ü"\\`), true],
    ['characters that Go leaves as they are in a URL', { ...userSecretData('x'), password: base64('a+b,c;d=e&f$g'), uri: base64('postgresql://dittofs:a+b,c;d=e&f$g@h:5432/dittofs') }, true],
    ['a password that looks escaped', userSecretData('50%25'), true],
    ['the uri still has the old password', userSecretData('new', 'old'), false],
    ['the password was emptied to have a new one made', { ...userSecretData('x'), password: '' }, false],
    ['both are empty', userSecretData(''), false],
    ['the uri is none', { ...userSecretData('x'), uri: base64('x') }, false],
    ['the uri has a broken escape', { ...userSecretData('x'), uri: base64('postgresql://dittofs:%zz@h/d') }, false],
    ['the uri has no password', { ...userSecretData('x'), uri: base64('postgresql://dittofs@h/d') }, false],
  ])('%s', (_, data, is) => {
    expect(consistent(data)).toBe(is);
  }); // prettier-ignore

  test.each(['host', 'port', 'dbname', 'user', 'password', 'uri'])('a missing %s is named', (key) => {
    expect(credentialsFact(SERVER, pguser(without(key)))).toMatchObject({ value: { missingKeys: [key] } });
  });

  test('a verifier is none of the pod’s inputs', () => {
    expect(credentialsFact(SERVER, pguser(without('verifier')))).toMatchObject({
      value: { missingKeys: [], consistent: true },
    });
  });

  test.each([
    ['not there', ABSENT],
    ['not readable', unread('the role lacks it')],
  ])('a Secret that is %s', (_, fact) => {
    expect(credentialsFact(SERVER, secretsWith({ [PGUSER]: fact }))).toEqual(fact);
  });

  test('there are none without Percona', () => {
    expect(credentialsFact(dittoServer({ storage }), secretsWith())).toEqual(ABSENT);
  });
});

describe('the digest', () => {
  const hashOf = (secrets: Secrets): string => {
    const fact = configHashFact(SERVER, secrets);
    if (fact.state !== 'computed') throw new Error(`the digest is ${fact.state}`);
    return fact.hash;
  };
  const BASE = hashOf(secretsWith());

  test.each([
    ['another password', pguser(userSecretData('q'))],
    ['another host', pguser({ ...userSecretData('p'), host: base64('other') })],
    ['another signing key', secretsWith({ [JWT]: secret({ 'jwt-secret': base64('other') }) })],
    ['another password of the administrator', secretsWith({ [ADMIN]: secret({ password: base64('other') }) })],
  ])('moves with %s', (_, secrets) => {
    expect(hashOf(secrets)).not.toBe(BASE);
  });

  test.each([
    [
      'another verifier: it is random at each writing (R2)',
      pguser({ ...userSecretData('p'), verifier: base64('other') }),
    ],
    ['a key that the pod does not read', pguser({ ...userSecretData('p'), 'jdbc-uri': base64('x') })],
    ['another order of keys', pguser(Object.fromEntries(Object.entries(userSecretData('p')).reverse()))],
  ])('stays with %s', (_, secrets) => {
    expect(hashOf(secrets)).toBe(BASE);
  });

  test.each([
    ['the Secret is absent: no error, and no other digest (M8)', secretsWith({ [PGUSER]: ABSENT })],
    ['a key is missing', pguser(without('uri'))],
    ['it is half written (R1)', pguser(userSecretData('new', 'old'))],
    ['it may not be read', secretsWith({ [PGUSER]: unread('no') })],
  ])('cannot be known while %s', (_, secrets) => {
    expect(configHashFact(SERVER, secrets)).toEqual({ state: 'incomplete' });
  });

  test('comes with the step that makes the generated Secrets, when only those are missing', () => {
    expect(configHashFact(SERVER, secretsWith({ [JWT]: ABSENT }))).toEqual({ state: 'due' });
    expect(configHashFact(SERVER, secretsWith({ [JWT]: ABSENT, [PGUSER]: ABSENT }))).toEqual({ state: 'incomplete' });
  });
});

describe('what the user refers to', () => {
  const REFERRING = dittoServer({
    storage,
    identity: { jwt: { secretRef: { name: 'own-jwt', key: 'signing-key' } }, admin: { passwordSecretRef: { name: 'own-admin', key: 'cleartext' } } },
    percona: { enabled: true, backup: { enabled: true, bucket: 'b', endpoint: 'e', credentialsSecretRef: { name: 's3' } } },
  }); // prettier-ignore
  const facts = (secrets: Record<string, Fact<SecretObject>>) =>
    inputFacts(REFERRING, new Map(Object.entries(secrets)));

  test('each Secret with its field, and the keys that it lacks', () => {
    const conf = base64('[global]\nrepo1-s3-key=a\nrepo1-s3-key-secret=b\n');
    const found = facts({
      'own-jwt': secret({ other: 'x' }),
      'own-admin': secret({ cleartext: base64('long enough') }),
      s3: secret({ 's3.conf': conf }),
    });
    expect(found).toEqual([
      { field: 'spec.identity.jwt.secretRef', secret: 'own-jwt', missingKeys: known(['signing-key']) },
      { field: 'spec.identity.admin.passwordSecretRef', secret: 'own-admin', missingKeys: known([]) },
      { field: 'spec.percona.backup.credentialsSecretRef', secret: 's3', missingKeys: known([]) },
    ]);
  });

  test('absent and unreadable ones', () => {
    const found = facts({ 'own-jwt': unread('no'), s3: ABSENT });
    expect(found.map(({ missingKeys }) => missingKeys.state)).toEqual(['unreadable', 'absent', 'absent']);
  });

  test('generated Secrets and the database’s own are judged elsewhere', () => {
    expect(inputFacts(SERVER, secretsWith())).toEqual([]);
  });

  test('a value that cannot work is told by its key', () => {
    const found = facts({ 'own-jwt': secret({ 'signing-key': base64('canary') }), s3: secret({ 's3-key': 'canary' }) });
    expect(found.map(({ fault }) => fault)).toEqual([
      'key "signing-key" has fewer than 32 characters',
      undefined,
      expect.stringContaining('no key that ends in .conf'),
    ]);
    expect(JSON.stringify(found)).not.toContain('canary');
  });
});

describe('inputs that come with TLS, metrics, LDAP, Kerberos and other databases', () => {
  const ref = { name: 'own', key: 'k' };
  const own = (data: Record<string, string>): Secrets => secretsWith({ own: secret(data) });
  const hash = (spec: object, secrets: Secrets): unknown => {
    const fact = configHashFact(dittoServer({ storage, ...spec }), secrets);
    return fact.state === 'computed' ? fact.hash : fact.state;
  };
  const ldap = { identity: { ldap: { enabled: true, url: 'ldaps://l', baseDN: 'b', bindDN: 'd', bindPasswordSecretRef: ref } } };
  const token = { metrics: { enabled: true, bearerTokenSecret: ref } };
  const keytab = { identity: { kerberos: { enabled: true, servicePrincipal: 'p', keytabSecretRef: ref } } };
  const tls = { controlPlane: { certSecretName: 'own' } };
  const external = { database: { postgresSecretRef: { name: 'own', key: '' } } };
  const PG = { host: 'aA==', database: 'ZA==', user: 'dQ==', password: 'cA==' };

  test.each<[string, object]>([
    ['the password of the directory', ldap],
    ['the token of the metrics', token],
    ['a keytab', keytab],
  ])('%s restarts the pod when it changes, and its absence never does', (_, spec) => {
    expect(hash(spec, own({ k: 'YQ==' }))).toMatch(/^[0-9a-f]{64}$/);
    expect(hash(spec, own({ k: 'YQ==' }))).not.toBe(hash(spec, own({ k: 'Yg==' })));
    expect(hash(spec, own({}))).toBe('incomplete');
    expect(hash(spec, secretsWith())).toBe('incomplete');
  });

  test('a renewed certificate restarts nothing, since the server loads it by itself', () => {
    expect(hash(tls, own({ 'tls.crt': 'YQ==', 'tls.key': 'YQ==' }))).toBe(hash(tls, own({})));
  });

  test('an external PostgreSQL: each of its keys restarts the pod, also one that need not be there', () => {
    const plain = hash(external, own(PG));
    const changed = ['host', 'database', 'user', 'password', 'port', 'sslmode'].map((key) => hash(external, own({ ...PG, [key]: 'eA==' })));
    expect(plain).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set([plain, ...changed]).size).toBe(7);
    expect(hash(external, own({ host: 'aA==' }))).toBe('incomplete');
    expect(hash(external, own({ ...PG, other: 'eA==' }))).toBe(plain);
  });

  describe('the CA of a database whose certificate is checked', () => {
    const checked = { percona: { enabled: true, sslMode: 'verify-full' } };
    const CA = 'files-postgres-cluster-cert';
    const withCa = (ca: string): Secrets => secretsWith({ [CA]: secret({ 'ca.crt': ca }) });

    test('restarts the pod when it is renewed', () => {
      expect(hash(checked, withCa('YQ=='))).toMatch(/^[0-9a-f]{64}$/);
      expect(hash(checked, withCa('YQ=='))).not.toBe(hash(checked, withCa('Yg==')));
    });

    test('is waited for by name', () => {
      const server = dittoServer({ storage, ...checked } as never);
      expect(hash(checked, secretsWith())).toBe('incomplete');
      expect(credentialsFact(server, secretsWith())).toMatchObject({
        value: { missingKeys: [], missingCa: `Secret "${CA}" has no ca.crt yet` },
      });
      expect(credentialsFact(server, withCa('YQ=='))).not.toHaveProperty('value.missingCa');
    });
  });
}); // prettier-ignore

// What stands in a user's Secret and cannot work is told, by the name of its key and never by its value.
import type { SecretPurpose } from '../../../src/manifests/index.ts';
import { backupFault, formFault } from '../../../activities/observe/secret-form.ts';

type Data = Readonly<Record<string, string>>;

const valuesOf = (data: Data) => new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]));
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN EC PRIVATE KEY-----\nMHcC\n-----END EC PRIVATE KEY-----\n';
const PG = { host: 'h', database: 'd', user: 'u', password: 'canary-1' };
/** Stands in each bad value, and must not be told. */
const CANARY = 'canary-1';

test.each<[string, SecretPurpose, Data]>([
  ['a signing key of 32 characters', 'jwt', { k: 'x'.repeat(32) }],
  ['a password of 8 bytes', 'admin', { k: 'x'.repeat(8) }],
  ['a password of 72 bytes', 'admin', { k: 'x'.repeat(72) }],
  ['an external PostgreSQL without port and sslmode', 'external-postgres', PG],
  ['an external PostgreSQL with both', 'external-postgres', { ...PG, port: '6432', sslmode: 'verify-full' }],
  ['a certificate with its key', 'tls', { 'tls.crt': CERTIFICATE, 'tls.key': KEY }],
  ['a CA', 'client-ca', { 'ca.crt': CERTIFICATE }],
  ['a token with a line end', 'metrics-token', { k: 'token\n' }],
  ['a keytab', 'keytab', { k: '\u0005\u0002' }],
  ['what nobody has anything against', 'postgres', { k: '' }],
  ['a Secret that lacks its keys, which is told elsewhere', 'jwt', {}],
])('%s can work', (_, purpose, data) => {
  expect(formFault(purpose, valuesOf(data))).toBeUndefined();
});

test.each<[string, SecretPurpose, Data, string]>([
  ['a short signing key', 'jwt', { k: CANARY }, 'key "k" has fewer than 32 characters'],
  ['a short password', 'admin', { k: 'canary-' }, 'key "k" must have 8 to 72 bytes'],
  ['a password of 73 bytes', 'admin', { k: CANARY.padEnd(73, 'x') }, '8 to 72 bytes'],
  ['umlauts count by their bytes', 'admin', { k: 'ü'.repeat(37) }, '8 to 72 bytes'],
  ['an empty host', 'external-postgres', { ...PG, host: '' }, 'key "host" is empty'],
  ['a port that is none', 'external-postgres', { ...PG, port: CANARY }, 'key "port"'],
  ['port 0', 'external-postgres', { ...PG, port: '0' }, 'key "port"'],
  ['port 65536', 'external-postgres', { ...PG, port: '65536' }, 'key "port"'],
  ['an unknown sslmode', 'external-postgres', { ...PG, sslmode: CANARY }, 'key "sslmode" must be one of disable'],
  ['no certificate', 'tls', { 'tls.crt': CANARY, 'tls.key': KEY }, 'key "tls.crt"'],
  ['a certificate as key', 'tls', { 'tls.crt': CERTIFICATE, 'tls.key': CERTIFICATE }, 'key "tls.key"'],
  ['a CA that is none', 'client-ca', { 'ca.crt': CANARY }, 'key "ca.crt"'],
  ['an empty token', 'metrics-token', { k: ' \n' }, 'key "k" is empty'],
  ['an empty password', 'ldap-password', { k: '' }, 'key "k" is empty'],
  ['an empty keytab', 'keytab', { k: '' }, 'key "k" is empty'],
])('%s is told', (_, purpose, data, why) => {
  const fault = formFault(purpose, valuesOf(data));
  expect(fault).toContain(why);
  expect(fault).not.toContain('canary');
});

describe('credentials of backups', () => {
  const conf = (text: string): Data => ({ 's3.conf': text });

  test.each<[string, Data]>([
    ['as the documentation asks for', conf('[global]\nrepo1-s3-key=a\nrepo1-s3-key-secret=b\n')],
    ['with spaces and other options', conf('# mine\n[global]\nrepo1-s3-key = a\n repo1-s3-key-secret = b\nprocess-max=2')],
    ['in two files', { 'a.conf': '[global]\nrepo1-s3-key=a', 'b.conf': '[global]\nrepo1-s3-key-secret=b', note: 'x' }],
    ['of pods with an identity of their own', conf('[global]\nrepo1-s3-key-type=web-id\n')],
  ])('%s', (_, data) => {
    expect(backupFault(valuesOf(data))).toBeUndefined();
  });

  test.each<[string, Data, string]>([
    ['plain keys, which pgBackRest would ignore', { 's3-key': CANARY, 's3-key-secret': CANARY }, 'no key that ends in .conf'],
    ['nothing', {}, 'no key that ends in .conf'],
    ['no secret', conf(`[global]\nrepo1-s3-key=${CANARY}`), 'lacks repo1-s3-key-secret'],
    ['an empty secret', conf(`[global]\nrepo1-s3-key=${CANARY}\nrepo1-s3-key-secret=\n`), 'lacks repo1-s3-key-secret'],
    ['no section', conf(`repo1-s3-key=${CANARY}\nrepo1-s3-key-secret=${CANARY}`), 'lacks a section such as [global]'],
    ['options that are commented out', conf(`[global]\n#repo1-s3-key=${CANARY}\n#repo1-s3-key-secret=${CANARY}`), 'lacks repo1-s3-key and'],
    ['shared keys that are missing', conf('[global]\nrepo1-s3-key-type=shared\n'), 'lacks repo1-s3-key and'],
  ])('%s is told, with the form that is needed', (_, data, why) => {
    const fault = backupFault(valuesOf(data));
    expect(fault).toContain(why);
    expect(fault).toContain('s3.conf');
    expect(fault).not.toContain('canary');
  });
}); // prettier-ignore

// Blocks with which the server would end at its start are told before, with field and remedy.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { specValid } from '../../../src/requirements/spec-valid.ts';
import { earlier, factsWith, saying } from './facts.ts';

type Identity = NonNullable<DittoServerSpec['identity']>;

const ref = { name: 'own', key: 'k' };
const LDAP = {
  enabled: true,
  url: 'ldaps://ldap.example.com',
  baseDN: 'dc=example,dc=com',
  bindDN: 'cn=reader',
  bindPasswordSecretRef: ref,
} satisfies Identity['ldap'];
const KERBEROS = {
  enabled: true,
  servicePrincipal: 'nfs/files.example.com@EXAMPLE.COM',
  keytabSecretRef: ref,
} satisfies Identity['kerberos'];

const ldap = (more: object): Partial<DittoServerSpec> => ({ identity: { ldap: { ...LDAP, ...more } } });
const kerberos = (more: object): Partial<DittoServerSpec> => ({ identity: { kerberos: { ...KERBEROS, ...more } } });
const machine = (machineAccount: object): Partial<DittoServerSpec> =>
  kerberos({ machineAccount: { enabled: true, accountName: 'FILES$', secretRef: ref, ...machineAccount } });

test.each<[string, Partial<DittoServerSpec>]>([
  ['LDAP over TLS', ldap({})],
  ['LDAP that switches to TLS', ldap({ url: 'ldap://l', startTLS: true })],
  ['LDAP in the clear, on purpose', ldap({ url: 'ldap://l', allowPlaintext: true })],
  ['LDAP that is off and empty', { identity: { ldap: { url: '', baseDN: '', bindDN: '' } } }],
  ['Kerberos', kerberos({ realm: 'EXAMPLE.COM', netbiosDomain: 'EXAMPLE', dnsDomain: 'example.com' })],
  ['Kerberos that is off', { identity: { kerberos: {} } }],
  ['a machine account with a password', machine({})],
  ['a machine account with a keytab', machine({ secretRef: undefined, keytabSecretRef: ref })],
  ['a machine account that is off', kerberos({ machineAccount: { enabled: false } })],
  ['TLS', { controlPlane: { certSecretName: 'tls' } }],
  ['TLS that something in front ends', { controlPlane: { tls: true } }],
  ['client certificates', { controlPlane: { certSecretName: 'tls', clientCASecretName: 'ca' } }],
  ['metrics with a token', { metrics: { enabled: true, bearerTokenSecret: ref } }],
])('%s makes sense', (_, spec) => {
  expect(specValid.judge(factsWith({ spec }), earlier())).toEqual({ state: 'off' });
});

test.each<[string, Partial<DittoServerSpec>, ...string[]]>([
  ['no scheme', ldap({ url: 'ldap.example.com' }), 'spec.identity.ldap.url', 'ldaps://'],
  ['LDAP in the clear', ldap({ url: 'ldap://l' }), 'spec.identity.ldap.url is not encrypted', 'startTLS'],
  ['no base', ldap({ baseDN: ' ' }), 'spec.identity.ldap.baseDN'],
  ['no account', ldap({ bindDN: '' }), 'spec.identity.ldap.bindDN'],
  ['no password', ldap({ bindPasswordSecretRef: undefined }), 'spec.identity.ldap.bindPasswordSecretRef', 'anonymously'],
  ['no key of the password', ldap({ bindPasswordSecretRef: { name: 'own', key: '' } }), 'bindPasswordSecretRef.key'],
  ['a bad attribute', ldap({ userAttr: 'a b' }), 'spec.identity.ldap.userAttr'],
  ['no principal', kerberos({ servicePrincipal: '' }), 'spec.identity.kerberos.servicePrincipal'],
  ['no keytab', kerberos({ keytabSecretRef: undefined }), 'spec.identity.kerberos.keytabSecretRef'],
  ['no key of krb5.conf', kerberos({ krb5ConfSecretRef: { name: 'o', key: '' } }), 'krb5ConfSecretRef.key'],
  ['a principal as realm', kerberos({ realm: 'a@B' }), 'spec.identity.kerberos.realm'],
  ['a dotted NetBIOS name', kerberos({ netbiosDomain: 'a.b' }), 'spec.identity.kerberos.netbiosDomain'],
  ['a principal as domain', kerberos({ dnsDomain: 'a@b' }), 'spec.identity.kerberos.dnsDomain'],
  ['a machine account without name', machine({ accountName: '' }), 'machineAccount.accountName', 'FILES$'],
  ['a machine account without any secret', machine({ secretRef: undefined }), 'secretRef', 'keytabSecretRef'],
  ['client certificates without TLS', { controlPlane: { clientCASecretName: 'ca' } }, 'clientCASecretName needs', 'certSecretName'],
  ['one port for two', { controlPlane: { port: 9000 }, metrics: { enabled: true, port: 9000 } }, 'spec.metrics.port', '9000'],
  ['no key of the token', { metrics: { enabled: true, bearerTokenSecret: { name: 'o', key: '' } } }, 'bearerTokenSecret.key'],
  ['no key of the signing key', { identity: { jwt: { secretRef: { name: 'o', key: '' } } } }, 'spec.identity.jwt.secretRef.key'],
])('%s is told with field and remedy', (_, spec, ...parts) => {
  const found = specValid.judge(factsWith({ spec }), earlier());
  expect(found).toMatchObject({ state: 'wait', reason: 'InvalidSpec', message: saying(...parts) });
}); // prettier-ignore

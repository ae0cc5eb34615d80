// The server's configuration file.
import { createHash } from 'node:crypto';
import { configYaml } from '../../../src/manifests/config-yaml.ts';
import { parse } from 'yaml';
import { dittoServer, EXAMPLES } from './examples.ts';

const storage = { metadataSize: '5Gi' };

test('for a DittoServer without PostgreSQL it is byte for byte what the Go operator wrote', () => {
  const text = configYaml(dittoServer({ storage }));
  expect(Buffer.byteLength(text)).toBe(326);
  // The Go operator's published digest of this file alone, generation 1.
  const digest = createHash('sha256').update(text).update('gen:1').digest('hex');
  expect(digest).toBe('104add039e8ea5c1b90945a1b9b9c91b34bc3f201373d243f762eaadb85a4242');
});

test('with Percona the server is told to use PostgreSQL, and the file holds no credentials', () => {
  const text = configYaml(dittoServer({ storage, percona: { enabled: true } }));
  expect(text).toContain('database:\n    type: postgres\ncontrolplane:');
});

test('the journal lies on the content volume when there is one', () => {
  const text = configYaml(dittoServer({ storage: { ...storage, contentSize: '1Gi' } }));
  expect(text.endsWith('blockstore:\n    journal:\n        path: /data/store/block\n')).toBe(true);
});

test('values that YAML would read as something else are quoted', () => {
  const text = configYaml(dittoServer({ storage, logging: { output: 'yes: no' } }));
  expect(text).toContain('output: "yes: no"');
});

test('every block, from everything that a user can set', () => {
  const config = parse(
    configYaml(EXAMPLES['TLS, metrics, LDAP and Kerberos, everything that a user can set']),
  ) as unknown;
  expect(config).toMatchObject({
    controlplane: { port: 8443, tls: { cert_file: '/tls/tls.crt', key_file: '/tls/tls.key' } },
    metrics: {
      enabled: true,
      host: '0.0.0.0',
      port: 9100,
      path: '/prometheus',
      auth: 'token',
      token_file: '/metrics-token/token',
    },
    ldap: {
      enabled: true,
      url: 'ldaps://ldap.example.com',
      start_tls: false,
      allow_plaintext: false,
      base_dn: 'dc=example,dc=com',
      bind_dn: 'cn=reader,dc=example,dc=com',
      user_attr: 'uid',
      realm: 'EXAMPLE.COM',
      idmap: 'rfc2307',
      nested_groups: true,
      tls: { ca_cert_file: '/etc/ssl/certs/ca-certificates.crt', insecure_skip_verify: false },
    },
    kerberos: {
      enabled: true,
      keytab_path: '/kerberos/dittofs.keytab',
      service_principal: 'nfs/files.example.com@EXAMPLE.COM',
      realm: 'EXAMPLE.COM',
      netbios_domain: 'EXAMPLE',
      dns_domain: 'example.com',
      krb5_conf: '/kerberos-krb5/krb5.conf',
      machine_account: {
        enabled: true,
        account_name: 'FILES$',
        keytab_path: '/kerberos-machine/machine.keytab',
        dc_address: ['dc1.example.com'],
      },
    },
    blockstore: { journal: { path: '/data/store/block' } },
  });
});

test('client certificates are asked for only with a CA', () => {
  expect(configYaml(EXAMPLES['client certificates'])).toContain('client_ca: /tls-client-ca/ca.crt');
  expect(configYaml(dittoServer({ storage, controlPlane: { certSecretName: 'c' } }))).not.toContain('client_ca');
});

test('metrics without a token are open, and say so', () => {
  expect(configYaml(dittoServer({ storage, metrics: { enabled: true } }))).toContain('auth: none');
});

test('an external PostgreSQL is encrypted unless its Secret says otherwise, and the file holds no credentials', () => {
  const text = configYaml(EXAMPLES['external PostgreSQL']);
  expect(text).toContain('database:\n    type: postgres\n    postgres:\n        sslmode: require\ncontrolplane:');
});

test('blocks that are switched off leave no trace', () => {
  const off = {
    storage,
    metrics: { enabled: false, port: 1 },
    identity: { ldap: { enabled: false, url: 'u', baseDN: 'b', bindDN: 'd' }, kerberos: { realm: 'R' } },
    controlPlane: { tls: true, clientCASecretName: 'ca' },
  };
  expect(configYaml(dittoServer(off))).toBe(configYaml(dittoServer({ storage })));
});

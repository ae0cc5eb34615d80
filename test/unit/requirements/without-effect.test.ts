// A field that is set and changes nothing is told in ConfigReady, and holds nothing back.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { foundationApplied } from '../../../src/requirements/foundation-applied.ts';
import { withoutEffect } from '../../../src/requirements/without-effect.ts';
import { earlier, factsWith, saying } from './facts.ts';

const storage = { metadataSize: '5Gi' };
const optional = { name: 'own', key: 'k', optional: true };

test.each<[string, Partial<DittoServerSpec>]>([
  ['spec.identity.admin.username', { identity: { admin: { username: 'root' } } }],
  ['spec.database.postgresSecretRef.key', { database: { postgresSecretRef: { name: 'own', key: 'connection-string' } } }],
  ['spec.database.sqlite.path', { database: { sqlite: { path: '/data/own.db' } }, percona: { enabled: true } }],
  ['spec.percona.deleteWithServer', { percona: { enabled: true, deletionPolicy: 'Retain', deleteWithServer: true } }],
  ['spec.identity.kerberos.krb5Conf', { identity: { kerberos: { krb5Conf: '/etc/krb5.conf', krb5ConfSecretRef: { name: 'o', key: 'k' } } } }],
  ['spec.waitForPostgres.image', { waitForPostgres: { image: 'psql' }, percona: { enabled: false } }],
  ['spec.metrics.serviceMonitor.enabled', { metrics: { enabled: false, serviceMonitor: { enabled: true } } }],
  ['spec.identity.jwt.secretRef.optional', { identity: { jwt: { secretRef: optional } } }],
  ['spec.identity.kerberos.machineAccount.keytabSecretRef.optional', { identity: { kerberos: { machineAccount: { keytabSecretRef: optional } } } }],
  ['spec.metrics.bearerTokenSecret.optional', { metrics: { bearerTokenSecret: optional } }],
])('%s', (path, spec) => {
  expect(withoutEffect({ storage, ...spec })).toEqual([expect.stringMatching(`^${path.replaceAll('.', '\\.')} \\(.+\\)$`)]);
  const found = foundationApplied.judge(factsWith({ spec }), earlier());
  expect(found).toMatchObject({ state: 'met', reason: 'ConfigValid', message: saying('without effect:', path) });
}); // prettier-ignore

test('the API server’s own defaults are no mistake of the user', () => {
  const spec: DittoServerSpec = {
    storage,
    identity: { type: 'memory', admin: { username: 'admin' } },
    database: { type: 'sqlite', sqlite: { path: '/data/controlplane/controlplane.db' } },
    percona: { enabled: true },
    waitForPostgres: { enabled: true },
  };
  expect(withoutEffect(spec)).toEqual([]);
  expect(withoutEffect(undefined)).toEqual([]);
});

// Every field of a DittoServer: a value for it, what else must be set for it to count, and what then differs in the children.
// docs/reference/dittoserver.md prints this table; fields.test.ts proves it, field by field.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';

export type Spec = Omit<DittoServerSpec, 'storage'> & { readonly storage?: Partial<DittoServerSpec['storage']> };

export interface FieldCase {
  /** Below spec; `[]` stands for the items of a list. */
  readonly field: string;
  readonly value: unknown;
  /** What must be set beside it. */
  readonly base: Spec;
  /** Places in the children that differ, as differences.ts names them. */
  readonly changes: readonly string[];
}

const OWN = { name: 'own', key: 'k' };

const NONE: Spec = {};
const JWT: Spec = { identity: { jwt: { secretRef: OWN } } };
const ADMIN: Spec = { identity: { admin: { passwordSecretRef: OWN } } };
const TLS: Spec = { controlPlane: { certSecretName: 'tls' } };
const LDAP: Spec = {
  identity: {
    ldap: { enabled: true, url: 'ldaps://a', baseDN: 'dc=a', bindDN: 'cn=a', bindPasswordSecretRef: OWN },
  },
};
const LDAP_OFF: Spec = { identity: { ldap: { url: 'ldaps://a', baseDN: 'dc=a', bindDN: 'cn=a' } } };
const KERBEROS_OFF: Spec = {
  identity: { kerberos: { servicePrincipal: 'nfs/a@A', keytabSecretRef: OWN, krb5ConfSecretRef: OWN } },
};
const KERBEROS: Spec = { identity: { kerberos: { ...KERBEROS_OFF.identity?.kerberos, enabled: true } } };
const KERBEROS_PLAIN: Spec = {
  identity: { kerberos: { enabled: true, servicePrincipal: 'nfs/a@A', keytabSecretRef: OWN } },
};
const MACHINE: Spec = {
  identity: {
    kerberos: {
      ...KERBEROS.identity?.kerberos,
      machineAccount: { enabled: true, accountName: 'A$', secretRef: OWN, keytabSecretRef: OWN },
    },
  },
};
const METRICS: Spec = { metrics: { enabled: true, bearerTokenSecret: OWN, serviceMonitor: { enabled: true } } };
const PERCONA: Spec = { percona: { enabled: true } };
const BACKUP: Spec = {
  percona: {
    enabled: true,
    backup: { enabled: true, bucket: 'b', endpoint: 'e', credentialsSecretRef: { name: 's3' } },
  },
};
const EXTERNAL: Spec = { database: { postgresSecretRef: OWN } };

type Row = readonly [field: string, value: unknown, base: Spec, changes: readonly string[]];

// prettier-ignore
const ROWS: readonly Row[] = [
  ['image', 'marmos91c/dittofs:0.30.0', NONE, ['server image']],
  ['replicas', 0, NONE, ['StatefulSet files spec.replicas']],
  ['storage.metadataSize', '9Gi', NONE, ['StatefulSet files spec.volumeClaimTemplates[metadata]']],
  ['storage.contentSize', '9Gi', NONE, ['StatefulSet files spec.volumeClaimTemplates[content]', 'config.yaml blockstore.journal.path', 'server volumeMounts[content]']],
  ['storage.controlPlaneSize', '9Gi', NONE, ['StatefulSet files spec.volumeClaimTemplates[controlplane]']],
  ['storage.storageClassName', 'fast', NONE, ['StatefulSet files spec.volumeClaimTemplates[controlplane]', 'StatefulSet files spec.volumeClaimTemplates[metadata]']],
  ['database.type', 'postgres', PERCONA, []],
  ['database.sqlite.path', '/data/controlplane/own.db', NONE, ['config.yaml database.sqlite.path']],
  ['database.postgresSecretRef.name', 'other', EXTERNAL, ['init container env[PGDATABASE]', 'init container env[PGHOST]', 'init container env[PGPASSWORD]', 'init container env[PGPORT]', 'init container env[PGSSLMODE]', 'init container env[PGUSER]', 'server env[DITTOFS_DATABASE_POSTGRES_DATABASE]', 'server env[DITTOFS_DATABASE_POSTGRES_HOST]', 'server env[DITTOFS_DATABASE_POSTGRES_PASSWORD]', 'server env[DITTOFS_DATABASE_POSTGRES_PORT]', 'server env[DITTOFS_DATABASE_POSTGRES_SSLMODE]', 'server env[DITTOFS_DATABASE_POSTGRES_USER]']],
  ['database.postgresSecretRef.key', 'other', EXTERNAL, []],
  ['database.postgresSecretRef.optional', true, EXTERNAL, []],
  ['controlPlane.port', 9443, NONE, ['NetworkPolicy files-baseline spec.ingress[0].ports[0]', 'Service files-api spec.ports[api]', 'Service files-headless spec.ports[api]', 'config.yaml controlplane.port', 'server livenessProbe', 'server ports[api]', 'server readinessProbe', 'server startupProbe']],
  ['controlPlane.tls', true, NONE, []],
  ['controlPlane.certSecretName', 'tls', NONE, ['config.yaml controlplane.tls.cert_file', 'config.yaml controlplane.tls.key_file', 'pod volumes[tls-cert]', 'server livenessProbe', 'server readinessProbe', 'server startupProbe', 'server volumeMounts[tls-cert]']],
  ['controlPlane.clientCASecretName', 'ca', TLS, ['config.yaml controlplane.tls.client_ca', 'pod volumes[tls-client-ca]', 'server livenessProbe', 'server readinessProbe', 'server startupProbe', 'server volumeMounts[tls-client-ca]']],
  ['identity.type', 'memory', NONE, []],
  ['identity.jwt.secretRef.name', 'other', JWT, ['server env[DITTOFS_CONTROLPLANE_SECRET]']],
  ['identity.jwt.secretRef.key', 'other', JWT, ['server env[DITTOFS_CONTROLPLANE_SECRET]']],
  ['identity.jwt.secretRef.optional', true, JWT, []],
  ['identity.jwt.accessTokenDuration', '5m', JWT, ['config.yaml controlplane.jwt.access_token_duration']],
  ['identity.jwt.refreshTokenDuration', '24h', JWT, ['config.yaml controlplane.jwt.refresh_token_duration']],
  ['identity.admin.username', 'root', NONE, []],
  ['identity.admin.passwordSecretRef.name', 'other', ADMIN, ['server env[DITTOFS_ADMIN_INITIAL_PASSWORD]']],
  ['identity.admin.passwordSecretRef.key', 'other', ADMIN, ['server env[DITTOFS_ADMIN_INITIAL_PASSWORD]']],
  ['identity.admin.passwordSecretRef.optional', true, ADMIN, []],
  ['identity.ldap.enabled', true, LDAP_OFF, ['config.yaml ldap.base_dn', 'config.yaml ldap.bind_dn', 'config.yaml ldap.enabled', 'config.yaml ldap.url']],
  ['identity.ldap.url', 'ldaps://b', LDAP, ['config.yaml ldap.url']],
  ['identity.ldap.baseDN', 'dc=b', LDAP, ['config.yaml ldap.base_dn']],
  ['identity.ldap.bindDN', 'cn=b', LDAP, ['config.yaml ldap.bind_dn']],
  ['identity.ldap.bindPasswordSecretRef.name', 'other', LDAP, ['server env[DITTOFS_LDAP_BIND_PASSWORD]']],
  ['identity.ldap.bindPasswordSecretRef.key', 'other', LDAP, ['server env[DITTOFS_LDAP_BIND_PASSWORD]']],
  ['identity.ldap.bindPasswordSecretRef.optional', true, LDAP, []],
  ['identity.ldap.startTLS', true, LDAP, ['config.yaml ldap.start_tls']],
  ['identity.ldap.allowPlaintext', true, LDAP, ['config.yaml ldap.allow_plaintext']],
  ['identity.ldap.userAttr', 'uid', LDAP, ['config.yaml ldap.user_attr']],
  ['identity.ldap.realm', 'B', LDAP, ['config.yaml ldap.realm']],
  ['identity.ldap.idmap', 'rid', LDAP, ['config.yaml ldap.idmap']],
  ['identity.ldap.nestedGroups', true, LDAP, ['config.yaml ldap.nested_groups']],
  ['identity.ldap.caCertFile', '/ca.crt', LDAP, ['config.yaml ldap.tls.ca_cert_file']],
  ['identity.ldap.insecureSkipVerify', true, LDAP, ['config.yaml ldap.tls.insecure_skip_verify']],
  ['identity.kerberos.enabled', true, KERBEROS_OFF, ['config.yaml kerberos.enabled', 'config.yaml kerberos.keytab_path', 'config.yaml kerberos.krb5_conf', 'config.yaml kerberos.service_principal', 'pod volumes[kerberos-keytab]', 'pod volumes[kerberos-krb5]', 'server volumeMounts[kerberos-keytab]', 'server volumeMounts[kerberos-krb5]']],
  ['identity.kerberos.servicePrincipal', 'nfs/b@B', KERBEROS, ['config.yaml kerberos.service_principal']],
  ['identity.kerberos.realm', 'B', KERBEROS, ['config.yaml kerberos.realm']],
  ['identity.kerberos.netbiosDomain', 'B', KERBEROS, ['config.yaml kerberos.netbios_domain']],
  ['identity.kerberos.dnsDomain', 'b', KERBEROS, ['config.yaml kerberos.dns_domain']],
  ['identity.kerberos.krb5Conf', '/krb5.conf', KERBEROS_PLAIN, ['config.yaml kerberos.krb5_conf']],
  ['identity.kerberos.keytabSecretRef.name', 'other', KERBEROS, ['pod volumes[kerberos-keytab]']],
  ['identity.kerberos.keytabSecretRef.key', 'other', KERBEROS, ['pod volumes[kerberos-keytab]']],
  ['identity.kerberos.keytabSecretRef.optional', true, KERBEROS, []],
  ['identity.kerberos.krb5ConfSecretRef.name', 'other', KERBEROS, ['pod volumes[kerberos-krb5]']],
  ['identity.kerberos.krb5ConfSecretRef.key', 'other', KERBEROS, ['pod volumes[kerberos-krb5]']],
  ['identity.kerberos.krb5ConfSecretRef.optional', true, KERBEROS, []],
  ['identity.kerberos.machineAccount.enabled', false, MACHINE, ['config.yaml kerberos.machine_account.account_name', 'config.yaml kerberos.machine_account.enabled', 'config.yaml kerberos.machine_account.keytab_path', 'pod volumes[kerberos-machine-keytab]', 'server env[DITTOFS_KERBEROS_MACHINE_ACCOUNT_SECRET]', 'server volumeMounts[kerberos-machine-keytab]']],
  ['identity.kerberos.machineAccount.accountName', 'B$', MACHINE, ['config.yaml kerberos.machine_account.account_name']],
  ['identity.kerberos.machineAccount.dcAddress', ['b', 'a'], MACHINE, ['config.yaml kerberos.machine_account.dc_address[0]', 'config.yaml kerberos.machine_account.dc_address[1]']],
  ['identity.kerberos.machineAccount.secretRef.name', 'other', MACHINE, ['server env[DITTOFS_KERBEROS_MACHINE_ACCOUNT_SECRET]']],
  ['identity.kerberos.machineAccount.secretRef.key', 'other', MACHINE, ['server env[DITTOFS_KERBEROS_MACHINE_ACCOUNT_SECRET]']],
  ['identity.kerberos.machineAccount.secretRef.optional', true, MACHINE, []],
  ['identity.kerberos.machineAccount.keytabSecretRef.name', 'other', MACHINE, ['pod volumes[kerberos-machine-keytab]']],
  ['identity.kerberos.machineAccount.keytabSecretRef.key', 'other', MACHINE, ['pod volumes[kerberos-machine-keytab]']],
  ['identity.kerberos.machineAccount.keytabSecretRef.optional', true, MACHINE, []],
  ['service.type', 'NodePort', NONE, ['Service files-api spec.type']],
  ['service.annotations', { a: 'b' }, NONE, ['Service files-api metadata.annotations.a']],
  ['metrics.enabled', true, NONE, ['NetworkPolicy files-baseline spec.ingress[0].ports[1]', 'Service files-metrics', 'config.yaml metrics.auth', 'config.yaml metrics.enabled', 'config.yaml metrics.host', 'config.yaml metrics.path', 'config.yaml metrics.port', 'server ports[metrics]']],
  ['metrics.port', 9100, METRICS, ['NetworkPolicy files-baseline spec.ingress[0].ports[1]', 'Service files-metrics metadata.annotations.prometheus.io/port', 'Service files-metrics spec.ports[metrics]', 'config.yaml metrics.port', 'server ports[metrics]']],
  ['metrics.path', '/m', METRICS, ['Service files-metrics metadata.annotations.prometheus.io/path', 'ServiceMonitor files-metrics spec.endpoints[0]', 'config.yaml metrics.path']],
  ['metrics.bearerTokenSecret.name', 'other', METRICS, ['ServiceMonitor files-metrics spec.endpoints[0]', 'pod volumes[metrics-token]']],
  ['metrics.bearerTokenSecret.key', 'other', METRICS, ['ServiceMonitor files-metrics spec.endpoints[0]', 'pod volumes[metrics-token]']],
  ['metrics.bearerTokenSecret.optional', true, METRICS, []],
  ['metrics.serviceMonitor.enabled', false, METRICS, ['ServiceMonitor files-metrics']],
  ['metrics.serviceMonitor.interval', '15s', METRICS, ['ServiceMonitor files-metrics spec.endpoints[0]']],
  ['metrics.serviceMonitor.labels', { a: 'b' }, METRICS, ['ServiceMonitor files-metrics metadata.labels.a']],
  ['logging.level', 'DEBUG', NONE, ['config.yaml logging.level']],
  ['logging.format', 'text', NONE, ['config.yaml logging.format']],
  ['logging.output', 'stderr', NONE, ['config.yaml logging.output']],
  ['percona.enabled', true, NONE, ['PerconaPGCluster files-postgres', 'config.yaml database.sqlite.path', 'config.yaml database.type', 'init container wait-for-postgres', 'server env[DATABASE_URL]', 'server env[DITTOFS_DATABASE_POSTGRES_DATABASE]', 'server env[DITTOFS_DATABASE_POSTGRES_HOST]', 'server env[DITTOFS_DATABASE_POSTGRES_PASSWORD]', 'server env[DITTOFS_DATABASE_POSTGRES_PORT]', 'server env[DITTOFS_DATABASE_POSTGRES_SSLMODE]', 'server env[DITTOFS_DATABASE_POSTGRES_USER]', 'server env[DITTOFS_DATABASE_TYPE]']],
  ['percona.deletionPolicy', 'Retain', PERCONA, ['PerconaPGCluster files-postgres metadata.ownerReferences']],
  ['percona.deleteWithServer', false, PERCONA, ['PerconaPGCluster files-postgres metadata.ownerReferences']],
  ['percona.replicas', 3, PERCONA, ['PerconaPGCluster files-postgres spec.instances[instance1].replicas']],
  ['percona.postgresVersion', 17, PERCONA, ['PerconaPGCluster files-postgres spec.image', 'PerconaPGCluster files-postgres spec.postgresVersion', 'init container image']],
  ['percona.storageSize', '20Gi', PERCONA, ['PerconaPGCluster files-postgres spec.instances[instance1].dataVolumeClaimSpec.resources']],
  ['percona.storageClassName', 'fast', PERCONA, ['PerconaPGCluster files-postgres spec.instances[instance1].dataVolumeClaimSpec.storageClassName']],
  ['percona.databaseName', 'other', PERCONA, ['PerconaPGCluster files-postgres spec.users[dittofs].databases[0]']],
  ['percona.images.postgres', 'p', PERCONA, ['PerconaPGCluster files-postgres spec.image', 'init container image']],
  ['percona.images.pgbackrest', 'b', PERCONA, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.image']],
  ['percona.images.initContainer', 'i', PERCONA, ['PerconaPGCluster files-postgres spec.initContainer.image']],
  ['percona.sslMode', 'verify-full', PERCONA, ['init container env[PGSSLMODE]', 'init container env[PGSSLROOTCERT]', 'init container volumeMounts[postgres-ca]', 'pod volumes[postgres-ca]', 'server env[DITTOFS_DATABASE_POSTGRES_SSLMODE]', 'server env[DITTOFS_DATABASE_POSTGRES_SSL_ROOT_CERT]', 'server volumeMounts[postgres-ca]']],
  ['percona.resources', { limits: { cpu: 1 } }, PERCONA, ['PerconaPGCluster files-postgres spec.instances[instance1].resources']],
  ['percona.backup.enabled', false, BACKUP, ['PerconaPGCluster files-postgres spec.backups.enabled', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.configuration[0].secret.name', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.global.repo1-path', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.global.repo1-retention-full', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.global.repo1-retention-full-type', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.global.repo1-s3-uri-style', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.global.repo1-storage-verify-tls', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].name', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].s3.bucket', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].s3.endpoint', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].s3.region', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].schedules.full', 'PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].schedules.incremental']],
  ['percona.backup.credentialsSecretRef.name', 'other', BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.configuration[0].secret.name']],
  ['percona.backup.bucket', 'other', BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].s3.bucket']],
  ['percona.backup.endpoint', 'other', BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].s3.endpoint']],
  ['percona.backup.region', 'US', BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].s3.region']],
  ['percona.backup.uriStyle', 'host', BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.global.repo1-s3-uri-style']],
  ['percona.backup.fullSchedule', '@weekly', BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].schedules.full']],
  ['percona.backup.incrSchedule', '@daily', BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.repos[repo1].schedules.incremental']],
  ['percona.backup.retentionDays', 30, BACKUP, ['PerconaPGCluster files-postgres spec.backups.pgbackrest.global.repo1-retention-full']],
  ['waitForPostgres.enabled', false, PERCONA, ['init container wait-for-postgres']],
  ['waitForPostgres.image', 'psql', PERCONA, ['init container image']],
  ['resources', { limits: { memory: '4Gi' } }, NONE, ['server resources']],
  ['terminationGracePeriodSeconds', 60, NONE, ['pod terminationGracePeriodSeconds']],
  ['securityContext', { readOnlyRootFilesystem: true }, NONE, ['server securityContext.readOnlyRootFilesystem']],
  ['podSecurityContext', { fsGroup: 7 }, NONE, ['pod securityContext.fsGroup']],
];

export const FIELD_CASES: readonly FieldCase[] = ROWS.map(([field, value, base, changes]) => ({
  field,
  value,
  base,
  changes,
}));

interface Elsewhere {
  /** What it changes, for people. */
  readonly where: string;
  readonly file: string;
  /** Stands in that file. */
  readonly words: string;
}

const ADAPTER_SERVICES = 'test/unit/manifests/adapter-children.test.ts';
const SERVER_API = 'test/unit/activities/server-api.test.ts';
const SNAPSHOTS = ['share', 'interval', 'keepLast', 'ttl', 'enabled', 'namePrefix'].map(
  (name) => `snapshotPolicies[].${name}`,
);

/** Fields that reach no child by rendering, with the test that proves what they do. */
export const ELSEWHERE: Readonly<Record<string, Elsewhere>> = Object.fromEntries([
  [
    'adapterDiscovery.pollingInterval',
    { where: 'how often the server is asked', file: 'test/unit/watcher/prober.test.ts', words: 'at its own pace' },
  ],
  ...['type', 'annotations'].map(
    (name) =>
      [
        `adapterServices.${name}`,
        { where: 'Services of the adapters', file: ADAPTER_SERVICES, words: 'adapterServices' },
      ] as const,
  ),
  ...SNAPSHOTS.map(
    (field) =>
      [
        field,
        { where: 'snapshot policies of the server', file: SERVER_API, words: 'every field of a policy' },
      ] as const,
  ),
]);

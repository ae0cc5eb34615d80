// DittoServers that show every kind of child, shared by the golden tests, the permutation test and the dry run on a real API server.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import type { KubeObject } from '../../../src/api/kubernetes.ts';
import { DITTO_SERVER } from '../../../src/api/names.ts';
import {
  adminSecret,
  apiService,
  baselineNetworkPolicy,
  configHash,
  configMap,
  headlessService,
  jwtSecret,
  metricsService,
  postgresCluster,
  secretRefs,
  serviceMonitor,
  settings,
  statefulSet,
  type RenderableServer,
} from '../../../src/manifests/index.ts';

/** A stored DittoServer with the given spec. */
export function dittoServer(
  spec: DittoServerSpec,
  metadata: Partial<RenderableServer['metadata']> = {},
): RenderableServer {
  return {
    ...DITTO_SERVER,
    metadata: {
      name: 'files',
      namespace: 'default',
      uid: '3b9f7f6e-2f4e-4a57-9f43-0a6c1f1f0001',
      resourceVersion: '1',
      ...metadata,
    },
    spec,
  };
}

const storage = { metadataSize: '5Gi' };

export const EXAMPLES = {
  'sqlite, nothing but what is required': dittoServer({ storage }),
  'sqlite, everything that a user can set': dittoServer({
    image: 'registry.example.com/dittofs:0.29.0',
    replicas: 0,
    storage: { metadataSize: '5Gi', contentSize: '100Gi', controlPlaneSize: '2Gi', storageClassName: 'standard' },
    database: { type: 'sqlite', sqlite: { path: '/data/controlplane/own.db' } },
    controlPlane: { port: 9443 },
    identity: {
      jwt: {
        secretRef: { name: 'own-jwt', key: 'signing-key' },
        accessTokenDuration: '5m',
        refreshTokenDuration: '24h',
      },
      admin: { username: 'admin', passwordSecretRef: { name: 'own-admin', key: 'cleartext' } },
    },
    service: {
      type: 'LoadBalancer',
      annotations: { 'example.com/load-balancer': 'internal', 'example.com/cross-zone': 'true' },
    },
    logging: { level: 'DEBUG', format: 'text', output: 'stderr' },
    resources: { requests: { memory: '256Mi', cpu: 0.5 }, limits: { memory: '1Gi', cpu: 2 } },
    terminationGracePeriodSeconds: 120,
    securityContext: { capabilities: { add: ['NET_BIND_SERVICE', 'CHOWN'] }, readOnlyRootFilesystem: true },
    podSecurityContext: {
      fsGroup: 2000,
      runAsUser: 2000,
      supplementalGroups: [3000, 200, 4000],
      sysctls: [
        { name: 'net.ipv4.tcp_keepalive_time', value: '60' },
        { name: 'net.ipv4.ip_local_port_range', value: '1024 65000' },
      ],
    },
  }),
  'percona, nothing but what is required': dittoServer({ storage, percona: { enabled: true } }),
  'percona, everything that a user can set': dittoServer({
    storage,
    percona: {
      enabled: true,
      deletionPolicy: 'Retain',
      replicas: 3,
      postgresVersion: 17,
      storageSize: '50Gi',
      storageClassName: 'standard',
      databaseName: 'ditto_control',
      images: {
        postgres: 'registry.example.com/postgresql:17.9',
        pgbackrest: 'registry.example.com/pgbackrest:2.58.0',
        initContainer: 'registry.example.com/operator:2.9.0',
      },
      resources: { limits: { memory: '2Gi' }, requests: { memory: '1Gi', cpu: 1 } },
      backup: {
        enabled: true,
        bucket: 'backups',
        // As users write them (D5): a URL, a region that AWS does not have, and a retention in days.
        endpoint: 'https://eu-central-1.example.com',
        region: 'US',
        uriStyle: 'host',
        fullSchedule: '30 1 * * 0',
        incrSchedule: '30 1 * * 1-6',
        retentionDays: 4,
        credentialsSecretRef: { name: 'backup-credentials' },
      },
    },
    waitForPostgres: { enabled: true, image: 'registry.example.com/postgres:17-alpine' },
    podSecurityContext: {},
  }),
  'percona, without the init container': dittoServer({
    storage,
    percona: { enabled: true, deleteWithServer: false },
    waitForPostgres: { enabled: false },
  }),
  'percona, with its certificate checked': dittoServer({
    storage,
    percona: { enabled: true, sslMode: 'verify-full' },
  }),
  'external PostgreSQL': dittoServer({
    storage,
    database: { type: 'postgres', postgresSecretRef: { name: 'own-postgres', key: 'connection-string' } },
  }),
  'TLS, metrics, LDAP and Kerberos, everything that a user can set': dittoServer({
    storage: { metadataSize: '5Gi', contentSize: '100Gi' },
    controlPlane: { port: 8443, tls: true, certSecretName: 'own-tls' },
    identity: {
      type: 'memory',
      ldap: {
        enabled: true,
        url: 'ldaps://ldap.example.com',
        baseDN: 'dc=example,dc=com',
        bindDN: 'cn=reader,dc=example,dc=com',
        bindPasswordSecretRef: { name: 'own-ldap', key: 'password' },
        startTLS: false,
        allowPlaintext: false,
        userAttr: 'uid',
        realm: 'EXAMPLE.COM',
        idmap: 'rfc2307',
        nestedGroups: true,
        caCertFile: '/etc/ssl/certs/ca-certificates.crt',
        insecureSkipVerify: false,
      },
      kerberos: {
        enabled: true,
        servicePrincipal: 'nfs/files.example.com@EXAMPLE.COM',
        realm: 'EXAMPLE.COM',
        netbiosDomain: 'EXAMPLE',
        dnsDomain: 'example.com',
        krb5Conf: '/etc/krb5.conf',
        keytabSecretRef: { name: 'own-keytab', key: 'nfs.keytab' },
        krb5ConfSecretRef: { name: 'own-krb5', key: 'krb5.conf' },
        machineAccount: {
          enabled: true,
          accountName: 'FILES$',
          secretRef: { name: 'own-machine', key: 'password' },
          keytabSecretRef: { name: 'own-machine', key: 'keytab' },
          // Their order counts, so there is one.
          dcAddress: ['dc1.example.com'],
        },
      },
    },
    metrics: {
      enabled: true,
      port: 9100,
      path: '/prometheus',
      bearerTokenSecret: { name: 'own-metrics', key: 'bearer' },
      serviceMonitor: { enabled: true, interval: '15s', labels: { release: 'prometheus', team: 'storage' } },
    },
  }),
  'client certificates': dittoServer({
    storage,
    controlPlane: { certSecretName: 'own-tls', clientCASecretName: 'own-clients' },
    metrics: { enabled: true },
  }),
} satisfies Record<string, RenderableServer>;

/** Repeatable "random" bytes. */
export const countingBytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, index) => index);

/** Every child that the DittoServer wants, in the order in which people read them. */
export function renderAll(server: RenderableServer): readonly KubeObject[] {
  const generated = secretRefs(server).filter(({ source }) => source === 'generated');
  return [
    configMap(server),
    headlessService(server),
    apiService(server),
    ...[metricsService(server) ?? []].flat(),
    baselineNetworkPolicy(server),
    ...[serviceMonitor(server) ?? []].flat(),
    ...(generated.some(({ purpose }) => purpose === 'jwt') ? [jwtSecret(server, countingBytes)] : []),
    ...(generated.some(({ purpose }) => purpose === 'admin') ? [adminSecret(server, countingBytes)] : []),
    ...(settings(server).percona ? [postgresCluster(server, { major: 2, minor: 9, patch: 0 })] : []),
    statefulSet(server, { configHash: configHash(server, new Map()) }),
  ];
}

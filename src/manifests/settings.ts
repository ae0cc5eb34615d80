// What a DittoServer asks for, with every default filled in: the API server applies those of the CRD only inside objects
// that are present, so an absent `spec.controlPlane` still means port 8080. A test compares them with the CRD.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { ADMIN_PASSWORD_KEY, JWT_KEY, names } from '../api/names.ts';
import { DEFAULT_DATABASE_NAME, DEFAULT_POSTGRES_VERSION } from '../api/percona.ts';
import { secretKey, type SecretKey, type SecretKeySelector } from '../api/secret-key-selector.ts';
import { kerberosSettings, ldapSettings } from './identity-settings.ts';
import type { RenderableServer } from './server.ts';

type Percona = NonNullable<DittoServerSpec['percona']>;

export const DEFAULTS = {
  image: 'marmos91c/dittofs:latest',
  replicas: 1,
  /** Before it is killed: 5 s until traffic stops, three times the server's shutdown time-out of 30 s, and 10 s to spare. */
  terminationGracePeriodSeconds: 105,
  storage: { controlPlaneSize: '1Gi' },
  sqlite: { path: '/data/controlplane/controlplane.db' },
  controlPlane: { port: 8080 },
  jwt: { accessTokenDuration: '15m', refreshTokenDuration: '168h' },
  service: { type: 'ClusterIP' },
  adapterServices: { type: 'LoadBalancer' },
  metrics: { enabled: false, port: 9090, path: '/metrics' },
  logging: { level: 'INFO', format: 'json', output: 'stdout' },
  waitForPostgres: { enabled: true },
  percona: {
    replicas: 1,
    postgresVersion: DEFAULT_POSTGRES_VERSION,
    storageSize: '10Gi',
    databaseName: DEFAULT_DATABASE_NAME,
    sslMode: 'require',
  },
  backup: {
    enabled: false,
    region: 'eu-west-1',
    uriStyle: 'path',
    fullSchedule: '0 2 * * *',
    incrSchedule: '0 * * * *',
    retentionDays: 7,
  },
} as const;

/** How an external PostgreSQL is reached where its Secret does not say: encrypted. */
export const EXTERNAL_SSL_MODE = 'require';

/** Where one value of the pod's environment comes from. */
export interface KeyOfSecret extends SecretKey {
  /** Whether the Secret is one that we generate. */
  readonly generated: boolean;
}

export type Settings = ReturnType<typeof settings>;
export type PerconaSettings = ReturnType<typeof perconaSettings>;

/** All that rendering needs to know of a DittoServer. */
export function settings({ metadata, spec }: RenderableServer) {
  const { name, namespace, uid } = metadata;
  return {
    name,
    namespace,
    uid,
    names: names(name),
    image: spec.image ?? DEFAULTS.image,
    replicas: spec.replicas ?? DEFAULTS.replicas,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? DEFAULTS.terminationGracePeriodSeconds,
    resources: spec.resources,
    securityContext: spec.securityContext,
    podSecurityContext: spec.podSecurityContext,
    storage: { ...DEFAULTS.storage, ...spec.storage },
    sqlite: { ...DEFAULTS.sqlite, ...spec.database?.sqlite },
    controlPlane: { ...DEFAULTS.controlPlane, ...spec.controlPlane },
    tls: tlsSettings(spec.controlPlane),
    metrics: metricsSettings(spec.metrics),
    service: { ...DEFAULTS.service, annotations: {}, ...spec.service },
    logging: { ...DEFAULTS.logging, ...spec.logging },
    ...identitySettings(name, spec.identity),
    ldap: ldapSettings(spec.identity?.ldap),
    kerberos: kerberosSettings(spec.identity?.kerberos),
    waitForPostgres: { ...DEFAULTS.waitForPostgres, ...spec.waitForPostgres },
    externalPostgres: externalPostgres(spec),
    percona: spec.percona?.enabled === true ? perconaSettings(spec.percona) : undefined,
  };
}

/** The Secrets with which the server speaks TLS, and asks clients for a certificate; undefined: neither. */
function tlsSettings(controlPlane: DittoServerSpec['controlPlane']) {
  const { certSecretName, clientCASecretName } = controlPlane ?? {};
  if (!certSecretName) return undefined;
  return { certSecret: certSecretName, clientCaSecret: clientCASecretName || undefined };
}

/** spec.metrics with its defaults; undefined when none are served. */
function metricsSettings(metrics: DittoServerSpec['metrics']) {
  const { enabled, port, path, bearerTokenSecret, serviceMonitor } = { ...DEFAULTS.metrics, ...metrics };
  if (!enabled) return undefined;
  return {
    port,
    path,
    token: secretKey(bearerTokenSecret),
    monitor: serviceMonitor?.enabled === true ? serviceMonitor : undefined,
  };
}

/** Name of the Secret of an external PostgreSQL; its presence chooses it. */
function externalPostgres({ database, percona }: DittoServerSpec): string | undefined {
  return percona?.enabled === true ? undefined : database?.postgresSecretRef?.name || undefined;
}

function identitySettings(name: string, identity: DittoServerSpec['identity']) {
  const { jwtSecret, adminSecret } = names(name);
  return {
    jwt: { ...DEFAULTS.jwt, ...identity?.jwt },
    jwtKey: keyOf(identity?.jwt?.secretRef, { secretName: jwtSecret, key: JWT_KEY }),
    adminPassword: keyOf(identity?.admin?.passwordSecretRef, { secretName: adminSecret, key: ADMIN_PASSWORD_KEY }),
  };
}

/** The key that the user names, or that of the Secret which we generate when he names none. */
function keyOf(ref: SecretKeySelector | undefined, generated: Omit<KeyOfSecret, 'generated'>): KeyOfSecret {
  const own = secretKey(ref);
  return own ? { ...own, generated: false } : { ...generated, generated: true };
}

/** spec.percona with its defaults; `backup` is absent when there is to be none. */
export function perconaSettings(percona: Percona) {
  const backup = { ...DEFAULTS.backup, bucket: '', endpoint: '', ...percona.backup };
  return {
    ...DEFAULTS.percona,
    ...percona,
    images: { ...percona.images },
    backup: backup.enabled ? backup : undefined,
  };
}

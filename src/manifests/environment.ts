// Environment of the server's container: every secret value comes from a Secret, by reference.
import type { V1EnvVar } from '@kubernetes/client-node';
import type { SecretKey } from '../api/secret-key-selector.ts';
import type { Json } from './manifest.ts';
import type { Settings } from './settings.ts';
import { MOUNTED_FILES } from './volumes.ts';

type EnvVar = Json<V1EnvVar>;

/** Keys of the Secret that the Percona operator makes for the server's user, and what the server calls them. */
const PERCONA_VARIABLES = [
  ['DITTOFS_DATABASE_POSTGRES_HOST', 'host'],
  ['DITTOFS_DATABASE_POSTGRES_PORT', 'port'],
  ['DITTOFS_DATABASE_POSTGRES_DATABASE', 'dbname'],
  ['DITTOFS_DATABASE_POSTGRES_USER', 'user'],
  ['DITTOFS_DATABASE_POSTGRES_PASSWORD', 'password'],
] as const;

/** Keys of the Secret of an external PostgreSQL, which the Go operator fixed. */
const EXTERNAL_VARIABLES = [
  ['DITTOFS_DATABASE_POSTGRES_HOST', 'host'],
  ['DITTOFS_DATABASE_POSTGRES_DATABASE', 'database'],
  ['DITTOFS_DATABASE_POSTGRES_USER', 'user'],
  ['DITTOFS_DATABASE_POSTGRES_PASSWORD', 'password'],
] as const;
const EXTERNAL_OPTIONAL_VARIABLES = [
  ['DITTOFS_DATABASE_POSTGRES_PORT', 'port'],
  ['DITTOFS_DATABASE_POSTGRES_SSLMODE', 'sslmode'],
] as const;

/** The variables in a fixed order. */
export function environment(set: Settings): readonly EnvVar[] {
  const { jwtKey, adminPassword } = set;
  return [
    fromSecret('DITTOFS_CONTROLPLANE_SECRET', jwtKey.secretName, jwtKey.key),
    // A generated password may be gone with the data that it once opened: the server does not need it then.
    fromSecret('DITTOFS_ADMIN_INITIAL_PASSWORD', adminPassword.secretName, adminPassword.key, adminPassword.generated),
    ...fromKey('DITTOFS_LDAP_BIND_PASSWORD', set.ldap?.bindPassword),
    ...fromKey('DITTOFS_KERBEROS_MACHINE_ACCOUNT_SECRET', set.kerberos?.machineAccount?.secret),
    ...perconaEnvironment(set),
    ...externalEnvironment(set),
  ];
}

/**
 * The DittoFS server (0.29.0) reads the single variables and no DATABASE_URL; that one is for tools and people. PostgreSQL made by
 * Percona refuses connections without TLS, and the server's own default is none.
 */
function perconaEnvironment({ percona, names }: Settings): readonly EnvVar[] {
  if (!percona) return [];
  const secret = names.postgresUserSecret;
  return [
    { name: 'DITTOFS_DATABASE_TYPE', value: 'postgres' },
    ...PERCONA_VARIABLES.map(([name, key]) => fromSecret(name, secret, key)),
    { name: 'DITTOFS_DATABASE_POSTGRES_SSLMODE', value: percona.sslMode },
    ...(percona.sslMode === 'verify-full'
      ? [{ name: 'DITTOFS_DATABASE_POSTGRES_SSL_ROOT_CERT', value: MOUNTED_FILES.postgresCa }]
      : []),
    fromSecret('DATABASE_URL', secret, 'uri'),
  ];
}

/** Where the Secret has no port or sslmode, config.yaml and the server's own default (5432) count. */
function externalEnvironment({ externalPostgres: secret }: Settings): readonly EnvVar[] {
  if (secret === undefined) return [];
  return [
    { name: 'DITTOFS_DATABASE_TYPE', value: 'postgres' },
    ...EXTERNAL_VARIABLES.map(([name, key]) => fromSecret(name, secret, key)),
    ...EXTERNAL_OPTIONAL_VARIABLES.map(([name, key]) => fromSecret(name, secret, key, true)),
  ];
}

function fromKey(name: string, from: SecretKey | undefined): readonly EnvVar[] {
  return from ? [fromSecret(name, from.secretName, from.key)] : [];
}

/** A variable with the value of one key of a Secret. */
export function fromSecret(name: string, secretName: string, key: string, optional = false): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secretName, key, ...(optional && { optional }) } } };
}

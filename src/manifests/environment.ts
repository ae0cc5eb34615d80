// Environment of the server's container: every secret value comes from a Secret, by reference.
import type { V1EnvVar } from '@kubernetes/client-node';
import type { Json } from './manifest.ts';
import type { Settings } from './settings.ts';

type EnvVar = Json<V1EnvVar>;

/** Keys of the Secret that the Percona operator makes for the server's user, and what the server calls them. */
const POSTGRES_VARIABLES = [
  ['DITTOFS_DATABASE_POSTGRES_HOST', 'host'],
  ['DITTOFS_DATABASE_POSTGRES_PORT', 'port'],
  ['DITTOFS_DATABASE_POSTGRES_DATABASE', 'dbname'],
  ['DITTOFS_DATABASE_POSTGRES_USER', 'user'],
  ['DITTOFS_DATABASE_POSTGRES_PASSWORD', 'password'],
] as const;

/** The variables in a fixed order. */
export function environment(set: Settings): readonly EnvVar[] {
  const { jwtKey, adminPassword } = set;
  return [
    fromSecret('DITTOFS_CONTROLPLANE_SECRET', jwtKey.secretName, jwtKey.key),
    // A generated password may be gone with the data that it once opened: the server does not need it then.
    fromSecret('DITTOFS_ADMIN_INITIAL_PASSWORD', adminPassword.secretName, adminPassword.key, adminPassword.generated),
    ...postgresEnvironment(set),
  ];
}

/**
 * The DittoFS server (0.29.0) reads the single variables and no DATABASE_URL; that one is for tools and people. PostgreSQL made by
 * Percona refuses connections without TLS, and the server's own default is none.
 */
function postgresEnvironment({ percona, names }: Settings): readonly EnvVar[] {
  if (!percona) return [];
  const secret = names.postgresUserSecret;
  return [
    { name: 'DITTOFS_DATABASE_TYPE', value: 'postgres' },
    ...POSTGRES_VARIABLES.map(([name, key]) => fromSecret(name, secret, key)),
    { name: 'DITTOFS_DATABASE_POSTGRES_SSLMODE', value: percona.sslMode },
    fromSecret('DATABASE_URL', secret, 'uri'),
  ];
}

/** A variable with the value of one key of a Secret. */
export function fromSecret(name: string, secretName: string, key: string, optional = false): EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secretName, key, ...(optional && { optional }) } } };
}

// Fields that a user may set and that change nothing: told where a person looks, since a setting that is silently ignored costs hours. Only
// what the API server's defaults do not set by themselves can be noticed.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { ANNOTATIONS } from '../api/names.ts';

type Check = readonly [path: string, why: string, isSet: (spec: DittoServerSpec) => boolean];
type Annotations = Readonly<Record<string, string>>;
type Refs = readonly (readonly [path: string, ref: { readonly optional?: boolean } | undefined])[];

const CHECKS: readonly Check[] = [
  [
    'spec.identity.admin.username',
    'the server names its first administrator "admin"',
    ({ identity }) => (identity?.admin?.username ?? 'admin') !== 'admin',
  ],
  [
    'spec.database.postgresSecretRef.key',
    'the keys that are read have fixed names',
    ({ database }) => Boolean(database?.postgresSecretRef?.name && database.postgresSecretRef.key),
  ],
  [
    'spec.database.sqlite.path',
    'the server runs on PostgreSQL',
    ({ database, percona }) =>
      Boolean((percona?.enabled === true || database?.postgresSecretRef?.name) && isOwnPath(database?.sqlite?.path)),
  ],
  [
    'spec.percona.deleteWithServer',
    'spec.percona.deletionPolicy decides',
    ({ percona }) => percona?.deletionPolicy !== undefined && percona.deleteWithServer !== undefined,
  ],
  [
    'spec.identity.kerberos.krb5Conf',
    'krb5ConfSecretRef is used',
    ({ identity }) => Boolean(identity?.kerberos?.krb5Conf && identity.kerberos.krb5ConfSecretRef?.name),
  ],
  [
    'spec.waitForPostgres.image',
    'the server has no PostgreSQL',
    ({ waitForPostgres, percona, database }) =>
      waitForPostgres?.image !== undefined && percona?.enabled !== true && !database?.postgresSecretRef?.name,
  ],
  [
    'spec.metrics.serviceMonitor.enabled',
    'metrics are off',
    ({ metrics }) => metrics?.enabled !== true && metrics?.serviceMonitor?.enabled === true,
  ],
];

const isOwnPath = (path: string | undefined): boolean =>
  path !== undefined && path !== '/data/controlplane/controlplane.db';

/** Every reference to a key of a Secret, wherever it stands. */
function refsIn(value: unknown, path: string): Refs {
  if (typeof value !== 'object' || value === null) return [];
  if ('key' in value && 'optional' in value) return [[path, value as { optional?: boolean }]];
  return Object.entries(value).flatMap(([field, inner]) => refsIn(inner, `${path}.${field}`));
}

/** One clause per annotation of ours that is set and has no effect. */
function idleAnnotations(spec: DittoServerSpec, annotations: Annotations): readonly string[] {
  const rotates = annotations[ANNOTATIONS.rotatePassword] && spec.percona?.enabled !== true;
  return rotates ? [`the annotation ${ANNOTATIONS.rotatePassword} (the server has no database of its own)`] : [];
}

/** One clause per field or annotation that is set and has no effect, with the reason. */
export function withoutEffect(spec: DittoServerSpec | undefined, annotations: Annotations = {}): readonly string[] {
  if (!spec) return [];
  const set = CHECKS.filter(([, , isSet]) => isSet(spec)).map(([path, why]) => `${path} (${why})`);
  const { database, identity, metrics } = spec;
  const optional = refsIn({ database, identity, metrics }, 'spec').filter(([, ref]) => ref?.optional === true);
  const idle = optional.map(([path]) => `${path}.optional (what is referred to must exist)`);
  return [...set, ...idle, ...idleAnnotations(spec, annotations)];
}

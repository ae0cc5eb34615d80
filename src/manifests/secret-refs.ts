// Every Secret that the pod reads: what to look for before it is made, and what to digest.
import type { SecretKey } from '../api/secret-key-selector.ts';
import type { RenderableServer } from './server.ts';
import { settings, type KeyOfSecret, type Settings } from './settings.ts';
import { CA_KEY } from './volumes.ts';

export type SecretPurpose =
  | 'jwt'
  | 'admin'
  | 'postgres'
  | 'postgres-ca'
  | 'external-postgres'
  | 'ldap-password'
  | 'metrics-token'
  | 'keytab'
  | 'krb5-conf'
  | 'machine-secret'
  | 'machine-keytab'
  | 'tls'
  | 'client-ca';

export interface SecretRef {
  readonly purpose: SecretPurpose;
  /** The field of the DittoServer that asks for it, for people. */
  readonly field: string;
  readonly secretName: string;
  /** Keys that the pod reads; others are none of its inputs. */
  readonly keys: readonly string[];
  /** Keys that the pod reads where they exist. */
  readonly optionalKeys: readonly string[];
  /** The pod starts without it. */
  readonly optional: boolean;
  /** Who makes it. */
  readonly source: 'user' | 'generated' | 'percona';
  /** The server reads it once, at its start; what it loads again by itself is not in the digest. */
  readonly hashed: boolean;
}

/** The keys of the Percona operator's user Secret that the pod reads; not `verifier`, which is random at each writing. */
export const POSTGRES_KEYS = ['host', 'port', 'dbname', 'user', 'password', 'uri'] as const;

/** The keys of the Secret of an external PostgreSQL. */
const EXTERNAL_KEYS = ['host', 'database', 'user', 'password'] as const;
const EXTERNAL_OPTIONAL_KEYS = ['port', 'sslmode'] as const;

const TLS_KEYS = ['tls.crt', 'tls.key'] as const;

/** In a fixed order. */
export function secretRefs(server: RenderableServer): readonly SecretRef[] {
  const set = settings(server);
  const { jwtKey, adminPassword } = set;
  return [
    ofGenerated('jwt', 'spec.identity.jwt.secretRef', jwtKey, false),
    ofGenerated('admin', 'spec.identity.admin.passwordSecretRef', adminPassword, adminPassword.generated),
    ...databaseRefs(set),
    ...identityRefs(set),
    ...ofUser('metrics-token', 'spec.metrics.bearerTokenSecret', set.metrics?.token),
    ...tlsRefs(set),
  ];
}

/** Under which name a value enters the digest. */
export function secretValueName({ purpose }: Pick<SecretRef, 'purpose'>, key: string): string {
  return `${purpose}:${key}`;
}

const PLAIN = { optionalKeys: [], optional: false, hashed: true } as const;

function databaseRefs({ percona, names, externalPostgres }: Settings): readonly SecretRef[] {
  const ofPercona = { ...PLAIN, source: 'percona' } as const;
  const user = { purpose: 'postgres', field: 'spec.percona', secretName: names.postgresUserSecret, keys: POSTGRES_KEYS } as const; // prettier-ignore
  const ca = { purpose: 'postgres-ca', field: 'spec.percona.sslMode', secretName: names.postgresCertSecret, keys: [CA_KEY] } as const; // prettier-ignore
  if (percona?.sslMode === 'verify-full')
    return [
      { ...ofPercona, ...user },
      { ...ofPercona, ...ca },
    ];
  if (percona) return [{ ...ofPercona, ...user }];
  if (externalPostgres === undefined) return [];
  return [
    {
      ...PLAIN,
      source: 'user',
      purpose: 'external-postgres',
      field: 'spec.database.postgresSecretRef',
      secretName: externalPostgres,
      keys: EXTERNAL_KEYS,
      optionalKeys: EXTERNAL_OPTIONAL_KEYS,
    },
  ];
}

function identityRefs({ ldap, kerberos }: Settings): readonly SecretRef[] {
  const account = kerberos?.machineAccount;
  return [
    ...ofUser('ldap-password', 'spec.identity.ldap.bindPasswordSecretRef', ldap?.bindPassword),
    ...ofUser('keytab', 'spec.identity.kerberos.keytabSecretRef', kerberos?.keytab),
    ...ofUser('krb5-conf', 'spec.identity.kerberos.krb5ConfSecretRef', kerberos?.krb5ConfKey),
    ...ofUser('machine-secret', 'spec.identity.kerberos.machineAccount.secretRef', account?.secret),
    ...ofUser('machine-keytab', 'spec.identity.kerberos.machineAccount.keytabSecretRef', account?.keytab),
  ];
}

/** The server loads renewed files by itself (DittoFS 0.29.0), so a renewed certificate restarts nothing. */
function tlsRefs({ tls }: Settings): readonly SecretRef[] {
  if (!tls) return [];
  const reloaded = { ...PLAIN, source: 'user', hashed: false } as const;
  const cert = { purpose: 'tls', field: 'spec.controlPlane.certSecretName', secretName: tls.certSecret, keys: TLS_KEYS } as const; // prettier-ignore
  const ca = { purpose: 'client-ca', field: 'spec.controlPlane.clientCASecretName', keys: [CA_KEY] } as const;
  if (tls.clientCaSecret === undefined) return [{ ...reloaded, ...cert }];
  return [
    { ...reloaded, ...cert },
    { ...reloaded, ...ca, secretName: tls.clientCaSecret },
  ];
}

function ofUser(purpose: SecretPurpose, field: string, from: SecretKey | undefined): readonly SecretRef[] {
  if (!from) return [];
  return [{ ...PLAIN, purpose, field, secretName: from.secretName, keys: [from.key], source: 'user' }];
}

function ofGenerated(purpose: SecretPurpose, field: string, from: KeyOfSecret, optional: boolean): SecretRef {
  const { secretName, key, generated } = from;
  return { ...PLAIN, purpose, field, secretName, keys: [key], optional, source: generated ? 'generated' : 'user' };
}

// Every Secret that the pod reads: what to look for before it is made, and what to digest.
import type { RenderableServer } from './server.ts';
import { settings, type KeyOfSecret } from './settings.ts';

export type SecretPurpose = 'jwt' | 'admin' | 'postgres';

export interface SecretRef {
  readonly purpose: SecretPurpose;
  /** The field of the DittoServer that asks for it, for people. */
  readonly field: string;
  readonly secretName: string;
  /** Keys that the pod reads; others are none of its inputs. */
  readonly keys: readonly string[];
  /** The pod starts without it. */
  readonly optional: boolean;
  /** Who makes it. */
  readonly source: 'user' | 'generated' | 'percona';
}

/** The keys of the Percona operator's user Secret that the pod reads; not `verifier`, which is random at each writing. */
export const POSTGRES_KEYS = ['host', 'port', 'dbname', 'user', 'password', 'uri'] as const;

/** In a fixed order. */
export function secretRefs(server: RenderableServer): readonly SecretRef[] {
  const { jwtKey, adminPassword, percona, names } = settings(server);
  return [
    secretRef('jwt', 'spec.identity.jwt.secretRef', jwtKey, false),
    secretRef('admin', 'spec.identity.admin.passwordSecretRef', adminPassword, adminPassword.generated),
    ...(percona
      ? [
          {
            purpose: 'postgres',
            field: 'spec.percona',
            secretName: names.postgresUserSecret,
            keys: POSTGRES_KEYS,
            optional: false,
            source: 'percona',
          } as const,
        ]
      : []),
  ];
}

/** Under which name a value enters the digest. */
export function secretValueName({ purpose }: Pick<SecretRef, 'purpose'>, key: string): string {
  return `${purpose}:${key}`;
}

function secretRef(purpose: SecretPurpose, field: string, from: KeyOfSecret, optional: boolean): SecretRef {
  const { secretName, key, generated } = from;
  return { purpose, field, secretName, keys: [key], optional, source: generated ? 'generated' : 'user' };
}

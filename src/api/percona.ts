// The part of a PerconaPGCluster (pgv2.percona.com/v2) that we send and read; field names as in operator 2.9.0's CRD.
import type { Condition, KubeObject, ObjectMeta } from './kubernetes.ts';

/** What a database is made with where spec.percona does not say. */
export const DEFAULT_POSTGRES_VERSION = 16;
export const DEFAULT_DATABASE_NAME = 'dittofs';

/** Version of an operator, as its CRD's label `pgv2.percona.com/version` names it. */
export interface PerconaOperatorVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

export interface PerconaPGCluster extends KubeObject {
  readonly apiVersion: 'pgv2.percona.com/v2';
  readonly kind: 'PerconaPGCluster';
  readonly metadata: ObjectMeta;
  readonly spec: PerconaPGClusterSpec;
  readonly status?: PerconaPGClusterStatus;
}

export interface PerconaPGClusterSpec {
  readonly crVersion?: string;
  readonly image?: string;
  readonly postgresVersion: number;
  readonly initContainer?: { readonly image: string };
  readonly instances: readonly PerconaInstanceSet[];
  readonly users?: readonly PerconaUser[];
  readonly backups: PerconaBackups;
}

export interface PerconaInstanceSet {
  readonly name: string;
  readonly replicas?: number;
  readonly resources?: PerconaResources;
  readonly dataVolumeClaimSpec: {
    readonly accessModes: readonly string[];
    readonly storageClassName?: string;
    readonly resources: { readonly requests: { readonly storage: string } };
  };
}

export interface PerconaResources {
  readonly limits?: Readonly<Record<string, number | string>>;
  readonly requests?: Readonly<Record<string, number | string>>;
  readonly claims?: readonly { readonly name: string; readonly request?: string }[];
}

export interface PerconaUser {
  readonly name: string;
  readonly databases: readonly string[];
  readonly password: { readonly type: 'ASCII' | 'AlphaNumeric' };
}

export interface PerconaBackups {
  /** The operator takes an absent one as true. */
  readonly enabled?: boolean;
  readonly pgbackrest?: {
    readonly image?: string;
    readonly configuration?: readonly { readonly secret: { readonly name: string } }[];
    readonly global?: Readonly<Record<string, string>>;
    readonly repos?: readonly PerconaRepository[];
  };
}

export interface PerconaRepository {
  readonly name: string;
  readonly s3: { readonly bucket: string; readonly endpoint: string; readonly region: string };
  readonly schedules: { readonly full: string; readonly incremental: string };
}

export interface PerconaPGClusterStatus {
  /** initializing, paused, stopping or ready; the operator declares no enum, so another word may come. */
  readonly state?: string;
  readonly host?: string;
  readonly observedGeneration?: number;
  readonly postgres?: {
    readonly size?: number;
    readonly ready?: number;
    readonly instances?: readonly { readonly name: string; readonly size: number; readonly ready: number }[];
  };
  readonly conditions?: readonly Condition[];
}

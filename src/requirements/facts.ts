// The facts that requirements judge: what was read, reduced to what matters. Plain data, made by activities/observe.
import type { DittoServer } from '../api/generated/ditto-server.ts';
import type { StoredMeta } from '../api/kubernetes.ts';
import type { Memory } from '../api/verdict.ts';

/** A fact is known, absent, or unreadable with the reason; unreadable never triggers a write. */
export type Fact<T> =
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly why: string };

export const known = <T>(value: T): Fact<T> => ({ state: 'known', value });
export const ABSENT: Fact<never> = { state: 'absent' };

/** The value of a known fact. */
export function valueOf<T>(fact: Fact<T>): T | undefined {
  return fact.state === 'known' ? fact.value : undefined;
}

/** Why a fact could not be read; undefined when it is known or absent. */
export function unreadableWhy(fact: Fact<unknown>): string | undefined {
  return fact.state === 'unreadable' ? fact.why : undefined;
}

export type StoredDittoServer = DittoServer & { readonly metadata: StoredMeta };

/**
 * Whose an object is: ours by owner reference or label; `collected`: of an earlier DittoServer of this name by reference, so
 * that Kubernetes' collector will take it; `former`: left by such a one, by label; or somebody else's.
 */
export type Ownership = 'ours' | 'collected' | 'former' | 'foreign';

/** What every child has in common. */
export interface Live {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly ownership: Ownership;
  readonly terminating: boolean;
  /** src/api/fingerprint.ts, ownedFieldsDigest. */
  readonly ownedFields: string;
  /** Other field managers that wrote to it, without the control plane's own. */
  readonly otherManagers: readonly string[];
  /** "Kind name" of its controller, for people; absent when it has none. */
  readonly controller?: string;
  /** When the Go operator wrote to it last (epoch ms); absent when nothing that it wrote is its own any more (src/api/predecessor.ts). */
  readonly predecessorAtMs?: number;
}

/** A child of the foundation: ConfigMap, Service, NetworkPolicy, ServiceMonitor, generated Secret. */
export interface ChildFact {
  /** "Kind/name". */
  readonly child: string;
  /**
   * Created once and then left alone, kept as we mean it, or removed where it is ours; `with-template`: what a pod template of another
   * version reads stays with it, and is brought up to date together with it; `noted`: only annotations of ours on it are meant.
   */
  readonly policy: 'create-once' | 'enforced' | 'unwanted' | 'with-template' | 'noted';
  /** Digest of what we mean; empty for what is created once or unwanted. */
  readonly intent: string;
  readonly live: Fact<Live>;
  /** Annotations that it is to bear and does not. */
  readonly lacking?: Readonly<Record<string, string>>;
}

/** What was on the volumes of a database when it was ready last. */
export interface DatabaseRecord {
  readonly postgresVersion: number;
  readonly databases: readonly string[];
}

/** One Secret with the keys that something of ours reads. */
export interface InputFact {
  /** The field of the DittoServer that refers to it, for people. */
  readonly field: string;
  readonly secret: string;
  /** Known: the keys that it lacks. */
  readonly missingKeys: Fact<readonly string[]>;
  /** What is wrong with what stands in it, as a clause that never quotes a value. */
  readonly fault?: string;
}

export interface StorageClassFact {
  readonly field: string;
  readonly name: string;
  readonly exists: Fact<true>;
}

export interface PerconaOperatorFact {
  readonly version: string;
  readonly supported: boolean;
  /** What is supported, for people. */
  readonly supportedVersions: string;
  /** Fields of spec.percona.images that must be set, since no release of ours is known for them. */
  readonly missingImages: readonly string[];
}

export interface PostgresClusterFact extends Live {
  /** It carries a controller reference to this DittoServer. */
  readonly controlled: boolean;
  /** It was somebody else's before it was handed over, and nobody has said yet that we may delete it. */
  readonly adopted: boolean;
  readonly perconaHash: string;
  /** Epoch ms of its creation. */
  readonly createdAtMs: number;
  readonly generation: number;
  readonly observedGeneration: number | undefined;
  readonly state: string;
  readonly ready: number;
  readonly size: number;
  /** Instances that its own spec asks for. */
  readonly wanted: number;
  readonly postgresVersion: number | undefined;
  readonly databases: readonly string[];
  /** Message of Progressing=False/Paused of the operator, e.g. while it waits for an authorisation. */
  readonly heldByOperator: string;
}

/** A PostgresCluster of the operator's own kind. */
export interface InnerClusterFact {
  /** Some PerconaPGCluster owns it, so that it will end. */
  readonly ofPercona: boolean;
}

export interface CredentialsFact {
  readonly missingKeys: readonly string[];
  /** A clause, where the server is to check PostgreSQL's certificate and the CA for that is not there yet. */
  readonly missingCa?: string;
  /** The password inside its `uri` is its `password`. */
  readonly consistent: boolean;
  /** A clause, where its `verifier`, which the database checks logins against, is not that of its `password`. */
  readonly verifierFault?: string;
  /** When a key that the pod reads was written last: a time, or a version where there is none. Only ever compared. */
  readonly writtenAt: string;
  /** Field managers that wrote these keys. */
  readonly writers: readonly string[];
  /** It carries the label of the cluster's operator, which alone answers an emptied password with a new one. */
  readonly ofCluster: boolean;
  /** Digest of the value of dittofs.io/rotate-password for which its password was changed last; empty: for none. */
  readonly rotation: string;
}

/** What the claim templates of a StatefulSet ask for, in the words of spec.storage. */
export interface VolumesFact {
  readonly metadataSize?: string;
  readonly contentSize?: string;
  readonly controlPlaneSize?: string;
  readonly storageClassName?: string;
}

/** A pod template that the Go operator rendered. It stays as it is until an input of the pod changes. */
export interface PredecessorTemplateFact {
  /** Our digest of what the pod reads, as it was when the template was taken over; absent when that was not recorded yet. */
  readonly inputs?: string;
}

export interface StatefulSetFact extends Live {
  readonly replicas: number;
  readonly configHash: string;
  /** Which version of our rendering made its template; empty when none of ours did. */
  readonly templateRevision: string;
  /** The revision that a rollout has admitted it to; empty: none. */
  readonly admitted: string;
  /** Whether the server in it runs on a PostgreSQL of its own. */
  readonly onPostgres: boolean;
  /** Whether it runs on an external PostgreSQL. */
  readonly onExternalPostgres: boolean;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly statusReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly updated: boolean;
  /** The revision of the present template, as its controller calls it. */
  readonly updateRevision: string;
  readonly volumes: VolumesFact;
  /** There when the template is the Go operator's. */
  readonly predecessor?: PredecessorTemplateFact;
  /** Its update strategy, which is not ours, lets pods of an earlier revision be. */
  readonly keepsOldPods?: true;
  /** It was made again over its pod, and what of it is others' is not given back yet. */
  readonly halfMade?: true;
}

/** The pod template of a StatefulSet that is gone while its pod runs on. */
export interface LeftTemplateFact {
  /** The ControllerRevision that holds it. */
  readonly revision: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: { readonly startedAt?: string };
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

interface Terminated {
  readonly exitCode: number;
  readonly reason?: string;
  readonly message?: string;
}

/** A pod, as its status tells. */
export interface PodFact {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly phase: string;
  readonly terminating: boolean;
  /** Epoch ms at which it should be gone at the latest, its grace time included; only of one that is being deleted. */
  readonly goneByMs?: number;
  readonly nodeName: string;
  /** Whether its node is ready; read only of a pod that should be gone, and where nodes may be read. */
  readonly nodeReady?: boolean;
  readonly ready: boolean;
  /** uid of its controller, and of which revision of that it is; empty without one. */
  readonly controllerUid: string;
  readonly revision: string;
  /** Message of PodScheduled=False. */
  readonly unschedulable: string;
  readonly initContainers: readonly ContainerStatus[];
  readonly containers: readonly ContainerStatus[];
}

export interface ClaimFact {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly phase: string;
  readonly terminating: boolean;
  readonly storageClass: string;
  /** The size that it asks for. */
  readonly size?: string;
  /** Whether its StorageClass lets it grow; read only where that matters. */
  readonly expandable?: Fact<boolean>;
}

/** A warning that Kubernetes or an operator sent about an object of ours. */
export interface WarningFact {
  readonly kind: string;
  readonly name: string;
  readonly reason: string;
  readonly note: string;
}

/** What a call of the server's own API depends on. */
export interface ServerApiFact {
  /** Digest of address, trust and credentials, without a value of them; a new one is a reason to ask again. */
  readonly basis: string;
  /** The Secret of the provisioner's own account. */
  readonly account: Fact<Live>;
  /** Services and NetworkPolicies of the adapters that are known, and of those that were. */
  readonly adapters: readonly ChildFact[];
}

/** The digest that the pod template should carry, or why it cannot be known yet. */
export type ConfigHashFact =
  | { readonly state: 'computed'; readonly hash: string }
  /** Only Secrets that we generate are missing: the step that makes them knows the digest. */
  | { readonly state: 'due' }
  | { readonly state: 'incomplete' };

export interface Facts {
  readonly nowMs: number;
  readonly server: StoredDittoServer;
  readonly memory: Memory;
  /** Fields that the installed CRD lacks of the one that this version knows. */
  readonly crdLacks: readonly string[];
  readonly inputs: readonly InputFact[];
  readonly storageClasses: readonly StorageClassFact[];
  readonly foundation: readonly ChildFact[];
  readonly configHash: ConfigHashFact;
  /** The installed Percona operator, from its CRD; absent when the API is. */
  readonly perconaOperator: Fact<PerconaOperatorFact>;
  readonly postgresCluster: Fact<PostgresClusterFact>;
  /** Digest of the part of spec.percona that reaches the cluster. */
  readonly perconaHash: string;
  /** The database's user Secret. */
  readonly credentials: Fact<CredentialsFact>;
  readonly statefulSet: Fact<StatefulSetFact>;
  /** Read only while there is no StatefulSet, and a pod of it. */
  readonly leftTemplate: Fact<LeftTemplateFact>;
  /** Digest of the StatefulSet that we mean, without its hash annotation. */
  readonly statefulSetIntent: string;
  /** The revision of the pod templates that this version renders. */
  readonly templateRevision: string;
  readonly pods: Fact<readonly PodFact[]>;
  readonly databasePods: Fact<readonly PodFact[]>;
  /** What the Percona operator made of a PerconaPGCluster that is gone; read only while there is none. */
  readonly innerCluster: Fact<InnerClusterFact>;
  readonly claims: Fact<readonly ClaimFact[]>;
  /** Volume claims of the database, also of one that is gone. */
  readonly databaseClaims: Fact<readonly ClaimFact[]>;
  /** Names of those that bear no label of its operator any more, so that it does not use them; read only where a database is lost. */
  readonly unusedClaims: readonly string[];
  /** What is on them, where that was written down. */
  readonly databaseRecord: Fact<DatabaseRecord>;
  readonly warnings: readonly WarningFact[];
  /** "Kind/name" of objects without which Percona's operator makes no database, and which another controller than it has. */
  readonly databaseTaken: readonly (readonly [object: string, live: Live])[];
  readonly serverApi: ServerApiFact;
  /** uid → resourceVersion of everything that was read. */
  readonly seen: Readonly<Record<string, string>>;
}

/** Whether the server is to keep its control plane in PostgreSQL, of its own or somebody else's. */
export const hasPostgres = ({ server: { spec } }: Pick<Facts, 'server'>): boolean =>
  spec?.percona?.enabled === true || Boolean(spec?.database?.postgresSecretRef?.name);

/** Whether a cluster matters: one is asked for, or one was, since switching it off must not lose sight of the data. */
export const hasDatabase = ({ spec, status }: StoredDittoServer): boolean =>
  spec?.percona?.enabled === true || status?.perconaClusterName !== undefined;

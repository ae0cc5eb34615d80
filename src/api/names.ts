// Every name, label and annotation that is derived from a DittoServer: they are contract, clients and older objects rely on them.

export const DITTO_SERVER = { apiVersion: 'dittofs.dittofs.com/v1alpha1', kind: 'DittoServer' } as const;
/** Of the Prometheus operator, where that is installed. */
export const SERVICE_MONITOR = { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor' } as const;
export const PERCONA_PG_CLUSTER = { apiVersion: 'pgv2.percona.com/v2', kind: 'PerconaPGCluster' } as const;
export const DITTO_SERVER_CRD_NAME = 'dittoservers.dittofs.dittofs.com';
/** The CRD whose label `pgv2.percona.com/version` names the installed operator's version (since 2.7.0). */
export const PERCONA_CRD_NAME = 'perconapgclusters.pgv2.percona.com';
export const PERCONA_VERSION_LABEL = 'pgv2.percona.com/version';

/** Labels that we put on children. */
export const LABELS = {
  app: 'app',
  instance: 'instance',
  /** uid of the DittoServer that a child without an owner reference belongs to. */
  ownerUid: 'dittofs.io/owner-uid',
  /** "true" on the Service of the metrics, by which its ServiceMonitor finds it. */
  metricsService: 'dittofs.io/metrics-service',
  /** "true" on the Service of a protocol adapter, and on its NetworkPolicy. */
  adapterService: 'dittofs.io/adapter-service',
  adapterNetworkPolicy: 'dittofs.io/adapter-networkpolicy',
  /** nfs, smb, ...: which adapter they are for. */
  adapterType: 'dittofs.io/adapter-type',
  /** "true" on the NetworkPolicy of API and metrics. */
  baselineNetworkPolicy: 'dittofs.io/baseline-networkpolicy',
} as const;

/** Value of the label `app` on everything of a DittoServer. */
export const APP = 'dittofs-server';

export const ANNOTATIONS = {
  /** On the pod template: digest of all that the pod reads; a new value restarts the pod. */
  configHash: 'dittofs.io/config-hash',
  /** On the pod template: which version of our rendering made it. */
  templateRevision: 'dittofs.io/template-revision',
  /** On a StatefulSet, by a rollout, or on the DittoServer, by the user: the revision that a template of another one may be replaced by. */
  admitTemplate: 'dittofs.io/admit-template',
  /** On the PerconaPGCluster: digest of the DittoServer's fields that it was made from. */
  perconaHash: 'dittofs.io/percona-hash',
  /** On the DittoServer, by the user: `percona`, `external` or `sqlite`, the database to begin on although data is left behind in another. */
  switchDatabase: 'dittofs.io/switch-database',
  /** On a StatefulSet whose pod template is the Go operator's: that one's digest and ours of the same inputs, with ":" between them. */
  takenOver: 'dittofs.io/taken-over',
  /** On the DittoServer, by the user: "true" holds every step. */
  paused: 'dittofs.io/paused',
  /** On the DittoServer, by the user: the uid of a PerconaPGCluster of somebody else's that it is to have. */
  adoptDatabase: 'dittofs.io/adopt-database',
  /** On the DittoServer, by the user: the uid of its lost PerconaPGCluster, in whose place an empty one will do. */
  acceptEmptyDatabase: 'dittofs.io/accept-empty-database',
  /** On a generated Secret: it unlocks data that Kubernetes knows nothing of, so that nobody can tell when that is gone. */
  unlocks: 'dittofs.io/unlocks',
  /** On the PerconaPGCluster: "true" while it is one that was handed over to us and is not ours to delete. */
  adopted: 'dittofs.io/adopted',
  /** On the DittoServer, by the user: a new value has the database's password changed once. */
  rotatePassword: 'dittofs.io/rotate-password',
  /** On the database's user Secret: digest of the value for which the password was changed last. */
  passwordRotation: 'dittofs.io/password-rotation',
  /** On the database's user Secret, for people: when its operator was asked for that (RFC 3339). */
  passwordRotatedAt: 'dittofs.io/password-rotated-at',
  /** On the database's user Secret: what is on the volumes of the database, whose major version it is and which databases (JSON). */
  postgresVersion: 'dittofs.io/postgres-version',
  databases: 'dittofs.io/databases',
  /** On the PerconaPGCluster: "true" when it was us who put Percona's data finalizer on it, so that we may take it off again. */
  dataFinalizer: 'dittofs.io/data-finalizer',
  /** On the PerconaPGCluster: its operator removes a backup repository only with this (2.9.0). */
  authorizeBackupRemoval: 'pgv2.percona.com/authorizeBackupRemoval',
} as const;

/** On a DittoServer whose database is to be destroyed with it, and on no other: its deletion waits for that. */
export const DATA_FINALIZER = 'dittofs.io/delete-with-data';

/**
 * On a PerconaPGCluster: its operator deletes volumes and user Secrets with it (2.9.0). Not `percona.com/delete-ssl`: that one also takes
 * the Secret `pgo-root-cacert`, which all databases of the namespace may share.
 */
export const PERCONA_DATA_FINALIZER = 'percona.com/delete-pvc';

/** What the Percona operator makes of a PerconaPGCluster, under the same name; it outlives that for as long as its pods run. */
export const POSTGRES_CLUSTER = {
  apiVersion: 'postgres-operator.crunchydata.com/v1beta1',
  kind: 'PostgresCluster',
} as const;

/** The claims of the StatefulSet's pod, by what they hold. */
export const VOLUMES = { metadata: 'metadata', content: 'content', controlPlane: 'controlplane' } as const;

/** The containers of the StatefulSet's pod: the server itself, and the one that holds it back until PostgreSQL lets it in. */
export const CONTAINERS = { server: 'dittofs', waitForPostgres: 'wait-for-postgres' } as const;

/** Longest value of a label. The API server refuses to select by a longer one, so nothing of a DittoServer with a longer name can be. */
export const MAX_LABEL_LENGTH = 63;

/** Longest name of a DittoServer: its Service `<name>-adapter-nfs` must not pass 63 characters. */
export const MAX_NAME_LENGTH = 51;

/**
 * Longest name of a DittoServer with Percona: the operator's StatefulSet is named after the cluster with 15 more characters,
 * and its pods carry a label with that name and up to 11 more, at most 63 (measured with Percona operator 2.9.0).
 */
export const MAX_NAME_LENGTH_WITH_PERCONA = 28;

/** Longest name of a PerconaPGCluster that Percona's documentation promises to work; more is our own measurement. */
export const DOCUMENTED_PERCONA_NAME_LENGTH = 22;

/** The user that the server logs in as, the instance set, and the backup repository of every PerconaPGCluster. */
export const POSTGRES_USER = 'dittofs';
export const INSTANCE_SET = 'instance1';
export const BACKUP_REPOSITORY = 'repo1';

export const CONFIG_KEY = 'config.yaml';
export const JWT_KEY = 'jwt-secret';
export const ADMIN_PASSWORD_KEY = 'password';

/** The provisioner's own account in every server, as the Go operator called it. */
export const OPERATOR_USER = 'k8s-operator';

/** Keys of the Secret of that account, as the Go operator called them. */
export const OPERATOR_KEYS = { username: 'username', password: 'password', url: 'server-url' } as const;

export const DEFAULT_API_PORT = 8080;

/** The type of an adapter as it may stand in names and labels. */
export function adapterSlug(type: string): string {
  const slug = type.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-').replaceAll(/-+/g, '-').replaceAll(/^-|-$/g, ''); // prettier-ignore
  return slug === '' ? 'unknown' : slug;
}

const MAX_SERVICE_NAME = 63;

/** Name of the Service and of the NetworkPolicy of one adapter; a type with a long name is cut. */
export const adapterChildName = (server: string, type: string): string =>
  `${server}-adapter-${adapterSlug(type)}`.slice(0, MAX_SERVICE_NAME).replace(/-+$/, '');

/** Whether a Service or NetworkPolicy of this name can be that of an adapter. */
export const isAdapterChildName = (server: string, name: string): boolean => name.startsWith(`${server}-adapter-`);

/** Names of the objects that belong to one DittoServer. */
export interface Names {
  readonly statefulSet: string;
  readonly headlessService: string;
  readonly apiService: string;
  /** Of the Service and of the ServiceMonitor that selects it. */
  readonly metricsService: string;
  readonly baselineNetworkPolicy: string;
  readonly configMap: string;
  readonly jwtSecret: string;
  readonly adminSecret: string;
  /** The provisioner's own account in the server: username, password, server-url. */
  readonly operatorSecret: string;
  readonly postgresCluster: string;
  /** Made by the Percona operator: host, port, user, password, dbname, uri. */
  readonly postgresUserSecret: string;
  /** Made by the Percona operator: ConfigMaps without which it makes no database. */
  readonly postgresConfigMap: string;
  readonly postgresBackupConfigMap: string;
  /** Made by the Percona operator: ca.crt of the server's certificate. */
  readonly postgresCertSecret: string;
  /** Made by the Percona operator: the CA of the cluster's certificates. It bears no label, and goes with the cluster (2.9.0). */
  readonly postgresCaSecret: string;
  readonly metadataClaim: string;
  readonly contentClaim: string;
  readonly controlPlaneClaim: string;
}

/**
 * All names derived from a DittoServer's.
 *
 * @example names('files').postgresUserSecret // 'files-postgres-pguser-dittofs'
 */
export function names(server: string): Names {
  const cluster = `${server}-postgres`;
  return {
    statefulSet: server,
    headlessService: `${server}-headless`,
    apiService: `${server}-api`,
    metricsService: `${server}-metrics`,
    baselineNetworkPolicy: `${server}-baseline`,
    configMap: `${server}-config`,
    jwtSecret: `${server}-jwt-secret`,
    adminSecret: `${server}-admin-bootstrap-credentials`,
    operatorSecret: `${server}-operator-credentials`,
    postgresCluster: cluster,
    postgresUserSecret: `${cluster}-pguser-${POSTGRES_USER}`,
    postgresConfigMap: `${cluster}-config`,
    postgresBackupConfigMap: `${cluster}-pgbackrest-config`,
    postgresCertSecret: `${cluster}-cluster-cert`,
    postgresCaSecret: `${cluster}-cluster-ca-cert`,
    metadataClaim: `${VOLUMES.metadata}-${server}-0`,
    contentClaim: `${VOLUMES.content}-${server}-0`,
    controlPlaneClaim: `${VOLUMES.controlPlane}-${server}-0`,
  };
}

/** The labels of everything that belongs to a DittoServer, and the selector of its pods. */
export function labels(server: string): { readonly app: string; readonly instance: string } {
  return { app: APP, instance: server };
}

/** The Percona operator puts it on everything that it makes for a cluster; the prefix never changed. */
export const POSTGRES_CLUSTER_LABEL = 'postgres-operator.crunchydata.com/cluster';

/** The labels by which what belongs to the cluster of a DittoServer is found. */
export function postgresClusterLabels(server: string): Readonly<Record<string, string>> {
  return { [POSTGRES_CLUSTER_LABEL]: names(server).postgresCluster };
}

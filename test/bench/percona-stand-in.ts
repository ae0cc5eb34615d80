// Stand-in for the Percona operator: nothing runs behind its databases. It follows what operator 2.9.0 was seen to do: at once
// status `initializing` for the generation at hand with size 0, then the user's Secret with all eight keys in one write, labelled,
// without an owner; `ready` with as many instances as asked for only later; a new password, `uri` and `verifier` in one write.
import { randomBytes } from 'node:crypto';
import { postgresClusterLabels, POSTGRES_USER } from '../../src/api/names.ts';
import { PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import type { PerconaPGCluster } from '../../src/api/percona.ts';
import type { Admin } from '../kit/admin.ts';
import type { KubeObject, ObjectRef } from '../kit/kubernetes-types.ts';
import { listWatch } from '../kit/list-watch.ts';
import { pause } from '../kit/wait-for.ts';

type Cluster = PerconaPGCluster & KubeObject;

export interface PerconaStandInOptions {
  /** How long after a cluster appears its database is ready; default never, until `makeReady`. */
  readonly readyAfterMs?: number;
  /** When a database becomes ready: just before that is written. */
  readonly becomesReady?: (cluster: string) => void;
  readonly signal: AbortSignal;
}

export interface PerconaStandIn {
  /** The clusters whose Secret is there. */
  served(): number;
  /** Writes that the database of a cluster is ready. */
  makeReady(cluster: string): Promise<void>;
  /** Gives the database's user a new password. */
  rotate(cluster: string): Promise<void>;
}

/** Begins to serve all namespaces; a name stands for one cluster only. */
export function startPerconaStandIn(admin: Admin, options: PerconaStandInOptions): PerconaStandIn {
  const { readyAfterMs, becomesReady, signal } = options;
  const clusters = new Map<string, Cluster>();
  const served = new Set<string>();
  const failed = (error: unknown): void => {
    if (signal.aborted) return;
    process.stderr.write(`percona-stand-in: ${error instanceof Error ? error.message : String(error)}\n`);
  };

  async function serve(cluster: Cluster): Promise<void> {
    await report(admin, cluster, { state: 'initializing', instances: 0 });
    await admin.create({ ...userSecret(cluster), ...credentials(cluster) });
    served.add(cluster.metadata.name);
  }

  async function makeReady(name: string): Promise<void> {
    const cluster = known(name);
    becomesReady?.(name);
    const instances = cluster.spec.instances.reduce((sum, { replicas = 1 }) => sum + replicas, 0);
    await report(admin, cluster, { state: 'ready', instances });
  }

  function known(name: string): Cluster {
    const cluster = clusters.get(name);
    if (!cluster) throw new Error(`There is no PerconaPGCluster ${name}.`);
    return cluster;
  }

  const appeared = async (cluster: Cluster): Promise<void> => {
    const due = readyAfterMs === undefined ? undefined : pause(readyAfterMs);
    await serve(cluster);
    if (due === undefined) return;
    await due;
    await makeReady(cluster.metadata.name);
  };

  void listWatch<Cluster>(
    admin,
    PERCONA_PG_CLUSTER,
    {
      seen(cluster) {
        const { name } = cluster.metadata;
        const isNew = !clusters.has(name);
        clusters.set(name, cluster);
        if (isNew) appeared(cluster).catch(failed);
      },
      gone: () => undefined,
    },
    signal,
  );
  return {
    served: () => served.size,
    makeReady,
    async rotate(name) {
      const cluster = known(name);
      await admin.patch(secretRef(cluster), credentials(cluster));
    },
  };
}

interface Report {
  readonly state: 'initializing' | 'ready';
  readonly instances: number;
}

async function report(admin: Admin, { metadata }: Cluster, { state, instances }: Report): Promise<void> {
  const status = {
    state,
    host: hostOf(metadata),
    observedGeneration: metadata.generation,
    postgres: { size: instances, ready: instances },
  };
  const { name, namespace = '' } = metadata;
  await admin.patch({ ...PERCONA_PG_CLUSTER, namespace, name }, { status }, 'status');
}

function hostOf({ name, namespace = '' }: KubeObject['metadata']): string {
  return `${name}-primary.${namespace}.svc`;
}

function secretRef({ metadata: { name, namespace = '' } }: Cluster): ObjectRef {
  return { apiVersion: 'v1', kind: 'Secret', namespace, name: `${name}-pguser-${POSTGRES_USER}` };
}

function userSecret(cluster: Cluster) {
  const { name, namespace } = secretRef(cluster);
  const server = cluster.metadata.name.replace(/-postgres$/, '');
  const labels = {
    ...postgresClusterLabels(server),
    'postgres-operator.crunchydata.com/pguser': POSTGRES_USER,
    'postgres-operator.crunchydata.com/role': 'pguser',
    'app.kubernetes.io/instance': cluster.metadata.name,
    'app.kubernetes.io/managed-by': 'percona-postgresql-operator',
    'app.kubernetes.io/name': 'percona-postgresql',
    'app.kubernetes.io/part-of': 'percona-postgresql',
  };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, ...(namespace && { namespace }), labels } };
}

/** Of 24 letters and digits, as the operator makes them. */
function credentials(cluster: Cluster) {
  const password = randomBytes(12).toString('hex');
  const host = hostOf(cluster.metadata);
  return {
    type: 'Opaque',
    stringData: {
      dbname: POSTGRES_USER,
      host,
      'jdbc-uri': `jdbc:postgresql://${host}:5432/${POSTGRES_USER}?password=${password}&user=${POSTGRES_USER}`,
      password,
      port: '5432',
      uri: `postgresql://${POSTGRES_USER}:${password}@${host}:5432/${POSTGRES_USER}`,
      user: POSTGRES_USER,
      verifier: `SCRAM-SHA-256$4096:${randomBytes(12).toString('hex')}`,
    },
  };
}

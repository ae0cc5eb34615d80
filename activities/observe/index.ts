// Reads all facts about one DittoServer at once.
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import type { KubeObject } from '../../src/api/kubernetes.ts';
import { DITTO_SERVER, names } from '../../src/api/names.ts';
import type { Memory } from '../../src/api/verdict.ts';
import { isRenderable, perconaHash, type RenderableServer } from '../../src/manifests/index.ts';
import {
  ABSENT,
  valueOf,
  type Facts,
  type StorageClassFact,
  type StoredDittoServer,
} from '../../src/requirements/facts.ts';
import { reportsReady } from '../../src/requirements/postgres-ready.ts';
import type { Call } from '../deps.ts';
import { generatedFacts, readEnforced, readStatefulSet, statefulSetIntent } from './children.ts';
import { readClaims, readDatabaseClaims, readDatabasePods, readPods, readWarnings } from './pods.ts';
import { readOperator, readPostgresCluster } from './postgres-cluster.ts';
import { mapFact, reader, type Reader } from './read.ts';
import { configHashFact, credentialsFact, inputFacts, readSecrets, type Secrets } from './secrets.ts';

/** What one activity knows: facts for judging, and the Secrets behind them, which never leave the activity. */
export interface Observation {
  readonly facts: Facts;
  /** undefined when the specification is too broken to render anything. */
  readonly server: RenderableServer | undefined;
  readonly secrets: Secrets;
}

/** Names of StorageClasses in the specification; where the account may not read them they are unknown and hold nothing back. */
async function readStorageClasses(read: Reader, { spec }: RenderableServer): Promise<readonly StorageClassFact[]> {
  const wanted = [
    ['spec.storage.storageClassName', spec.storage.storageClassName],
    ['spec.percona.storageClassName', spec.percona?.enabled === true ? spec.percona.storageClassName : undefined],
  ] as const;
  const named = wanted.flatMap(([field, name]) => (name ? [{ field, name }] : []));
  return Promise.all(
    named.map(async ({ field, name }) => {
      const ref = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name } };
      const exists = mapFact(await read.get<KubeObject>(ref), () => true as const);
      return { field, name, exists };
    }),
  );
}

/** The facts of a DittoServer whose specification cannot be rendered: only what stands is known. */
function bareFacts(server: StoredDittoServer, memory: Memory, nowMs: number): Facts {
  return {
    nowMs,
    server,
    memory,
    inputs: [],
    storageClasses: [],
    foundation: [],
    configHash: { state: 'incomplete' },
    perconaOperator: ABSENT,
    postgresCluster: ABSENT,
    perconaHash: '',
    credentials: ABSENT,
    statefulSet: ABSENT,
    statefulSetIntent: '',
    pods: ABSENT,
    databasePods: ABSENT,
    claims: ABSENT,
    databaseClaims: ABSENT,
    warnings: [],
    seen: {},
  };
}

const NO_DATABASE = {
  perconaOperator: ABSENT,
  postgresCluster: ABSENT,
  databasePods: ABSENT,
  databaseClaims: ABSENT,
  warnings: [],
} as const;

async function readDatabase(read: Reader, server: RenderableServer) {
  const { name } = server.metadata;
  const postgresCluster = await readPostgresCluster(read, server);
  if (postgresCluster.state === 'known' && reportsReady(postgresCluster.value))
    return { ...NO_DATABASE, postgresCluster };
  const [perconaOperator, databasePods, databaseClaims, warnings] = await Promise.all([
    // The operator matters only while there is no cluster, and its CRD is too large to be read at every look.
    postgresCluster.state === 'known' ? NO_DATABASE.perconaOperator : readOperator(read, server),
    readDatabasePods(read, name),
    readDatabaseClaims(read, name),
    readWarnings(read, 'PostgresCluster', names(name).postgresCluster),
  ]);
  return { perconaOperator, postgresCluster, databasePods, databaseClaims, warnings };
}

/** A cluster matters when one is asked for, and when one was: switching it off must not lose sight of the data. */
const hasDatabase = ({ spec, status }: RenderableServer): boolean =>
  spec.percona?.enabled === true || status?.perconaClusterName !== undefined;

async function readAll(read: Reader, server: RenderableServer) {
  const { name } = server.metadata;
  const [secrets, enforced, statefulSet, pods, claims, storageClasses, database] = await Promise.all([
    readSecrets(read, server),
    readEnforced(read, server),
    readStatefulSet(read, server),
    readPods(read, name),
    readClaims(read, name),
    readStorageClasses(read, server),
    hasDatabase(server) ? readDatabase(read, server) : NO_DATABASE,
  ]);
  const foundation = [...enforced, ...generatedFacts(server, secrets)];
  const unready = valueOf(statefulSet)?.ownership === 'ours' && (valueOf(statefulSet)?.readyReplicas ?? 0) === 0;
  const own = unready ? await readWarnings(read, 'StatefulSet', names(name).statefulSet) : [];
  return { secrets, statefulSet, pods, claims, storageClasses, database, foundation, own };
}

/** Since when the database has been ready without a break. */
function readySince(facts: Facts): number {
  const cluster = valueOf(facts.postgresCluster);
  if (!cluster || !reportsReady(cluster)) return 0;
  return facts.memory.databaseReadySinceMs > 0 ? facts.memory.databaseReadySinceMs : facts.nowMs;
}

/**
 * Reads everything about the target.
 *
 * @returns undefined when the DittoServer does not exist
 */
export async function observe(call: Call, memory: Memory): Promise<Observation | undefined> {
  const { target, deps } = call;
  const read = reader(call);
  const metadata = { namespace: target.namespace, name: target.name };
  const found = valueOf(await read.get<DittoServer & KubeObject>({ ...DITTO_SERVER, metadata }));
  if (!found) return undefined;
  const server: StoredDittoServer = found;
  const mine =
    memory.serverUid === server.metadata.uid
      ? memory
      : { ...memory, applied: {}, databaseReadySinceMs: 0, attempts: [] };
  const base = bareFacts(server, { ...mine, serverUid: server.metadata.uid, lookFailingSinceMs: 0 }, deps.now());
  if (!isRenderable(server)) {
    const statefulSet = await readStatefulSet(read, server);
    return { facts: { ...base, statefulSet, seen: read.seen }, server: undefined, secrets: new Map() };
  }
  const { secrets, statefulSet, pods, claims, storageClasses, database, foundation, own } = await readAll(read, server);
  const facts: Facts = {
    ...base,
    ...database,
    inputs: inputFacts(server, secrets),
    storageClasses,
    foundation,
    configHash: configHashFact(server, secrets),
    perconaHash: server.spec.percona?.enabled === true ? perconaHash(server) : '',
    credentials: credentialsFact(server, secrets),
    statefulSet,
    statefulSetIntent: statefulSetIntent(server),
    pods,
    claims,
    warnings: [...database.warnings, ...own],
    seen: read.seen,
  };
  return { facts: { ...facts, memory: { ...facts.memory, databaseReadySinceMs: readySince(facts) } }, server, secrets };
}

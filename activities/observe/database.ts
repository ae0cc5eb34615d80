// What there is of a DittoServer's database: its cluster, and what may stand in the way of one, or be left of one. Most of it is read only
// while the database is not ready.
import { policyToApply } from '../../src/api/deletion-policy.ts';
import { DITTO_SERVER, names } from '../../src/api/names.ts';
import { ABSENT, hasDatabase, valueOf, type Facts, type StoredDittoServer } from '../../src/requirements/facts.ts';
import { reportsReady } from '../../src/requirements/postgres-ready.ts';
import { liveOf } from './live.ts';
import { readDatabaseClaims, readDatabasePods, readWarnings } from './pods.ts';
import { readInnerCluster, readPostgresCluster } from './postgres-cluster.ts';
import type { Reader } from './read.ts';
import { readUnusedClaims } from './unlabelled-claims.ts';

/** The facts of a DittoServer of whose database nothing was read, or that has none. */
export const NO_DATABASE = {
  perconaOperator: ABSENT,
  postgresCluster: ABSENT,
  databasePods: ABSENT,
  innerCluster: ABSENT,
  databaseClaims: ABSENT,
  unusedClaims: [],
  warnings: [],
  databaseTaken: [],
} as const;

/** How long the operator usually takes to make what it needs, and more. */
const USUAL_MS = 10_000;

/**
 * ConfigMaps of the operator's names that a DittoServer of a longer name owns. Asked for before there is a cluster, and when one takes
 * longer than usual.
 */
async function readTaken(read: Reader, server: StoredDittoServer, cluster: Facts['postgresCluster'], nowMs: number) {
  const live = valueOf(cluster);
  if (live && nowMs - live.createdAtMs < USUAL_MS) return [];
  const { postgresConfigMap, postgresBackupConfigMap } = names(server.metadata.name);
  const { namespace = '' } = server.metadata;
  const found = [postgresConfigMap, postgresBackupConfigMap].map(async (name) => {
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name } };
    const fact = valueOf(await read.get(ref, { metadataOnly: true }));
    const owner = fact?.metadata.ownerReferences?.find(({ controller }) => controller === true);
    return fact && owner?.kind === DITTO_SERVER.kind ? [[`ConfigMap/${name}`, liveOf(fact, server)] as const] : [];
  });
  return (await Promise.all(found)).flat();
}

/** Claims that may be those of a database that is lost. They are looked for only then. */
async function readUnused(read: Reader, { metadata, status }: StoredDittoServer, claims: Facts['databaseClaims']) {
  const isLost = status?.perconaClusterUid !== undefined && valueOf(claims)?.length === 0;
  return isLost ? (valueOf(await readUnusedClaims(read, metadata.name)) ?? []) : [];
}

/** @param operator asked only while there is no cluster: its CRD is too large to be read at every look */
async function readDatabase(
  read: Reader,
  server: StoredDittoServer,
  nowMs: number,
  operator: () => Promise<Facts['perconaOperator']>,
) {
  const { name } = server.metadata;
  const postgresCluster = await readPostgresCluster(read, server);
  if (postgresCluster.state === 'known' && reportsReady(postgresCluster.value))
    return { ...NO_DATABASE, postgresCluster };
  const there = postgresCluster.state === 'known';
  const [perconaOperator, databasePods, innerCluster, databaseClaims, warnings, databaseTaken] = await Promise.all([
    there ? NO_DATABASE.perconaOperator : operator(),
    readDatabasePods(read, name),
    there ? NO_DATABASE.innerCluster : readInnerCluster(read, server),
    readDatabaseClaims(read, name),
    readWarnings(read, 'PostgresCluster', names(name).postgresCluster),
    readTaken(read, server, postgresCluster, nowMs),
  ]);
  const unusedClaims = there ? [] : await readUnused(read, server, databaseClaims);
  const claims = { databaseClaims, unusedClaims };
  return { perconaOperator, postgresCluster, databasePods, innerCluster, ...claims, warnings, databaseTaken };
}

/** What there is of a database. One that the server was switched away from matters as long as a policy says what is to become of it. */
export async function readAnyDatabase(
  read: Reader,
  server: StoredDittoServer,
  nowMs: number,
  operator: () => Promise<Facts['perconaOperator']>,
) {
  if (hasDatabase(server)) return readDatabase(read, server, nowMs, operator);
  if (policyToApply(server.spec) === undefined) return NO_DATABASE;
  return { ...NO_DATABASE, postgresCluster: await readPostgresCluster(read, server) };
}

// The PerconaPGCluster, the operator behind it, and the credentials that it hands out.
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import {
  ANNOTATIONS,
  PERCONA_CRD_NAME,
  PERCONA_PG_CLUSTER,
  PERCONA_VERSION_LABEL,
  POSTGRES_CLUSTER,
  names,
} from '../../src/api/names.ts';
import type { PerconaOperatorVersion, PerconaPGCluster } from '../../src/api/percona.ts';
import {
  isSupportedOperator,
  parseOperatorVersion,
  perconaImages,
  settings,
  SUPPORTED_OPERATORS,
  type RenderableServer,
} from '../../src/manifests/index.ts';
import {
  known,
  type Fact,
  type InnerClusterFact,
  type PerconaOperatorFact,
  type PostgresClusterFact,
  type StoredDittoServer,
} from '../../src/requirements/facts.ts';
import { liveOf } from './live.ts';
import { mapFact, type Reader } from './read.ts';

/** What a DittoServer without a database of its own needs to know of the operator: nothing, so nothing is asked. */
const NO_OPERATOR = known({ version: '', supported: true, supportedVersions: '', missingImages: [] });

/** The release that is assumed where the account may not read the CRD: newer operators serve it too. */
const ASSUMED = '2.9.0';

/** The operator's version that a cluster is made for, from the label of its CRD. */
export async function readOperator(read: Reader, server: RenderableServer): Promise<Fact<PerconaOperatorFact>> {
  const { percona } = settings(server);
  if (!percona) return NO_OPERATOR;
  const ref = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: PERCONA_CRD_NAME },
  };
  const fact = await read.getShared<KubeObject>(ref, { metadataOnly: true });
  if (fact.state === 'absent') return fact;
  const label = fact.state === 'known' ? fact.value.metadata.labels?.[PERCONA_VERSION_LABEL] : ASSUMED;
  return known(operatorFact(label, percona));
}

function operatorFact(label: string | undefined, percona: Parameters<typeof perconaImages>[0]): PerconaOperatorFact {
  const version = parseOperatorVersion(label);
  const supported = version !== undefined && isSupportedOperator(version);
  const images = supported ? perconaImages(percona, version) : { missing: [] };
  return {
    version: label ?? 'without a version label',
    supported,
    supportedVersions: SUPPORTED_OPERATORS,
    missingImages: 'missing' in images ? images.missing : [],
  };
}

/** The version to write into a cluster's `crVersion`. */
export function versionFor(fact: Fact<PerconaOperatorFact>): PerconaOperatorVersion {
  const text = fact.state === 'known' ? fact.value.version : ASSUMED;
  return parseOperatorVersion(text) ?? { major: 2, minor: 9, patch: 0 };
}

/** Why the operator holds the cluster, e.g. until a removal of its backups is authorised (2.9.0); empty when it does not. */
function holdOf({ status }: PerconaPGCluster): string {
  const held = status?.conditions?.find(
    ({ type, status: is, reason }) => type === 'Progressing' && is === 'False' && reason === 'Paused',
  );
  return held?.message ?? '';
}

/** What the operator reports; nothing yet is a state too. */
function reportOf({ status }: PerconaPGCluster) {
  const { ready = 0, size = 0 } = status?.postgres ?? {};
  return { state: status?.state ?? '', observedGeneration: status?.observedGeneration, ready, size };
}

/** What the cluster is asked for, by whomever. */
function wantedOf({ spec }: PerconaPGCluster) {
  return {
    wanted: spec.instances.reduce((sum, { replicas = 1 }) => sum + replicas, 0),
    postgresVersion: spec.postgresVersion,
    databases: (spec.users ?? []).flatMap(({ databases }) => databases),
  };
}

export function postgresClusterFact(cluster: Stored<PerconaPGCluster>, server: StoredDittoServer): PostgresClusterFact {
  const { ownerReferences = [], annotations, generation = 0, creationTimestamp = '' } = cluster.metadata;
  return {
    ...liveOf(cluster, server),
    ...reportOf(cluster),
    ...wantedOf(cluster),
    controlled: ownerReferences.some(({ uid }) => uid === server.metadata.uid),
    adopted: annotations?.[ANNOTATIONS.adopted] === 'true',
    perconaHash: annotations?.[ANNOTATIONS.perconaHash] ?? '',
    createdAtMs: Date.parse(creationTimestamp) || 0,
    generation,
    heldByOperator: holdOf(cluster),
  };
}

/** The operator's own object behind a PerconaPGCluster. */
export async function readInnerCluster(read: Reader, server: StoredDittoServer): Promise<Fact<InnerClusterFact>> {
  const { name, namespace } = server.metadata;
  const metadata = { name: names(name).postgresCluster, ...(namespace !== undefined && { namespace }) };
  return mapFact(await read.get({ ...POSTGRES_CLUSTER, metadata }, { metadataOnly: true }), (found) => ({
    ofPercona: (found.metadata.ownerReferences ?? []).some(({ kind }) => kind === PERCONA_PG_CLUSTER.kind),
  }));
}

export async function readPostgresCluster(read: Reader, server: StoredDittoServer): Promise<Fact<PostgresClusterFact>> {
  const { name, namespace } = server.metadata;
  const metadata = { name: names(name).postgresCluster, ...(namespace !== undefined && { namespace }) };
  return mapFact(await read.get<PerconaPGCluster>({ ...PERCONA_PG_CLUSTER, metadata }), (cluster) =>
    postgresClusterFact(cluster, server),
  );
}

// Generated Secrets live as long as the data that they unlock. Of a DittoServer that is gone they are removed when no volume and no database
// of it is left; of one that stands, never.
import type { KubeObject, Stored } from '../src/api/kubernetes.ts';
import { ANNOTATIONS, labels, LABELS, names, PERCONA_PG_CLUSTER, POSTGRES_CLUSTER } from '../src/api/names.ts';
import type { Target } from '../src/api/verdict.ts';
import type { Fact } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { readClaims, readDatabaseClaims, selector } from './observe/pods.ts';
import type { Reader } from './observe/read.ts';
import { readNamedClaims, readUnusedClaims } from './observe/unlabelled-claims.ts';

const SECRET = { apiVersion: 'v1', kind: 'Secret' } as const;

/** What we generated under this name, and nobody else has taken. Values are not read. */
async function generatedKeys(read: Reader, name: string): Promise<readonly Stored[]> {
  const { jwtSecret, adminSecret, operatorSecret } = names(name);
  const ours = new Set([jwtSecret, adminSecret, operatorSecret]);
  const fact = await read.list(SECRET, { labelSelector: selector(labels(name)), metadataOnly: true });
  if (fact.state !== 'known') return [];
  return fact.value.filter(
    ({ metadata }) =>
      ours.has(metadata.name) &&
      metadata.labels?.[LABELS.ownerUid] !== undefined &&
      metadata.annotations?.[ANNOTATIONS.unlocks] === undefined &&
      (metadata.ownerReferences ?? []).length === 0,
  );
}

/** Whether data is left that they may unlock; what cannot be read counts as left. Claims by name too: one may bear no label. */
async function isDataLeft(read: Reader, { namespace, name }: Target): Promise<boolean> {
  const metadata = { namespace, name: names(name).postgresCluster };
  const objects = await Promise.all(
    [PERCONA_PG_CLUSTER, POSTGRES_CLUSTER].map((kind) => read.get<KubeObject>({ ...kind, metadata }, { metadataOnly: true })), // prettier-ignore
  );
  const claims = await Promise.all([readClaims(read, name), readDatabaseClaims(read, name), readNamedClaims(read, namespace, name), readUnusedClaims(read, name)]); // prettier-ignore
  const isLeft = (fact: Fact<readonly unknown[]>): boolean => fact.state !== 'known' || fact.value.length > 0;
  return objects.some(({ state }) => state !== 'absent') || claims.some(isLeft);
}

/** Generated Secrets of a DittoServer that is gone which unlock nothing any more. */
export async function uselessKeys(read: Reader, target: Target): Promise<readonly Stored[]> {
  const keys = await generatedKeys(read, target.name);
  return keys.length === 0 || (await isDataLeft(read, target)) ? [] : keys;
}

/** Removes them, each only as it was seen: one that a new DittoServer has taken over meanwhile stays. */
export async function removeKeys(
  { deps: { kube, log }, target, signal }: Call,
  keys: readonly Stored[],
): Promise<void> {
  await Promise.all(
    keys.map((key) => {
      const { name, uid, resourceVersion } = key.metadata;
      const ref = { ...SECRET, metadata: { name, namespace: target.namespace } };
      return kube.delete(ref, { uid, resourceVersion }, { signal });
    }),
  );
  const { namespace, name } = target;
  log.info({ namespace, name, secrets: keys.map(({ metadata }) => metadata.name) }, 'keys that unlock nothing any more are removed'); // prettier-ignore
}

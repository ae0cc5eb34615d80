// Volume claims by their names: a restore may bring one back without labels, and people take labels off to keep one from being used.
import type { KubeObject } from '../../src/api/kubernetes.ts';
import { APP, LABELS, names, POSTGRES_CLUSTER_LABEL } from '../../src/api/names.ts';
import type { Fact, Facts } from '../../src/requirements/facts.ts';
import { unlistedClaims } from '../../src/requirements/volumes-as-asked.ts';
import { claimFact, type Claim } from './pods.ts';
import { allKnown, mapFact, type Reader } from './read.ts';

/** Claims of neither a database nor a server. */
const UNLABELLED = `!${POSTGRES_CLUSTER_LABEL},${LABELS.app}!=${APP}`;

const CLAIM = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' } as const;

/** Those that the pod of a server would use, whatever their labels: a StatefulSet knows its claims by name. */
export async function readNamedClaims(
  read: Reader,
  namespace: string,
  server: string,
): Promise<Fact<readonly string[]>> {
  const { metadataClaim, contentClaim, controlPlaneClaim } = names(server);
  const found = await Promise.all(
    [metadataClaim, contentClaim, controlPlaneClaim].map((name) =>
      read.get<KubeObject>({ ...CLAIM, metadata: { namespace, name } }, { metadataOnly: true }),
    ),
  );
  return mapFact(allKnown(found), (claims) => claims.map(({ metadata }) => metadata.name));
}

/** Claims of the server with those that are to grow and bear no label. They are read only then. */
export async function withUnlisted(
  read: Reader,
  facts: Pick<Facts, 'claims' | 'server' | 'statefulSet'>,
): Promise<Facts['claims']> {
  const { claims, server } = facts;
  if (claims.state !== 'known') return claims;
  const { namespace = '' } = server.metadata;
  const found = await Promise.all(
    unlistedClaims(facts).map((name) => read.get<Claim>({ ...CLAIM, metadata: { namespace, name } })),
  );
  return mapFact(allKnown(found), (unlisted) => [...claims.value, ...unlisted.map(claimFact)]);
}

/**
 * Those of a database without the label by which its operator finds them, so that it uses them no more. Their names are
 * `<cluster>-<instance set>-<four characters>-pgdata` (Percona operator 2.9.0).
 */
export async function readUnusedClaims(read: Reader, server: string): Promise<Fact<readonly string[]>> {
  const form = new RegExp(`^${names(server).postgresCluster.replaceAll('.', '\\.')}-[a-z0-9]+-[a-z0-9]{4}-pgdata$`);
  const unlabelled = await read.list<KubeObject>(CLAIM, { labelSelector: UNLABELLED, metadataOnly: true });
  return mapFact(unlabelled, (claims) =>
    claims
      .map(({ metadata }) => metadata.name)
      .filter((name) => form.test(name))
      .sort(),
  );
}

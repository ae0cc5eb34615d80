// What is next in the deletion of a DittoServer with the policy DeleteWithData. Data is destroyed only where the policy is written down at
// that moment, and the database is ours by uid. No time that passes ends this: our finalizer goes when the data is gone, and not before.
import { policyToApply } from '../api/deletion-policy.ts';
import { ANNOTATIONS, names } from '../api/names.ts';
import { holdsDeletion } from './deletion-policy-applied.ts';
import { valueOf, type ClaimFact, type Facts, type PostgresClusterFact } from './facts.ts';

export type DataDeletion =
  /** The PerconaPGCluster is told to take its volumes along, and deleted. */
  | { readonly next: 'deleteCluster'; readonly cluster: PostgresClusterFact }
  /** Volumes that are left although the cluster is gone: somebody, or the removal of Percona's API, was faster. */
  | { readonly next: 'deleteClaims'; readonly claims: readonly ClaimFact[] }
  /** Our finalizer goes; `all`: of the database nothing is to stay. */
  | { readonly next: 'release'; readonly all: boolean }
  | { readonly next: 'wait'; readonly why: string }
  /** It is to stay, but what it bears for its deletion cannot be taken off now. */
  | { readonly next: 'waitToKeep'; readonly why: string };

const waitFor = (why: string): DataDeletion => ({ next: 'wait', why });
const KEEP: DataDeletion = { next: 'release', all: false };

function ofCluster(cluster: PostgresClusterFact, name: string): DataDeletion {
  if (cluster.ownership !== 'ours' || cluster.adopted) return KEEP;
  if (!cluster.terminating) return { next: 'deleteCluster', cluster };
  return waitFor(`PerconaPGCluster "${name}" is being deleted, which Percona's operator has to finish`);
}

/** Why what the operator made of the cluster has not ended yet. */
function remains({ innerCluster, databasePods }: Facts, name: string): string | undefined {
  if (innerCluster.state === 'unreadable') return `PostgresCluster "${name}" could not be read: ${innerCluster.why}`;
  if (databasePods.state === 'unreadable') return `pods could not be read: ${databasePods.why}`;
  const pods = (valueOf(databasePods) ?? []).map((pod) => pod.name).sort();
  if (innerCluster.state === 'absent' && pods.length === 0) return undefined;
  const what = pods.length > 0 ? `pods ${pods.join(', ')}` : `PostgresCluster "${name}"`;
  return `${what} of the database must end first, which is up to Percona's operator and its API`;
}

/** The cluster is gone; it was ours if its uid stands in status, and not one of somebody else's that was handed over. */
function ofRest(facts: Facts, name: string): DataDeletion {
  const { status, metadata } = facts.server;
  const uid = status?.perconaClusterUid;
  if (!uid || metadata.annotations?.[ANNOTATIONS.adoptDatabase] === uid) return KEEP;
  const why = remains(facts, name);
  if (why !== undefined) return waitFor(why);
  const { databaseClaims } = facts;
  if (databaseClaims.state === 'unreadable') return waitFor(`volume claims could not be read: ${databaseClaims.why}`);
  const claims = valueOf(databaseClaims) ?? [];
  const standing = claims.filter(({ terminating }) => !terminating);
  if (standing.length > 0) return { next: 'deleteClaims', claims: standing };
  if (claims.length > 0) return waitFor(`volume claims ${claims.map((one) => one.name).join(', ')} are being deleted`);
  return { next: 'release', all: true };
}

/** undefined: the DittoServer stands, or its deletion does not wait for us. */
export function planDataDeletion(facts: Facts): DataDeletion | undefined {
  const { server, postgresCluster } = facts;
  if (server.metadata.deletionTimestamp === undefined || !holdsDeletion(facts)) return undefined;
  const name = names(server.metadata.name).postgresCluster;
  const isDestroyed = policyToApply(server.spec) === 'DeleteWithData';
  if (postgresCluster.state === 'unreadable') {
    const why = `PerconaPGCluster "${name}" could not be read: ${postgresCluster.why}`;
    return { next: isDestroyed ? 'wait' : 'waitToKeep', why };
  }
  if (!isDestroyed) return KEEP;
  return postgresCluster.state === 'known' ? ofCluster(postgresCluster.value, name) : ofRest(facts, name);
}

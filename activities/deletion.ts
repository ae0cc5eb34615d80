// After a DittoServer is gone: tells once, in an event, what Kubernetes leaves behind, because it is somebody's data.
import type { KubeObject } from '../src/api/kubernetes.ts';
import { DITTO_SERVER, names, PERCONA_PG_CLUSTER } from '../src/api/names.ts';
import type { ActivityInput, Verdict } from '../src/api/verdict.ts';
import { valueOf } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { withFreshFacts, look } from './look.ts';
import { readClaims, readDatabaseClaims } from './observe/pods.ts';
import { reader, type Reader } from './observe/read.ts';
import { secretRef } from './observe/secrets.ts';
import { goneVerdict } from './story.ts';

async function leftSecrets(read: Reader, namespace: string, name: string): Promise<readonly string[]> {
  const { jwtSecret, adminSecret, postgresUserSecret } = names(name);
  const wanted = [jwtSecret, adminSecret, postgresUserSecret];
  const found = await Promise.all(
    wanted.map((secret) => read.get(secretRef(namespace, secret), { metadataOnly: true })),
  );
  return wanted.filter((_, i) => found[i]?.state === 'known');
}

/** What stays of a DittoServer that is gone, one clause per kind. */
async function leftovers(call: Call): Promise<readonly string[]> {
  const { namespace, name } = call.target;
  const read = reader(call);
  const metadata = { namespace, name: names(name).postgresCluster };
  const [claims, databaseClaims, secrets, cluster] = await Promise.all([
    readClaims(read, name),
    readDatabaseClaims(read, name),
    leftSecrets(read, namespace, name),
    read.get<KubeObject>({ ...PERCONA_PG_CLUSTER, metadata }),
  ]);
  const volumes = [...(valueOf(claims) ?? []), ...(valueOf(databaseClaims) ?? [])].map((claim) => claim.name).sort();
  const meta = valueOf(cluster)?.metadata;
  const retained = meta && meta.deletionTimestamp === undefined && (meta.ownerReferences ?? []).length === 0;
  return [
    ...(retained ? [`PerconaPGCluster ${metadata.name}, which keeps running`] : []),
    ...(volumes.length > 0 ? [`volume claims ${volumes.join(', ')}`] : []),
    ...(secrets.length > 0 ? [`Secrets ${secrets.join(', ')}`] : []),
  ];
}

/** Tells what is left. A DittoServer that was made again meanwhile is looked at instead. */
export async function reportLeftovers(call: Call, input: ActivityInput): Promise<Verdict> {
  const { deps, target, signal } = call;
  return withFreshFacts(deps, input, async () => {
    const verdict = await look(call, input);
    if (!verdict.gone) return verdict;
    const left = await leftovers(call);
    if (left.length > 0) {
      const { namespace, name } = target;
      const object = { ...DITTO_SERVER, metadata: { namespace, name, uid: input.memory.serverUid } };
      const note = `left after the deletion: ${left.join('; ')}. A DittoServer of the same name would use them again`;
      await deps.record({ regarding: object, type: 'Normal', reason: 'DataLeft', action: 'Delete', note }, { signal });
    }
    return goneVerdict(deps, { ...input.memory, serverUid: '' });
  });
}

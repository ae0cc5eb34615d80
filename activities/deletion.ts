// After a DittoServer is gone: tells once, in an event, what Kubernetes leaves behind, because it is somebody's data, and removes what it leaves
// by mistake: keys of ours that unlock nothing any more, and a pod that nothing owns.
import type { KubeObject } from '../src/api/kubernetes.ts';
import { DITTO_SERVER, LABELS, names, PERCONA_PG_CLUSTER, POSTGRES_CLUSTER_LABEL } from '../src/api/names.ts';
import type { ActivityInput, Target, Verdict } from '../src/api/verdict.ts';
import { valueOf } from '../src/requirements/facts.ts';
import { FIRST_MS } from '../src/requirements/recheck.ts';
import type { Call } from './deps.ts';
import { withFreshFacts, look } from './look.ts';
import { removeKeys, uselessKeys } from './keys.ts';
import { leftPod, removeLeftPod } from './left-pod.ts';
import { readClaims, readDatabaseClaims, readDatabaseSecrets, type DatabaseSecrets } from './observe/pods.ts';
import { reader, type Reader } from './observe/read.ts';
import { secretRef } from './observe/secrets.ts';
import { readNamedClaims, readUnusedClaims } from './observe/unlabelled-claims.ts';
import { goneVerdict } from './story.ts';

/** Which of these Secrets are there; their values are not read. */
async function present(read: Reader, namespace: string, secrets: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(secrets.map((one) => read.get(secretRef(namespace, one), { metadataOnly: true })));
  return found.flatMap((secret) => valueOf(secret)?.metadata.name ?? []);
}

/** Secrets that we generated, and those that Percona's operator made for the cluster and leaves; its certificates apart. */
async function leftSecrets(read: Reader, { namespace, name }: Target): Promise<DatabaseSecrets> {
  const { jwtSecret, adminSecret, operatorSecret, postgresCaSecret } = names(name);
  const [own, authority, made] = await Promise.all([
    present(read, namespace, [jwtSecret, adminSecret, operatorSecret]),
    present(read, namespace, [postgresCaSecret]),
    readDatabaseSecrets(read, name),
  ]);
  const { users = [], certificates = [] } = valueOf(made) ?? {};
  return { users: [...own, ...users].sort(), certificates: [...authority, ...certificates] };
}

/** By label, and those of the server by name as well: one that was restored may bear none, and is used all the same. */
async function leftVolumes(read: Reader, { namespace, name }: Target) {
  const [named, ofServer, ofDatabase] = await Promise.all([
    readNamedClaims(read, namespace, name),
    readClaims(read, name),
    readDatabaseClaims(read, name),
  ]);
  const nameOf = (fact: typeof ofServer) => (valueOf(fact) ?? []).map((claim) => claim.name);
  const database = nameOf(ofDatabase);
  return { all: [...new Set([...nameOf(ofServer), ...database, ...(valueOf(named) ?? [])])].sort(), database };
}

/** The PerconaPGCluster, if it was that of the deleted DittoServer and was kept: nothing owns it, and nobody deletes it. */
async function keptCluster(read: Reader, { namespace, name }: Target, ownerUid: string): Promise<string | undefined> {
  const metadata = { namespace, name: names(name).postgresCluster };
  const found = valueOf(await read.get<KubeObject>({ ...PERCONA_PG_CLUSTER, metadata }))?.metadata;
  const kept = found?.deletionTimestamp === undefined && (found?.ownerReferences ?? []).length === 0;
  return kept && found?.labels?.[LABELS.ownerUid] === ownerUid ? found.name : undefined;
}

const listed = (what: string, all: readonly string[]): readonly string[] =>
  all.length > 0 ? [`${what} ${all.join(', ')}`] : [];

/** What stays of a DittoServer that is gone, in sentences; undefined when nothing does. */
async function leftovers(call: Call, ownerUid: string): Promise<string | undefined> {
  const { name } = call.target;
  const read = reader(call);
  const [cluster, volumes, secrets, unused] = await Promise.all([
    keptCluster(read, call.target, ownerUid),
    leftVolumes(read, call.target),
    leftSecrets(read, call.target),
    readUnusedClaims(read, name).then((fact) => valueOf(fact) ?? []),
  ]);
  const { users, certificates } = secrets;
  const used = [
    ...listed('volume claims', volumes.all),
    ...listed('Secrets', cluster ? [...users, ...certificates].sort() : users),
  ];
  // A database that runs uses its certificates; the CA goes with it, and without that they are worth nothing.
  const idle = cluster ? [] : certificates.filter((one) => one !== names(name).postgresCaSecret);
  const choice =
    !cluster && volumes.database.length > 1 ? ', once only one of the volumes of its database is left' : '';
  const sentences = [
    ...(cluster ? [`PerconaPGCluster ${cluster} keeps running.`] : []),
    ...(used.length > 0
      ? [`Left: ${used.join('; ')}. A DittoServer of the same name would use them again${choice}.`]
      : []),
    ...listed('Volume claims', unused).map(
      (claims) => `${claims} of its database bear no label ${POSTGRES_CLUSTER_LABEL} and would not be used.`,
    ),
    ...listed('Also left, and worth nothing without the database: certificates in Secrets', idle).map(
      (all) => `${all}.`,
    ),
  ];
  return sentences.length > 0 ? sentences.join(' ') : undefined;
}

async function tellLeftovers(call: Call, uid: string): Promise<void> {
  const note = await leftovers(call, uid);
  if (note === undefined) return;
  const { deps, signal } = call;
  const { namespace, name } = call.target;
  const object = { ...DITTO_SERVER, metadata: { namespace, name, uid } };
  const event = { regarding: object, type: 'Normal', reason: 'DataLeft', action: 'Delete', note } as const;
  // In a namespace that is going nothing can be made, an event neither.
  const told = await deps.record(event, { signal });
  if (!told) deps.log.warn({ namespace, name }, `the event DataLeft could not be written: ${note}`);
}

/** The workflow goes on, and remembers whom it served, until the pod is nobody's and can be removed. */
function untilLeft({ seen, memory, story, decorate }: Verdict): Verdict {
  const message = 'the DittoServer does not exist; its StatefulSet is about to leave its pod, which is removed then';
  return { recheckAfterMs: FIRST_MS.untold, seen, memory, story: { ...story, message }, gone: false, decorate };
}

/** Tells what is left. A DittoServer that was made again meanwhile is looked at instead. */
export async function reportLeftovers(call: Call, input: ActivityInput): Promise<Verdict> {
  const { deps, target } = call;
  return withFreshFacts(deps, input, async () => {
    const verdict = await look(call, input);
    if (!verdict.gone) return verdict;
    const uid = input.memory.serverUid;
    const pod = await leftPod(call, { waits: true, wasServed: uid !== '' });
    if (pod === 'not-yet') return untilLeft(verdict);
    if (pod) await removeLeftPod(call, pod);
    const keys = await uselessKeys(reader(call), target);
    if (keys.length > 0) await removeKeys(call, keys);
    if (uid !== '') await tellLeftovers(call, uid);
    return goneVerdict(deps, { ...input.memory, serverUid: '' });
  });
}

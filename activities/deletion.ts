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

/** Secrets that stay, by name. */
interface LeftSecrets {
  /** Those that we generated. */
  readonly own: readonly string[];
  readonly database: DatabaseSecrets;
}

/** The CA of the database's certificates is there as long as its cluster is. */
async function leftSecrets(read: Reader, { namespace, name }: Target): Promise<LeftSecrets> {
  const { jwtSecret, adminSecret, operatorSecret, postgresCaSecret } = names(name);
  const [own, authority, made] = await Promise.all([
    present(read, namespace, [jwtSecret, adminSecret, operatorSecret]),
    present(read, namespace, [postgresCaSecret]),
    readDatabaseSecrets(read, name),
  ]);
  const { users = [], certificates = [] } = valueOf(made) ?? {};
  return { own, database: { users, certificates: [...authority, ...certificates] } };
}

/** By label, and those of the server by name as well: one that was restored may bear none, and is used all the same. */
async function leftVolumes(read: Reader, { namespace, name }: Target) {
  const [named, ofServer, ofDatabase] = await Promise.all([
    readNamedClaims(read, namespace, name),
    readClaims(read, name),
    readDatabaseClaims(read, name),
  ]);
  const namesOf = (fact: typeof ofServer) => (valueOf(fact) ?? []).map((claim) => claim.name);
  return { own: [...new Set([...namesOf(ofServer), ...(valueOf(named) ?? [])])], database: namesOf(ofDatabase) };
}

/**
 * What became of the PerconaPGCluster: `kept`, so that nothing owns it and nobody deletes it; `gone`, or on its way; `other`: one stands that was
 * not that of the deleted DittoServer, or cannot be read.
 */
async function fateOfCluster(
  read: Reader,
  { namespace, name }: Target,
  ownerUid: string,
): Promise<'kept' | 'gone' | 'other'> {
  const metadata = { namespace, name: names(name).postgresCluster };
  const found = await read.get<KubeObject>({ ...PERCONA_PG_CLUSTER, metadata });
  if (found.state !== 'known') return found.state === 'absent' ? 'gone' : 'other';
  const { deletionTimestamp, ownerReferences = [], labels = {} } = found.value.metadata;
  if (deletionTimestamp !== undefined || ownerReferences.some(({ uid }) => uid === ownerUid)) return 'gone';
  return ownerReferences.length === 0 && labels[LABELS.ownerUid] === ownerUid ? 'kept' : 'other';
}

const listed = (what: string, all: readonly string[]): readonly string[] =>
  all.length > 0 ? [`${what} ${all.join(', ')}`] : [];

const NO_SECRETS: DatabaseSecrets = { users: [], certificates: [] };

/** What stays of a DittoServer that is gone, in sentences; undefined when nothing does. What belongs to the database of somebody else is not named. */
async function leftovers(call: Call, ownerUid: string): Promise<string | undefined> {
  const { name } = call.target;
  const { postgresCluster, postgresCaSecret } = names(name);
  const read = reader(call);
  const [fate, volumes, secrets, unused] = await Promise.all([
    fateOfCluster(read, call.target, ownerUid),
    leftVolumes(read, call.target),
    leftSecrets(read, call.target),
    readUnusedClaims(read, name).then((fact) => valueOf(fact) ?? []),
  ]);
  const claims = fate === 'other' ? [] : volumes.database;
  const { users, certificates } = fate === 'other' ? NO_SECRETS : secrets.database;
  // A database that runs uses its certificates; the CA goes with it, and without that they are worth nothing.
  const used = [...secrets.own, ...users, ...(fate === 'kept' ? certificates : [])].sort();
  const idle = fate === 'kept' ? [] : certificates.filter((one) => one !== postgresCaSecret);
  const left = [...listed('volume claims', [...volumes.own, ...claims].sort()), ...listed('Secrets', used)];
  const choice = fate !== 'kept' && claims.length > 1 ? ', once only one of the volumes of its database is left' : '';
  const sentences = [
    ...(fate === 'kept' ? [`PerconaPGCluster ${postgresCluster} keeps running.`] : []),
    ...(left.length > 0
      ? [`Left: ${left.join('; ')}. A DittoServer of the same name would use them again${choice}.`]
      : []),
    ...listed('Volume claims', unused).map(
      (all) => `${all} of its database bear no label ${POSTGRES_CLUSTER_LABEL} and would not be used.`,
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

// Taking over what the Go operator made. Nothing that a pod reads changes: field ownership moves to us, children get our labels, what is to
// outlive the DittoServer loses its owner reference, and at last the DittoServer loses the finalizer that nobody else would take off.
import { deletionPolicy } from '../src/api/deletion-policy.ts';
import type { KubeObject, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import {
  ANNOTATIONS,
  DITTO_SERVER,
  LABELS,
  labels,
  names,
  PERCONA_PG_CLUSTER,
  SERVICE_MONITOR,
} from '../src/api/names.ts';
import { isPredecessors, PREDECESSOR_ANNOTATION, PREDECESSOR_FINALIZER } from '../src/api/predecessor.ts';
import type { SecretObject } from '../src/api/secret-data.ts';
import { canonicalJson } from '../src/api/fingerprint.ts';
import { KubeError, type JsonPatchOp } from '../src/kube/index.ts';
import type { Facts } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { dropped, fieldsOps, movedFields, type Move } from './managed-fields.ts';
import { disownOps, entryOps, fence, finalizerOps, pointer } from './metadata-ops.ts';
import { observe } from './observe/index.ts';
import { ownershipOf } from './observe/live.ts';
import { takenOverMark, templateHash, type StatefulSetObject } from './observe/stateful-set.ts';
import { settled, type Act } from './outcome.ts';
import type { BareWork } from './step.ts';

/** One object that the Go operator made, and what of it changes beside the ownership of its fields. */
interface Piece {
  readonly ref: ObjectRef;
  readonly operation: Move['operation'];
  readonly edit?: (live: Stored) => readonly JsonPatchOp[];
  /** It is to outlive the DittoServer, and would go along with it before it is taken over. */
  readonly keepsData?: true;
}

/** Its tokens: ours live in the processes that use them, and these would lie about until they expire. */
const TOKENS = ['access-token', 'refresh-token'];

const tokenOps = ({ data = {} }: SecretObject): readonly JsonPatchOp[] =>
  TOKENS.filter((key) => key in data).map((key) => ({ op: 'remove', path: pointer('data', key) }));

/** The template stays, and is known by what it stands for. */
function markOps(live: Stored<StatefulSetObject>, { configHash }: Facts): readonly JsonPatchOp[] {
  const theirs = templateHash(live);
  if (configHash.state !== 'computed' || theirs === undefined) return [];
  return entryOps(live, 'annotations', { [ANNOTATIONS.takenOver]: takenOverMark(theirs, configHash.hash) });
}

/** What outlives the DittoServer says whose it is by a label; the policy decides about the database's reference. */
function clusterOps(live: Stored, { server, perconaHash }: Facts): readonly JsonPatchOp[] {
  const { uid, name } = server.metadata;
  const { percona } = server.spec ?? {};
  // Where nothing is said the Go operator kept it.
  const goes = percona !== undefined && deletionPolicy({ percona }) === 'Delete';
  const unmarked = perconaHash !== '' && live.metadata.annotations?.[ANNOTATIONS.perconaHash] === undefined;
  return [
    ...entryOps(live, 'labels', { ...labels(name), [LABELS.ownerUid]: uid }),
    // It stays as the Go operator made it until spec.percona changes.
    ...(unmarked ? entryOps(live, 'annotations', { [ANNOTATIONS.perconaHash]: perconaHash }) : []),
    ...(goes ? [] : disownOps(live, uid)),
  ];
}

/** All that the Go operator made for a DittoServer, except for its adapters. */
function piecesOf(facts: Facts): readonly Piece[] {
  const { name, namespace = '', uid } = facts.server.metadata;
  const n = names(name);
  const ref = (apiVersion: string, kind: string, of: string): ObjectRef => ({ apiVersion, kind, metadata: { namespace, name: of } }); // prettier-ignore
  const applied = (object: ObjectRef, edit?: Piece['edit']): Piece => ({ ref: object, operation: 'Apply', ...(edit && { edit }) }); // prettier-ignore
  const labelled = (live: Stored) => entryOps(live, 'labels', labels(name));
  const secret = (of: string): Piece => ({
    ref: ref('v1', 'Secret', of),
    operation: 'Update',
    keepsData: true,
    edit: (live) => [
      ...entryOps(live, 'labels', { ...labels(name), [LABELS.ownerUid]: uid }),
      ...disownOps(live, uid),
      ...tokenOps(live),
    ],
  });
  return [
    applied(ref('apps/v1', 'StatefulSet', n.statefulSet), (live) => [...labelled(live), ...markOps(live, facts)]),
    applied(ref('v1', 'ConfigMap', n.configMap), labelled),
    applied(ref('v1', 'Service', n.headlessService)),
    applied(ref('v1', 'Service', n.apiService)),
    applied(ref('v1', 'Service', n.metricsService)),
    applied(ref('networking.k8s.io/v1', 'NetworkPolicy', n.baselineNetworkPolicy)),
    applied({ ...SERVICE_MONITOR, metadata: { namespace, name: n.metricsService } }),
    { ...applied({ ...PERCONA_PG_CLUSTER, metadata: { namespace, name: n.postgresCluster } }, (live) => clusterOps(live, facts)), keepsData: true }, // prettier-ignore
    ...[n.jwtSecret, n.adminSecret, n.operatorSecret].map(secret),
  ];
}

/** Services and NetworkPolicies of adapters, found by their labels. */
async function adapterPieces({ deps: { kube }, signal }: Call, { server }: Facts): Promise<readonly Piece[]> {
  const { name, namespace } = server.metadata;
  const kinds = [
    [{ apiVersion: 'v1', kind: 'Service' }, LABELS.adapterService],
    [{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }, LABELS.adapterNetworkPolicy],
  ] as const;
  const found = kinds.map(async ([kind, label]) => {
    const labelSelector = `${label}=true,${LABELS.instance}=${name}`;
    const { items } = await kube.list(kind, namespace, { labelSelector, signal });
    return items.map(({ metadata }): Piece => ({ ref: { ...kind, metadata }, operation: 'Apply' }));
  });
  return (await Promise.all(found)).flat();
}

/** The object; undefined also where its API is not installed. */
async function find({ deps: { kube }, signal }: Call, ref: ObjectRef): Promise<Stored | undefined> {
  try {
    return await kube.get(ref, { signal });
  } catch (error) {
    if (error instanceof KubeError && error.kind === 'api-absent') return undefined;
    throw error;
  }
}

const hasEntries = ({ kind, metadata: { managedFields = [] } }: Stored): boolean =>
  managedFields.some((entry) => isPredecessors(kind, entry));

/** The object as it stands, where it is ours and something of it is left to take over. */
async function findLeft(
  call: Call,
  { server }: Facts,
  { ref, edit }: Piece,
): Promise<readonly [Stored, readonly JsonPatchOp[]] | undefined> {
  const found = await find(call, ref);
  if (!found || ownershipOf(found, server) !== 'ours') return undefined;
  // The template of a StatefulSet may be without its mark although all else is done.
  const ops = hasEntries(found) || ref.kind === 'StatefulSet' ? (edit?.(found) ?? []) : [];
  return hasEntries(found) || ops.length > 0 ? [found, ops] : undefined;
}

/** Edits first, then ownership, so that what we edited is not owned twice. Safe to repeat: what is done is not done again. */
async function takePiece(call: Call, facts: Facts, piece: Piece): Promise<void> {
  const { kube } = call.deps;
  const { signal } = call;
  const left = await findLeft(call, facts, piece);
  if (!left) return;
  const { ref, operation } = piece;
  const [found, ops] = left;
  const live = ops.length > 0 ? await kube.patchJson(ref, [fence(found), ...ops], { signal }) : found;
  const moved = movedFields(live.metadata.managedFields ?? [], { kind: ref.kind, operation });
  await kube.patchJson(ref, fieldsOps(live.metadata, moved), { signal });
}

/** The DittoServer itself, last: its finalizer holds a deletion until what outlives it is safe. Nothing of its specification becomes ours. */
async function takeServer(call: Call, { server }: Facts): Promise<void> {
  const found = await find(call, server);
  if (!found || found.metadata.uid !== server.metadata.uid) return;
  const { kind } = DITTO_SERVER;
  const { managedFields = [], annotations = {} } = found.metadata;
  const fields = movedFields(dropped(kind, managedFields), { kind, operation: 'Apply', subresource: 'status' });
  const ops: readonly JsonPatchOp[] = [
    ...finalizerOps(found, PREDECESSOR_FINALIZER, false),
    ...(PREDECESSOR_ANNOTATION in annotations
      ? [{ op: 'remove', path: pointer('metadata', 'annotations', PREDECESSOR_ANNOTATION) } as const]
      : []),
  ];
  if (ops.length === 0 && canonicalJson(fields) === canonicalJson(managedFields)) return;
  await call.deps.kube.patchJson<KubeObject>(server, [...fieldsOps(found.metadata, fields), ...ops], { signal: call.signal }); // prettier-ignore
}

/** Takes these over; what fails is the error of the first. */
async function takePieces(call: Call, facts: Facts, pieces: readonly Piece[]): Promise<Error | undefined> {
  const results = await Promise.all(pieces.map((piece) => settled(takePiece(call, facts, piece))));
  return results.find((result) => result.error)?.error;
}

/** A deletion waits for what is to outlive the DittoServer, and for nothing else: the rest goes along with it, taken over or not. */
async function takeAll(call: Call, facts: Facts): Promise<void> {
  const pieces = piecesOf(facts);
  const isDeleted = facts.server.metadata.deletionTimestamp !== undefined;
  const adapters = isDeleted ? [] : await adapterPieces(call, facts);
  const wanted = isDeleted ? pieces.filter(({ keepsData }) => keepsData) : [...pieces, ...adapters];
  const error = await takePieces(call, facts, wanted);
  if (error) throw error;
}

export const takeOver: Act<BareWork> = async ({ call, observation: { facts } }) => {
  await takeAll(call, facts);
  await takeServer(call, facts);
  const after = await observe(call, facts.memory);
  return { facts: after?.facts ?? facts };
};

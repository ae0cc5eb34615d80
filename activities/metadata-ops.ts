// JSON patch operations on the metadata of an object as it was read: entries of its maps, its owners and its
// finalizers. What others have there stays. All but `fence` go behind a fence, of the object from which they were made.
import type { KubeObject, ObjectMeta, OwnerReference } from '../src/api/kubernetes.ts';
import { ANNOTATIONS, PERCONA_DATA_FINALIZER } from '../src/api/names.ts';
import type { JsonPatchOp } from '../src/kube/index.ts';

/** A JSON pointer. */
export const pointer = (...steps: readonly string[]): string =>
  steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** Adds what is missing or different in the map at metadata's `field`. */
export function entryOps(
  { metadata }: KubeObject,
  field: 'labels' | 'annotations',
  wanted: Readonly<Record<string, string>>,
): readonly JsonPatchOp[] {
  const before = metadata[field];
  if (Object.keys(wanted).length === 0) return [];
  if (before === undefined) return [{ op: 'add', path: pointer('metadata', field), value: wanted }];
  return Object.entries(wanted)
    .filter(([key, value]) => before[key] !== value)
    .map(([key, value]) => ({ op: 'add', path: pointer('metadata', field, key), value }) as const);
}

/** Takes the references to `uid` off, and those of others not. */
export function disownOps({ metadata: { ownerReferences = [] } }: KubeObject, uid: string): readonly JsonPatchOp[] {
  const others: readonly OwnerReference[] = ownerReferences.filter((owner) => owner.uid !== uid);
  if (others.length === ownerReferences.length) return [];
  const path = pointer('metadata', 'ownerReferences');
  return [others.length === 0 ? { op: 'remove', path } : { op: 'replace', path, value: others }];
}

/** Puts this reference on, in place of an earlier one to the same owner; those of others stay. */
export function ownOps({ metadata: { ownerReferences } }: KubeObject, owner: OwnerReference): readonly JsonPatchOp[] {
  const others = (ownerReferences ?? []).filter(({ uid }) => uid !== owner.uid);
  const op = ownerReferences === undefined ? 'add' : 'replace';
  return [{ op, path: pointer('metadata', 'ownerReferences'), value: [...others, owner] }];
}

/** Adds a finalizer, or takes one off. Nothing to do is no operation. */
export function finalizerOps(
  { metadata: { finalizers = [] } }: KubeObject,
  finalizer: string,
  wanted: boolean,
): readonly JsonPatchOp[] {
  const index = finalizers.indexOf(finalizer);
  if (index >= 0 === wanted) return [];
  const all = pointer('metadata', 'finalizers');
  if (wanted) return [finalizers.length > 0 ? { op: 'add', path: `${all}/-`, value: finalizer } : { op: 'add', path: all, value: [finalizer] }]; // prettier-ignore
  const path = `${all}/${index}`;
  return [
    { op: 'test', path, value: finalizer },
    { op: 'remove', path },
  ];
}

/** Takes Percona's data finalizer off where it was put on by us, so that whoever deletes the cluster keeps its volumes. */
export function unmarkOps(cluster: KubeObject): readonly JsonPatchOp[] {
  if (cluster.metadata.annotations?.[ANNOTATIONS.dataFinalizer] === undefined) return [];
  const path = pointer('metadata', 'annotations', ANNOTATIONS.dataFinalizer);
  return [{ op: 'remove', path }, ...finalizerOps(cluster, PERCONA_DATA_FINALIZER, false)];
}

/** Fails the patch when the object is not as it was read. */
export const fence = ({ metadata }: { readonly metadata: Pick<ObjectMeta, 'resourceVersion'> }): JsonPatchOp => ({
  op: 'test',
  path: pointer('metadata', 'resourceVersion'),
  value: metadata.resourceVersion,
});

// JSON patch operations on the metadata of an object as it was read: entries of its maps, and its owners. What others have there stays.
import type { KubeObject, OwnerReference } from '../src/api/kubernetes.ts';
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

/** Fails the patch when the object is not as it was read. */
export const fence = ({ metadata: { resourceVersion: value } }: KubeObject): JsonPatchOp => ({
  op: 'test',
  path: '/metadata/resourceVersion',
  value,
});

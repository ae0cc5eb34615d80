// Server-side apply in the stand-in for the API server: who owns which field. An entry of managedFields lists the paths of its fields
// ("/spec/replicas"), where a real one nests them; what the provisioner relies on is only that they change when ownership does.
import { canonicalJson } from '../../src/api/fingerprint.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../src/api/kubernetes.ts';
import { errorOf, type About, type KubeError } from '../../src/kube/errors.ts';
import { leaves, removeAt, setAt, valueAt, type Json } from './fields.ts';
import type { AnyObject } from './kube-stand-in.ts';

/** Fields that identify an object rather than belong to somebody. */
const IDENTITY = /^\/(apiVersion|kind|metadata\/(name|namespace|uid|resourceVersion|generation|managedFields|deletionTimestamp|finalizers))(\/|$)/; // prettier-ignore
/** Path → value of every field that somebody can own. */
export const owned = (object: unknown): ReadonlyMap<string, unknown> =>
  new Map([...leaves(object)].filter(([path]) => !IDENTITY.test(path)));
export const same = (a: unknown, b: unknown): boolean => canonicalJson([a]) === canonicalJson([b]);
const fieldsOf = (entry: ManagedFieldsEntry): string[] => Object.keys(entry.fieldsV1 ?? {});
const withFields = (entry: ManagedFieldsEntry, fields: Iterable<string>): ManagedFieldsEntry => ({
  ...entry,
  fieldsType: 'FieldsV1',
  fieldsV1: Object.fromEntries([...new Set(fields)].sort().map((path) => [path, {}])),
});

/** Who writes, and how. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string | undefined;
}

const isOf = (entry: ManagedFieldsEntry, { manager, operation, subresource }: Writer): boolean =>
  entry.manager === manager && entry.operation === operation && entry.subresource === subresource;

/** managedFields after a write: the writer owns `fields`, nobody else keeps what it changed. */
function managedAfter(
  before: readonly ManagedFieldsEntry[],
  writer: Writer,
  fields: Iterable<string>,
  changed: ReadonlySet<string>,
): readonly ManagedFieldsEntry[] {
  const others = before
    .filter((entry) => !isOf(entry, writer))
    .map((entry) => withFields(entry, fieldsOf(entry).filter((path) => !changed.has(path)))); // prettier-ignore
  const { manager, operation, subresource } = writer;
  const ours = withFields({ manager, operation, ...(subresource !== undefined && { subresource }) }, fields);
  // Where it stood before, so that a write that changes nothing changes nothing here either.
  const index = before.findIndex((entry) => isOf(entry, writer));
  return others.toSpliced(index < 0 ? others.length : index, 0, ours).filter((entry) => fieldsOf(entry).length > 0);
}

function fieldConflict(about: About, conflicts: readonly (readonly [string, string])[]): KubeError {
  const causes = conflicts.map(([path, manager]) => ({
    reason: 'FieldManagerConflict',
    field: path.replaceAll('/', '.'),
    message: `conflict with "${manager}" using v1`,
  }));
  return errorOf({ about, code: 409, status: { reason: 'Conflict', details: { causes } } });
}

export interface Apply {
  readonly wanted: KubeObject;
  readonly writer: Writer;
  readonly force: boolean;
  readonly about: About;
}

/** Owner references are merged by uid: those that are not in the apply stay. */
function withOwners(live: AnyObject | undefined, wanted: KubeObject): KubeObject {
  const { ownerReferences: ours } = wanted.metadata;
  const { ownerReferences: there } = live?.metadata ?? {};
  if (!ours || !there) return wanted;
  const kept = there.map((one) => ours.find(({ uid }) => uid === one.uid) ?? one);
  const added = ours.filter(({ uid }) => !there.some((one) => one.uid === uid));
  return { ...wanted, metadata: { ...wanted.metadata, ownerReferences: [...kept, ...added] } };
}

/**
 * The object after a server-side apply, with its managedFields.
 *
 * @throws KubeError of kind `field-conflict` when others own what would change, and it is not forced
 */
export function merged(live: AnyObject | undefined, { wanted, writer, force, about }: Apply): Json {
  const next = structuredClone(live ?? wanted) as unknown as Json;
  const entries = live?.metadata.managedFields ?? [];
  const fields = owned(withOwners(live, wanted));
  const others = entries.filter((entry) => !isOf(entry, writer));
  const changed = [...fields].filter(([path, value]) => !same(valueAt(live, path), value)).map(([path]) => path);
  const conflicts = others.flatMap((entry) =>
    fieldsOf(entry)
      .filter((path) => changed.includes(path))
      .map((path) => [path, entry.manager ?? ''] as const),
  );
  if (!force && conflicts.length > 0) throw fieldConflict(about, conflicts);
  const kept = new Set(others.flatMap(fieldsOf));
  for (const path of entries.filter((entry) => isOf(entry, writer)).flatMap(fieldsOf)) {
    if (!fields.has(path) && !kept.has(path)) removeAt(next, path);
  }
  for (const path of changed) setAt(next, path, structuredClone(fields.get(path)));
  setAt(next, '/metadata/managedFields', managedAfter(entries, writer, fields.keys(), new Set(changed)));
  return next;
}

/** The managedFields after an update or patch that led from `live` to `next`. */
export function updated(live: AnyObject | undefined, next: Json, writer: Writer): Json {
  const [before, after] = [owned(live ?? {}), owned(next)];
  const changed = new Set([...before.keys(), ...after.keys()].filter((path) => !same(before.get(path), after.get(path)))); // prettier-ignore
  if (changed.size === 0) return next;
  const entries = (valueAt(next, '/metadata/managedFields') ?? []) as readonly ManagedFieldsEntry[];
  const mine = entries.filter((entry) => isOf(entry, writer)).flatMap(fieldsOf);
  const fields = [...mine, ...changed].filter((path) => after.has(path));
  setAt(next, '/metadata/managedFields', managedAfter(entries, writer, fields, changed));
  return next;
}

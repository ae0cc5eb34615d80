// Moving what the Go operator owned of an object to us, as client-go's csaupgrade does (kube-apiserver 1.36): fields that two managers own
// are not removed when one of them leaves them out, so that nothing which it wrote could ever go again.
import type { ManagedFieldsEntry, StoredMeta } from '../src/api/kubernetes.ts';
import { PERCONA_PG_CLUSTER } from '../src/api/names.ts';
import { isPredecessors } from '../src/api/predecessor.ts';
import { FIELD_MANAGER, type JsonPatchOp } from '../src/kube/index.ts';
import { fence, pointer } from './metadata-ops.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** All fields of both. */
function union(a: Fields, b: Fields): Fields {
  const merged: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = merged[key];
    merged[key] = isFields(before) && isFields(value) ? union(before, value) : value;
  }
  return merged;
}

/** What the cluster allocates to a Service: owned by nobody it stays, owned by us it would go with the next apply, and come back changed. */
const ALLOCATED: ReadonlySet<string> = new Set(['f:nodePort', 'f:clusterIP', 'f:clusterIPs', 'f:healthCheckNodePort']);

function withoutAllocated(fields: Fields): Fields {
  const kept = Object.entries(fields).filter(([key]) => !ALLOCATED.has(key));
  return Object.fromEntries(kept.map(([key, value]) => [key, isFields(value) ? withoutAllocated(value) : value]));
}

/**
 * Of a PerconaPGCluster only what the Go operator asked for is moved. Percona's operator may write under the same name, and must keep what
 * is its own: its finalizers above all.
 */
function splitCluster(fields: Fields): readonly [moved: Fields, rest: Fields] {
  const { 'f:spec': spec, 'f:metadata': metadata, ...rest } = fields;
  const { 'f:ownerReferences': owners, ...others } = isFields(metadata) ? metadata : {};
  const moved = { ...(isFields(spec) && { 'f:spec': spec }), ...(isFields(owners) && { 'f:metadata': { 'f:ownerReferences': owners } }) }; // prettier-ignore
  return [moved, { ...rest, ...(Object.keys(others).length > 0 && { 'f:metadata': others }) }];
}

/** What becomes ours, and what stays with the manager. */
function split(kind: string, entry: ManagedFieldsEntry): readonly [moved: Fields, rest: Fields] {
  const fields = entry.fieldsV1 ?? {};
  if (kind === PERCONA_PG_CLUSTER.kind) return splitCluster(fields);
  return [kind === 'Service' ? withoutAllocated(fields) : fields, {}];
}

export interface Move {
  readonly kind: string;
  /** As what we write such an object: by apply, or created once. */
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: 'status';
}

const isOurs = ({ manager = '' }: ManagedFieldsEntry): boolean =>
  manager === FIELD_MANAGER || manager === TAKE_OVER_MANAGER;

/** The field manager of the one condition that is told while the Go operator is active: it goes when that is taken over. */
export const TAKE_OVER_MANAGER = `${FIELD_MANAGER}-take-over`;

/** managedFields after what the Go operator owned, and all that is ours, has become one entry of ours. The others stay as they are. */
export function movedFields(
  entries: readonly ManagedFieldsEntry[],
  { kind, operation, subresource }: Move,
): readonly ManagedFieldsEntry[] {
  const isMeant = (entry: ManagedFieldsEntry): boolean =>
    (entry.subresource ?? '') === (subresource ?? '') && (isOurs(entry) || isPredecessors(kind, entry));
  const meant = entries.filter(isMeant);
  const parts = meant.map((entry) => (isOurs(entry) ? ([entry.fieldsV1 ?? {}, {}] as const) : split(kind, entry)));
  const left = meant.flatMap((entry, i) => {
    const rest = parts[i]?.[1] ?? {};
    return Object.keys(rest).length > 0 ? [{ ...entry, fieldsV1: rest }] : [];
  });
  const [first] = meant;
  if (!first) return entries;
  const ours: ManagedFieldsEntry = {
    manager: FIELD_MANAGER,
    operation,
    ...(first.apiVersion !== undefined && { apiVersion: first.apiVersion }),
    ...(first.time !== undefined && { time: first.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: parts.map(([moved]) => moved).reduce(union, {}),
    ...(subresource && { subresource }),
  };
  return [...entries.filter((entry) => !isMeant(entry)), ...left, ours];
}

/** managedFields without what the Go operator owned: nobody owns it then. */
export const dropped = (kind: string, entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] =>
  entries.filter((entry) => entry.subresource || !isPredecessors(kind, entry));

/** Operations that write managedFields, of the object as it was seen. */
export const fieldsOps = (metadata: StoredMeta, entries: readonly ManagedFieldsEntry[]): readonly JsonPatchOp[] => [
  fence({ metadata }),
  { op: 'replace', path: pointer('metadata', 'managedFields'), value: entries },
];

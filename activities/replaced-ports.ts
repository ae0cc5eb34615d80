// A port of a Service that gets another number is another entry of a list to server-side apply. Where somebody has edited the old entry it
// would stay beside the new one, and the API server refuses both: ports must have names, and different ones. So the old one goes whole.
import type { KubeObject, ManagedFieldsEntry, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import { FIELD_MANAGER, KubeError } from '../src/kube/index.ts';
import type { Call } from './deps.ts';
import { fieldsOps } from './managed-fields.ts';

type Fields = Readonly<Record<string, unknown>>;
interface ServiceLike extends KubeObject {
  readonly spec?: { readonly ports?: readonly { readonly port: number; readonly protocol?: string }[] };
}

const inner = (fields: unknown, key: string): Fields => (fields as Readonly<Record<string, Fields | undefined>> | undefined)?.[key] ?? {}; // prettier-ignore
const portsOf = ({ fieldsV1 }: ManagedFieldsEntry): Fields => inner(inner(fieldsV1, 'f:spec'), 'f:ports');

/** As managedFields name an entry of the list. */
const keyOf = ({ port, protocol = 'TCP' }: { readonly port: number; readonly protocol?: string }): string =>
  `k:${JSON.stringify({ port, protocol })}`;

function without(entry: ManagedFieldsEntry, keys: ReadonlySet<string>): ManagedFieldsEntry {
  const ports = portsOf(entry);
  const kept = Object.entries(ports).filter(([key]) => !keys.has(key));
  if (kept.length === Object.keys(ports).length) return entry;
  const others = Object.entries(inner(entry.fieldsV1, 'f:spec')).filter(([key]) => key !== 'f:ports');
  // An empty list of fields would mean the list itself.
  const spec = Object.fromEntries(kept.length > 0 ? [...others, ['f:ports', Object.fromEntries(kept)]] : others);
  return { ...entry, fieldsV1: { ...entry.fieldsV1, 'f:spec': spec } };
}

/** managedFields in which nobody else owns a part of the ports that are ours and not wanted any more; undefined when nobody does. */
export function withoutReplacedPorts(
  entries: readonly ManagedFieldsEntry[],
  wanted: ServiceLike,
): readonly ManagedFieldsEntry[] | undefined {
  const isOurs = ({ manager, operation, subresource }: ManagedFieldsEntry): boolean =>
    manager === FIELD_MANAGER && operation === 'Apply' && !subresource;
  const keep = new Set((wanted.spec?.ports ?? []).map(keyOf));
  const owned = entries.filter(isOurs).flatMap((entry) => Object.keys(portsOf(entry)));
  const replaced = new Set(owned.filter((key) => key.startsWith('k:') && !keep.has(key)));
  const fields = entries.map((entry) => (isOurs(entry) ? entry : without(entry, replaced)));
  return fields.some((entry, i) => entry !== entries[i]) ? fields : undefined;
}

/**
 * Makes room for a Service whose apply was refused.
 *
 * @returns the Service as it is then; undefined when nothing could be done
 */
export async function makeRoom(
  { deps: { kube }, signal }: Call,
  object: KubeObject,
  error: unknown,
): Promise<Stored | undefined> {
  if (!(error instanceof KubeError) || error.kind !== 'invalid' || object.kind !== 'Service') return undefined;
  const ref: ObjectRef = object;
  const live = await kube.get(ref, { signal });
  const fields = live && withoutReplacedPorts(live.metadata.managedFields ?? [], object);
  return fields && kube.patchJson(ref, fieldsOps(live.metadata, fields), { signal });
}

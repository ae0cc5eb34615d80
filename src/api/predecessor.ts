// The Go operator that served DittoServers before: how its writes are told from those of others. It wrote with plain updates under one
// field manager, and other operators go by that name too, so only what it is known to write counts (version 0.29.0, read from its source).
import type { ManagedFieldsEntry } from './kubernetes.ts';
import { DITTO_SERVER, PERCONA_PG_CLUSTER } from './names.ts';

/** The field manager of its writes: the name of its program. */
export const PREDECESSOR_MANAGER = 'manager';

/** It put it on every DittoServer. Without it nothing takes it off again. */
export const PREDECESSOR_FINALIZER = 'dittofs.dittofs.com/finalizer';

/** Its count of failed logins, on the DittoServer. */
export const PREDECESSOR_ANNOTATION = 'dittofs.dittofs.com/auth-retry-count';

type Path = readonly string[];

const OWNER: Path = ['f:metadata', 'f:ownerReferences'];

/** Kind → fields by which its writes are known; any of them will do. */
const SIGNS: Readonly<Record<string, readonly Path[]>> = {
  [DITTO_SERVER.kind]: [
    ['f:metadata', 'f:finalizers', `v:"${PREDECESSOR_FINALIZER}"`],
    ['f:metadata', 'f:annotations', `f:${PREDECESSOR_ANNOTATION}`],
    ['f:spec'],
    ['f:status'],
  ],
  // Operators of load balancers write to Services as well.
  Service: [OWNER, ['f:spec', 'f:ports'], ['f:spec', 'f:selector']],
  // Percona's operator writes to it for ever, under a name of its program too; the Go operator made it and never came back.
  [PERCONA_PG_CLUSTER.kind]: [['f:spec', 'f:instances']],
};
const OTHER_SIGNS: readonly Path[] = [OWNER, ['f:data'], ['f:spec']];

/** True when the fields of a managedFields entry hold one at the path. */
export function ownsField(fields: unknown, path: Path): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  if (typeof fields !== 'object' || fields === null || !(step in fields)) return false;
  return ownsField((fields as Readonly<Record<string, unknown>>)[step], rest);
}

/** True for an entry of managedFields that the Go operator left on an object of this kind. */
export function isPredecessors(kind: string, entry: ManagedFieldsEntry): boolean {
  if (entry.manager !== PREDECESSOR_MANAGER || entry.operation !== 'Update') return false;
  if (entry.subresource && kind !== DITTO_SERVER.kind) return false;
  return (SIGNS[kind] ?? OTHER_SIGNS).some((path) => ownsField(entry.fieldsV1, path));
}

/** When the Go operator wrote last (epoch ms), as far as its entries stand; undefined when it has none. */
export function predecessorAtMs(kind: string, managedFields: readonly ManagedFieldsEntry[] = []): number | undefined {
  const times = managedFields.filter((entry) => isPredecessors(kind, entry)).map(({ time }) => Date.parse(time ?? ''));
  return times.length === 0 ? undefined : Math.max(...times.map((ms) => (Number.isNaN(ms) ? 0 : ms)));
}

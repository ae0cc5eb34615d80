// The volumes of the StatefulSet. Kubernetes does not let its claim templates change, and this version does not replace it: what
// exists stays, the difference is told, and nothing else is held back by it.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { valueOf, type Facts, type VolumesFact } from './facts.ts';
import { OFF, wait, waits, type Requirement } from './finding.ts';
import { quantityInBytes } from './quantity.ts';
import { isTakable } from './stateful-set-plan.ts';

type Storage = DittoServerSpec['storage'];
type Field = keyof VolumesFact;

const FIELDS = ['metadataSize', 'contentSize', 'controlPlaneSize', 'storageClassName'] as const satisfies Field[];
/** Without a size there is no volume for content; the others have one in any case. */
const OPTIONAL: ReadonlySet<Field> = new Set<Field>(['contentSize', 'storageClassName']);

function isSame(field: Field, asked: string | undefined, stands: string | undefined): boolean {
  if (asked === stands) return true;
  if (!OPTIONAL.has(field) && (asked === undefined || stands === undefined)) return true;
  const [a, b] = [quantityInBytes(asked), quantityInBytes(stands)];
  return field !== 'storageClassName' && a !== undefined && a === b;
}

const changedFields = (storage: Storage, volumes: VolumesFact): readonly Field[] =>
  FIELDS.filter((field) => !isSame(field, storage[field], volumes[field]));

/** The storage to render: as asked for, with what cannot change as it stands. */
export function keptStorage(storage: Storage, volumes: VolumesFact): Storage {
  const kept: Record<string, unknown> = { ...storage };
  for (const field of changedFields(storage, volumes)) kept[field] = volumes[field];
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)) as unknown as Storage;
}

function describe(field: Field, storage: Storage, volumes: VolumesFact): string {
  return `spec.storage.${field} is ${storage[field] ?? 'not set'}, but the volumes have ${volumes[field] ?? 'none'}`;
}

function changesOf({ server, statefulSet }: Facts): readonly string[] {
  const storage = server.spec?.storage;
  const live = valueOf(statefulSet);
  if (!storage || !live || !isTakable(live)) return [];
  return changedFields(storage, live.volumes).map((field) => describe(field, storage, live.volumes));
}

export const volumesAsAsked: Requirement = {
  name: 'volumesAsAsked',
  condition: 'ConfigReady',
  judge: (facts, earlier) => {
    // Sizes that are none were told by specValid.
    const changes = waits(earlier, 'specValid') ? [] : changesOf(facts);
    if (changes.length === 0) return OFF;
    return wait(
      'VolumeChangeUnsupported',
      `${changes.join('; ')}: this version does not change volumes that exist, they stay as they are`,
    );
  },
};

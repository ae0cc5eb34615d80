// The volumes of the StatefulSet. A size grows: first the claims, where their StorageClass lets them, then the StatefulSet is made again over
// its running pod, since Kubernetes does not let claim templates change. Anything else stays as it is and is told. Nothing else is held back.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { digest } from '../api/fingerprint.ts';
import { names } from '../api/names.ts';
import { valueOf, type ClaimFact, type Facts, type VolumesFact } from './facts.ts';
import { OFF, unreadable, wait, waits, type Finding, type Requirement } from './finding.ts';
import { quantityInBytes } from './quantity.ts';
import { isTakable } from './stateful-set-plan.ts';

type Storage = DittoServerSpec['storage'];
type Field = keyof VolumesFact;
type Size = Exclude<Field, 'storageClassName'>;

const SIZES = ['metadataSize', 'contentSize', 'controlPlaneSize'] as const satisfies Size[];
const FIELDS = [...SIZES, 'storageClassName'] as const;
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

const isLess = (a: string | undefined, b: string | undefined): boolean =>
  (quantityInBytes(a) ?? 0) < (quantityInBytes(b) ?? 0);

function claimName({ metadata }: Facts['server'], field: Size): string {
  const { metadataClaim, contentClaim, controlPlaneClaim } = names(metadata.name);
  return { metadataSize: metadataClaim, contentSize: contentClaim, controlPlaneSize: controlPlaneClaim }[field];
}

/** The claim that a size is about. */
function claimOf({ claims, server }: Pick<Facts, 'claims' | 'server'>, field: Size): ClaimFact | undefined {
  const name = claimName(server, field);
  return valueOf(claims)?.find((claim) => claim.name === name);
}

/** A claim that asks for less than the specification. */
export interface Growth {
  readonly claim: ClaimFact;
  readonly size: string;
}

/** Claims that are to grow. */
export function growthsOf(facts: Pick<Facts, 'claims' | 'server'>): readonly Growth[] {
  const storage = facts.server.spec?.storage;
  return SIZES.flatMap((field) => {
    const [claim, size] = [claimOf(facts, field), storage?.[field]];
    return claim?.size !== undefined && size !== undefined && isLess(claim.size, size) ? [{ claim, size }] : [];
  });
}

function describe(field: Field, storage: Storage, volumes: VolumesFact): string {
  return `spec.storage.${field} is ${storage[field] ?? 'not set'}, but the volumes have ${volumes[field] ?? 'none'}`;
}

/** A volume that grows, as opposed to one that would shrink, come, go or move. */
const grows = (field: Field, storage: Storage, volumes: VolumesFact): boolean =>
  field !== 'storageClassName' && volumes[field] !== undefined && isLess(volumes[field], storage[field]);

/** Names of claims of sizes that grow which are not among the facts: those are found by label, and one that was restored may bear none. */
export function unlistedClaims(facts: Pick<Facts, 'claims' | 'server' | 'statefulSet'>): readonly string[] {
  const { server, statefulSet } = facts;
  const [storage, live] = [server.spec?.storage, valueOf(statefulSet)];
  if (!storage || !live) return [];
  const growing = SIZES.filter((field) => grows(field, storage, live.volumes));
  return growing.filter((field) => !claimOf(facts, field)).map((field) => claimName(server, field));
}

function judgeGrowth(facts: Facts, storage: Storage): Finding {
  const growths = growthsOf(facts);
  const stuck = growths.filter(({ claim: { expandable } }) => expandable && expandable.state !== 'unreadable' && !valueOf(expandable)); // prettier-ignore
  if (stuck.length > 0) {
    const clauses = stuck.map(({ claim, size }) => `volume claim ${claim.name} cannot grow from ${claim.size ?? ''} to ${size}: its StorageClass "${claim.storageClass}" does not allow that`); // prettier-ignore
    return wait('StorageResizeUnsupported', `${clauses.join('; ')}; set its allowVolumeExpansion to true if its driver can do it`); // prettier-ignore
  }
  const { metadataSize, contentSize, controlPlaneSize } = storage;
  return {
    state: 'act',
    step: 'growVolumes',
    intent: digest([metadataSize, contentSize, controlPlaneSize]),
    summary: 'grow volumes',
    needs: ['notDeleted', 'specValid', 'databaseSwitch', 'notPaused', 'foundationApplied'],
    reason: 'ConfigDue',
    message: 'volumes are to grow',
  };
}

export const volumesAsAsked: Requirement = {
  name: 'volumesAsAsked',
  condition: 'ConfigReady',
  judge: (facts, earlier) => {
    const storage = facts.server.spec?.storage;
    const live = valueOf(facts.statefulSet);
    // Sizes that are none were told by specValid.
    if (!storage || !live || !isTakable(live) || live.terminating || waits(earlier, 'specValid')) return OFF;
    const { volumes } = live;
    const changes = changedFields(storage, volumes);
    const fixed = changes.filter((field) => !grows(field, storage, volumes));
    if (fixed.length > 0) {
      const clauses = fixed.map((field) => describe(field, storage, volumes)).join('; ');
      return wait('VolumeChangeUnsupported', `${clauses}: volumes that exist can grow, but not shrink, come, go or move; they stay as they are`); // prettier-ignore
    }
    if (changes.length === 0) return OFF;
    // Without them it would look as if they had grown already.
    if (facts.claims.state === 'unreadable')
      return unreadable('InputsUnreadable', `volume claims could not be read: ${facts.claims.why}`);
    return judgeGrowth(facts, storage);
  },
};

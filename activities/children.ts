// Children that are applied as objects, of the foundation and of the adapters: what is due of them is written and removed side by side, and
// what came of it becomes facts.
import { fingerprint, ownedFieldsDigest } from '../src/api/fingerprint.ts';
import type { KubeObject, Stored } from '../src/api/kubernetes.ts';
import { isAdapterChildName } from '../src/api/names.ts';
import { FIELD_MANAGER } from '../src/kube/index.ts';
import { isDue } from '../src/requirements/children.ts';
import { ABSENT, known, valueOf, type ChildFact, type Facts, type Live } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { applyFenced } from './fenced.ts';
import { childName, intentOf } from './observe/children.ts';
import { liveOf } from './observe/live.ts';
import { settled } from './outcome.ts';

/** The mark by which a child is known to be as it was applied. */
export function markOf({ metadata }: Stored, intent: string): string {
  return fingerprint(metadata.uid, ownedFieldsDigest(metadata.managedFields, FIELD_MANAGER), intent);
}

/** In place of that mark: we made it again as it stood before, and have not applied it since. It is due, and differs by nobody's doing. */
export const MADE_AGAIN = 'made again';

/** An object that is due, with what stands in its place. */
export interface Due {
  readonly object: KubeObject;
  readonly live: Live | undefined;
}

/** Those of the objects that are due as children. */
export function dueOf(
  children: readonly ChildFact[],
  { applied }: Pick<Facts['memory'], 'applied'>,
  objects: readonly KubeObject[],
): readonly Due[] {
  return objects.flatMap((object) => {
    const fact = children.find(({ child }) => child === childName(object));
    return fact && isDue(fact, applied) ? [{ object, live: valueOf(fact.live) }] : [];
  });
}

/** Objects that were written, with the marks to know them by; `error` when others were not. */
export interface Written {
  readonly objects: readonly Stored[];
  readonly marks: Readonly<Record<string, string>>;
  /** Children that are gone now. */
  readonly removed: readonly string[];
  readonly error?: Error;
  /** Why something could not be written down beside them, which holds up nothing else. */
  readonly unnoted?: Error;
}

/** What was written in several parts. */
export function together(parts: readonly Written[]): Written {
  const error = parts.find((part) => part.error)?.error;
  const unnoted = parts.find((part) => part.unnoted)?.unnoted;
  return {
    objects: parts.flatMap(({ objects }) => objects),
    marks: Object.assign({}, ...parts.map(({ marks }) => marks)) as Written['marks'],
    removed: parts.flatMap(({ removed }) => removed),
    ...(error && { error }),
    ...(unnoted && { unnoted }),
  };
}

/** Applies what is due. Never rejects: it awaits all, so that nothing is left running behind a failure, and what succeeded is remembered. */
export async function applyDue(call: Call, due: readonly Due[]): Promise<Written> {
  const results = await Promise.all(due.map(({ object, live }) => settled(applyFenced(call, object, live))));
  const marks = due.flatMap(({ object }, i) => {
    const value = results[i]?.value;
    return value ? [[childName(object), markOf(value, intentOf(object))] as const] : [];
  });
  const error = results.find((result) => result.error)?.error;
  const objects = results.flatMap(({ value }) => (value ? [value] : []));
  return { objects, marks: Object.fromEntries(marks), removed: [], ...(error && { error }) };
}

/** Deletes what is due and there: that very object, and only as it was seen. Never rejects. */
export async function removeDue({ deps, signal }: Call, due: readonly Due[]): Promise<Written> {
  const there = due.flatMap(({ object, live }) => (live ? [{ object, live }] : []));
  const results = await Promise.all(
    there.map(({ object, live: { uid, resourceVersion } }) =>
      settled(deps.kube.delete(object, { uid, resourceVersion }, { signal })),
    ),
  );
  const removed = there.filter((_, i) => results[i]?.error === undefined).map(({ object }) => childName(object));
  const error = results.find((result) => result.error)?.error;
  return { objects: [], marks: {}, removed, ...(error && { error }) };
}

/**
 * Facts without the marks of what is neither wanted nor there: it was removed, whether or not anybody learned of it, and is no loss when it is
 * wanted again.
 *
 * @param knowsAdapters which adapters there are, and what stands for them, is known
 */
export function withoutRemoved(facts: Facts, knowsAdapters: boolean): Facts {
  const { foundation, memory, server, serverApi } = facts;
  const known = [...foundation, ...serverApi.adapters];
  const isRemoved = (child: string): boolean => {
    const fact = known.find((one) => one.child === child);
    if (fact) return fact.policy === 'unwanted' && fact.live.state === 'absent';
    return knowsAdapters && isAdapterChildName(server.metadata.name, child.slice(child.indexOf('/') + 1));
  };
  const applied = Object.entries(memory.applied).filter(([child]) => !isRemoved(child));
  return { ...facts, memory: { ...memory, applied: Object.fromEntries(applied) } };
}

/** What is known of a child that was just written. */
function withObject({ lacking, ...fact }: ChildFact, object: Stored, { server }: Facts): ChildFact {
  const live = known(liveOf(object, server));
  const { annotations = {} } = object.metadata;
  const bears = Object.entries(lacking ?? {}).every(([key, value]) => annotations[key] === value);
  return { ...fact, live, ...(lacking && !bears && { lacking }) };
}

/** Facts with newly written objects in them; what was removed is neither there nor remembered. */
export function withWritten(
  facts: Facts,
  { objects, marks = {}, removed = [] }: Pick<Written, 'objects'> & Partial<Written>,
): Facts {
  const after = (fact: ChildFact): ChildFact => {
    if (removed.includes(fact.child)) return { ...fact, live: ABSENT };
    const object = objects.find((one) => childName(one) === fact.child);
    return object ? withObject(fact, object, facts) : fact;
  };
  const seen = Object.fromEntries(objects.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
  const applied = Object.entries({ ...facts.memory.applied, ...marks }).filter(([child]) => !removed.includes(child));
  return {
    ...facts,
    foundation: facts.foundation.map(after),
    serverApi: { ...facts.serverApi, adapters: facts.serverApi.adapters.map(after) },
    memory: { ...facts.memory, applied: Object.fromEntries(applied) },
    seen: { ...facts.seen, ...seen },
  };
}

// ConfigMap, Services, NetworkPolicy, ServiceMonitor and generated Secrets: applied on their own, or along with the step that needs them.
import { fingerprint, ownedFieldsDigest } from '../src/api/fingerprint.ts';
import type { KubeObject, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import { LABELS } from '../src/api/names.ts';
import type { SecretObject } from '../src/api/secret-data.ts';
import { FIELD_MANAGER } from '../src/kube/index.ts';
import { ABSENT, known, valueOf, type ChildFact, type Fact, type Facts, type Live } from '../src/requirements/facts.ts';
import { isDue } from '../src/requirements/children.ts';
import { withTemplate } from '../src/requirements/template.ts';
import { applyFenced } from './fenced.ts';
import { writeNotes } from './notes.ts';
import { childName, enforcedChildren, generatedSecrets, intentOf, unwantedChildren } from './observe/children.ts';
import { liveOf } from './observe/live.ts';
import { configHashFact } from './observe/secrets.ts';
import { tellRepair } from './repairs.ts';
import { settled, type Act } from './outcome.ts';
import type { Work } from './step.ts';

/** The mark by which a child is known to be as it was applied. */
export function markOf({ metadata }: Stored, intent: string): string {
  return fingerprint(metadata.uid, ownedFieldsDigest(metadata.managedFields, FIELD_MANAGER), intent);
}

/** What is known of a child that was just written. */
function withObject({ lacking, ...fact }: ChildFact, object: Stored, { server }: Facts): ChildFact {
  const live = known(liveOf(object, server));
  const { annotations = {} } = object.metadata;
  const bears = Object.entries(lacking ?? {}).every(([key, value]) => annotations[key] === value);
  return { ...fact, live, ...(lacking && !bears && { lacking }) };
}

/** Facts with newly written objects in them. */
export function withWritten(facts: Facts, written: readonly Stored[], marks: Readonly<Record<string, string>>): Facts {
  const seen = Object.fromEntries(written.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
  const foundation = facts.foundation.map((fact): ChildFact => {
    const object = written.find((one) => childName(one) === fact.child);
    return object ? withObject(fact, object, facts) : fact;
  });
  const memory = { ...facts.memory, applied: { ...facts.memory.applied, ...marks } };
  return { ...facts, foundation, memory, seen: { ...facts.seen, ...seen } };
}

/** Facts after the rest of the foundation was written: what was removed is neither there nor remembered. */
export function withRest(facts: Facts, { objects, marks, removed }: Written): Facts {
  const after = withWritten(facts, objects, marks);
  const applied = Object.fromEntries(
    Object.entries(after.memory.applied).filter(([child]) => !removed.includes(child)),
  );
  const foundation = after.foundation.map((fact) => (removed.includes(fact.child) ? { ...fact, live: ABSENT } : fact));
  return { ...after, foundation, memory: { ...after.memory, applied } };
}

const factOf = ({ foundation }: Facts, object: KubeObject): ChildFact | undefined =>
  foundation.find(({ child }) => child === childName(object));

/** The objects that are due, with what stands in their place. */
function dueOf(facts: Facts, objects: readonly KubeObject[]) {
  return objects.flatMap((object) => {
    const fact = factOf(facts, object);
    if (!fact || !isDue(fact, facts.memory.applied)) return [];
    return [{ object, live: valueOf(fact.live) }];
  });
}

/** A Secret that an earlier DittoServer of this name left becomes ours, its values untouched: they unlock data that is left too. */
async function takeOver({ call: { deps, signal }, server }: Work, ref: ObjectRef, live: Live): Promise<Stored> {
  const label = `/metadata/labels/${LABELS.ownerUid.replace('/', '~1')}`;
  const ops = [
    { op: 'test', path: '/metadata/resourceVersion', value: live.resourceVersion },
    { op: 'add', path: label, value: server.metadata.uid },
  ] as const;
  return deps.kube.patchJson(ref, ops, { signal });
}

/** Generated Secrets are created, never applied: one that is there already keeps its value, since it has been read. */
async function writeSecrets(work: Work): Promise<readonly Stored<SecretObject>[]> {
  const { call, server, observation } = work;
  const { deps, signal } = call;
  const due = dueOf(observation.facts, generatedSecrets(server, deps.randomBytes));
  const results = await Promise.all(
    due.map(({ object, live }) => settled(live ? takeOver(work, object, live) : deps.kube.create(object, { signal }))),
  );
  const error = results.find((result) => result.error)?.error;
  if (error) throw error;
  return results.flatMap(({ value }) => (value ? [value] : []));
}

/** Objects that were written, with the marks to know them by; `error` when others were not. */
export interface Written {
  readonly objects: readonly Stored[];
  readonly marks: Readonly<Record<string, string>>;
  /** Children that are gone now. */
  readonly removed: readonly string[];
  readonly error?: Error;
}

/** Awaits all, so that nothing is left running behind a failure, and what succeeded is remembered. */
async function writeEnforced({ call, server, observation: { facts } }: Work): Promise<Written> {
  const due = dueOf(facts, enforcedChildren(server));
  const results = await Promise.all(due.map(({ object, live }) => settled(applyFenced(call, object, live))));
  const objects = results.flatMap(({ value }) => (value ? [value] : []));
  const marks = due.flatMap(({ object }, i) => {
    const value = results[i]?.value;
    return value ? [[childName(object), markOf(value, intentOf(object))] as const] : [];
  });
  await Promise.all(
    objects.map((object) => tellRepair(call, facts, object, factOf(facts, object)?.live ?? { state: 'unreadable', why: '' })), // prettier-ignore
  );
  const error = results.find((result) => result.error)?.error;
  return { objects, marks: Object.fromEntries(marks), removed: [], ...(error && { error }) };
}

/** Deletes what is ours and not wanted any more: that very object, and only as it was seen. */
async function removeUnwanted({ call: { deps, signal }, server, observation: { facts } }: Work): Promise<Written> {
  const due = dueOf(facts, unwantedChildren(server, facts.memory)).flatMap(({ object, live }) =>
    live ? [{ object, live }] : [],
  );
  const results = await Promise.all(
    due.map(({ object, live: { uid, resourceVersion } }) =>
      settled(deps.kube.delete(object, { uid, resourceVersion }, { signal })),
    ),
  );
  const removed = due.filter((_, i) => results[i]?.error === undefined).map(({ object }) => childName(object));
  const error = results.find((result) => result.error)?.error;
  return { objects: [], marks: {}, removed, ...(error && { error }) };
}

/** All at once. */
async function writeRest(work: Work): Promise<Written> {
  const parts = await Promise.all([writeEnforced(work), removeUnwanted(work), writeNotes(work)]);
  const error = parts.find((part) => part.error)?.error;
  return {
    objects: parts.flatMap(({ objects }) => objects),
    marks: Object.assign({}, ...parts.map(({ marks }) => marks)) as Written['marks'],
    removed: parts.flatMap(({ removed }) => removed),
    ...(error && { error }),
  };
}

const ofNewTemplate = (work: Work): Work => ({
  ...work,
  observation: { ...work.observation, facts: withTemplate(work.observation.facts) },
});

/** Whether this object was to be written along with a new template, and could not be. */
export function lacks(work: Work, { objects }: Written, object: KubeObject): boolean {
  const child = childName(object);
  const isDueWith = dueOf(ofNewTemplate(work).observation.facts, [object]).length > 0;
  return isDueWith && !objects.some((one) => childName(one) === child);
}

/** The foundation in two parts: generated Secrets, whose values the pod's digest needs, and all the rest. */
export interface Foundation {
  /** Facts with the generated Secrets made, and the digest that follows from them. */
  readonly facts: Facts;
  /** Writes the other objects; what the pods read only along with a `template` that is new. Never rejects. */
  readonly rest: (options?: { readonly template: boolean }) => Promise<Written>;
}

/** Makes generated Secrets at once, and the other due objects when `rest` is called, so that they can go beside a bigger one. */
export async function beginFoundation(work: Work): Promise<Foundation> {
  const made = await writeSecrets(work);
  const secrets = new Map<string, Fact<SecretObject>>(work.observation.secrets);
  for (const secret of made) secrets.set(secret.metadata.name, known(secret));
  const facts = withWritten(work.observation.facts, made, {});
  return {
    facts: { ...facts, configHash: configHashFact(work.server, secrets) },
    rest: ({ template } = { template: false }) => writeRest(template ? ofNewTemplate(work) : work),
  };
}

/** Everything of the foundation that is due. */
export const applyFoundation: Act = async (work) => {
  const { facts, rest } = await beginFoundation(work);
  const written = await rest();
  return { facts: withRest(facts, written), ...(written.error && { error: written.error }) };
};

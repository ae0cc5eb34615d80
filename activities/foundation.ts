// ConfigMap, Services and generated Secrets: applied on their own, or along with the step that needs them.
import { fingerprint, ownedFieldsDigest } from '../src/api/fingerprint.ts';
import type { KubeObject, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import { LABELS } from '../src/api/names.ts';
import { FIELD_MANAGER, KubeError } from '../src/kube/index.ts';
import { valueOf, type ChildFact, type Fact, type Facts } from '../src/requirements/facts.ts';
import { isDue } from '../src/requirements/foundation-applied.ts';
import type { Call } from './deps.ts';
import { childName, enforcedChildren, generatedSecrets, intentOf } from './observe/children.ts';
import { liveOf } from './observe/live.ts';
import { configHashFact, type SecretObject } from './observe/secrets.ts';
import type { Act, Work } from './step.ts';

/** The mark by which a child is known to be as it was applied. */
export function markOf({ metadata }: Stored, intent: string): string {
  return fingerprint(metadata.uid, ownedFieldsDigest(metadata.managedFields, FIELD_MANAGER), intent);
}

/** Facts with newly written objects in them. */
export function withWritten(facts: Facts, written: readonly Stored[], marks: Readonly<Record<string, string>>): Facts {
  const seen = Object.fromEntries(written.map(({ metadata }) => [metadata.uid, metadata.resourceVersion]));
  const foundation = facts.foundation.map((fact): ChildFact => {
    const object = written.find((one) => childName(one) === fact.child);
    return object ? { ...fact, live: { state: 'known', value: liveOf(object, facts.server) } } : fact;
  });
  const memory = { ...facts.memory, applied: { ...facts.memory.applied, ...marks } };
  return { ...facts, foundation, memory, seen: { ...facts.seen, ...seen } };
}

/** Creates a generated Secret; one that is there already is never replaced: its value has been read. */
async function createOnce({ deps: { kube }, signal }: Call, secret: KubeObject): Promise<Stored> {
  try {
    return await kube.create(secret, { signal });
  } catch (error) {
    if (!(error instanceof KubeError) || error.kind !== 'already-exists') throw error;
    const found = await kube.get(secret, { signal });
    if (!found) throw error;
    return found;
  }
}

/** A Secret that an earlier DittoServer of this name left becomes ours, its values untouched: they unlock data that is left too. */
async function takeOver(
  { deps: { kube }, signal }: Call,
  ref: ObjectRef,
  live: { uid: string },
  ownerUid: string,
): Promise<Stored> {
  const label = `/metadata/labels/${LABELS.ownerUid.replace('/', '~1')}`;
  const ops = [
    { op: 'test', path: '/metadata/uid', value: live.uid },
    { op: 'replace', path: label, value: ownerUid },
  ] as const;
  return kube.patchJson(ref, ops, { signal });
}

async function writeSecrets({ call, server, observation }: Work): Promise<readonly Stored<SecretObject>[]> {
  const { facts } = observation;
  const due = generatedSecrets(server, call.deps.randomBytes).map(async (secret) => {
    const fact = facts.foundation.find(({ child }) => child === childName(secret));
    if (!fact || !isDue(fact, facts.memory.applied)) return [];
    const live = valueOf(fact.live);
    return [await (live ? takeOver(call, secret, live, server.metadata.uid) : createOnce(call, secret))];
  });
  return (await Promise.all(due)).flat();
}

async function writeEnforced({ call: { deps, signal }, server, observation: { facts } }: Work) {
  const due = enforcedChildren(server).filter((object) => {
    const fact = facts.foundation.find(({ child }) => child === childName(object));
    return fact !== undefined && isDue(fact, facts.memory.applied);
  });
  const written = await Promise.all(
    due.map((object) => {
      const uid = valueOf(
        facts.foundation.find(({ child }) => child === childName(object))?.live ?? { state: 'absent' },
      )?.uid;
      // The live uid makes the apply fail rather than create the object anew beside a deletion.
      return deps.kube.apply(uid === undefined ? object : { ...object, metadata: { ...object.metadata, uid } }, {
        signal,
      });
    }),
  );
  const marks = due.map((object, i) => {
    const stored = written[i];
    return [childName(object), stored ? markOf(stored, intentOf(object)) : ''] as const;
  });
  return { written, marks: Object.fromEntries(marks) };
}

/** The foundation in two parts: generated Secrets, whose values the pod's digest needs, and all the rest. */
export interface Foundation {
  /** Facts with the generated Secrets made, and the digest that follows from them. */
  readonly facts: Facts;
  /** Resolves with the other objects written. */
  readonly rest: () => Promise<{
    readonly written: readonly Stored[];
    readonly marks: Readonly<Record<string, string>>;
  }>;
}

/** Makes generated Secrets at once, and the other due objects when `rest` is called, so that they can go beside a bigger one. */
export async function beginFoundation(work: Work): Promise<Foundation> {
  const made = await writeSecrets(work);
  const secrets = new Map<string, Fact<SecretObject>>(work.observation.secrets);
  for (const secret of made) secrets.set(secret.metadata.name, { state: 'known', value: secret });
  const facts = withWritten(work.observation.facts, made, {});
  return {
    facts: { ...facts, configHash: configHashFact(work.server, secrets) },
    rest: () => writeEnforced(work),
  };
}

/** Everything of the foundation that is due; returns the facts as they are then. */
export async function writeFoundation(work: Work): Promise<Facts> {
  const { facts, rest } = await beginFoundation(work);
  const { written, marks } = await rest();
  return withWritten(facts, written, marks);
}

export const applyFoundation: Act = writeFoundation;

// ConfigMap, Services, NetworkPolicy, ServiceMonitor and generated Secrets: applied on their own, or along with the step that needs them.
import type { KubeObject, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import { LABELS } from '../src/api/names.ts';
import type { SecretObject } from '../src/api/secret-data.ts';
import { known, type Fact, type Facts, type Live } from '../src/requirements/facts.ts';
import { withTemplate } from '../src/requirements/template.ts';
import { applyDue, dueOf, removeDue, together, withWritten, type Written } from './children.ts';
import { fence, pointer } from './metadata-ops.ts';
import { writeNotes } from './notes.ts';
import { childName, enforcedChildren, generatedSecrets, unwantedChildren } from './observe/children.ts';
import { configHashFact } from './observe/secrets.ts';
import { tellRepairs } from './repairs.ts';
import { settled, type Act, type Outcome } from './outcome.ts';
import type { Work } from './step.ts';

/** A Secret that an earlier DittoServer of this name left becomes ours, its values untouched: they unlock data that is left too. */
async function takeOver({ call: { deps, signal }, server }: Work, ref: ObjectRef, live: Live): Promise<Stored> {
  const label = pointer('metadata', 'labels', LABELS.ownerUid);
  const ops = [fence({ metadata: live }), { op: 'add', path: label, value: server.metadata.uid }] as const;
  return deps.kube.patchJson(ref, ops, { signal });
}

/** Generated Secrets are created, never applied: one that is there already keeps its value, since it has been read. */
async function writeSecrets(work: Work): Promise<readonly Stored<SecretObject>[]> {
  const { call, server, observation } = work;
  const { deps, signal } = call;
  const { foundation, memory } = observation.facts;
  const due = dueOf(foundation, memory, generatedSecrets(server, deps.randomBytes));
  const results = await Promise.all(
    due.map(({ object, live }) => settled(live ? takeOver(work, object, live) : deps.kube.create(object, { signal }))),
  );
  const error = results.find((result) => result.error)?.error;
  if (error) throw error;
  return results.flatMap(({ value }) => (value ? [value] : []));
}

/** What is to be as we mean it. Somebody who undid it is told. */
async function writeEnforced({ call, server, observation: { facts } }: Work): Promise<Written> {
  const written = await applyDue(call, dueOf(facts.foundation, facts.memory, enforcedChildren(server)));
  await tellRepairs(call, facts, facts.foundation, written);
  return written;
}

async function removeUnwanted({ call, server, observation: { facts } }: Work): Promise<Written> {
  return removeDue(call, dueOf(facts.foundation, facts.memory, unwantedChildren(server, facts.memory)));
}

/** All at once. */
const writeRest = async (work: Work): Promise<Written> =>
  together(await Promise.all([writeEnforced(work), removeUnwanted(work), writeNotes(work)]));

const ofNewTemplate = (work: Work): Work => ({
  ...work,
  observation: { ...work.observation, facts: withTemplate(work.observation.facts) },
});

/** Whether this object was to be written along with a new template, and could not be. */
export function lacks(work: Work, { objects }: Written, object: KubeObject): boolean {
  const child = childName(object);
  const { foundation, memory } = ofNewTemplate(work).observation.facts;
  const isDueWith = dueOf(foundation, memory, [object]).length > 0;
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
  const facts = withWritten(work.observation.facts, { objects: made });
  return {
    facts: { ...facts, configHash: configHashFact(work.server, secrets) },
    rest: ({ template } = { template: false }) => writeRest(template ? ofNewTemplate(work) : work),
  };
}

async function writeAll(work: Work): Promise<Outcome & Pick<Written, 'unnoted'>> {
  const { facts, rest } = await beginFoundation(work);
  const written = await rest();
  const { error, unnoted } = written;
  return { facts: withWritten(facts, written), ...(error && { error }), ...(unnoted && { unnoted }) };
}

/** Everything of the foundation that is due, along with another object: a note that cannot be written does not hold that up. */
export async function writeFoundation(work: Work): Promise<Outcome> {
  const { facts, error } = await writeAll(work);
  return { facts, ...(error && { error }) };
}

/** Everything of the foundation that is due, as a step of its own. Nothing but a later look depends on its notes. */
export const applyFoundation: Act = async (work) => {
  const { facts, error, unnoted } = await writeAll(work);
  const failed = error ?? unnoted;
  return { facts, ...(failed && { error: failed }) };
};

// Annotations by which a Secret tells what it unlocks, beside what it holds: they live as long as the data does.
import type { Stored } from '../src/api/kubernetes.ts';
import { valueOf, type ChildFact } from '../src/requirements/facts.ts';
import { noteMark } from '../src/requirements/children.ts';
import type { Written } from './children.ts';
import { entryOps, fence } from './metadata-ops.ts';
import { childName } from './observe/children.ts';
import { settled } from './outcome.ts';
import type { Work } from './step.ts';

/** Writes the annotations that it lacks, and nothing else of it. */
async function writeNote({ call, observation }: Work, { child, lacking = {} }: ChildFact): Promise<Stored | undefined> {
  const secrets = [...observation.secrets.values()].flatMap((fact) => valueOf(fact) ?? []);
  const secret = secrets.find((one) => childName(one) === child);
  if (!secret) return undefined;
  const ops = [fence(secret), ...entryOps(secret, 'annotations', lacking)];
  return call.deps.kube.patchJson(secret, ops, { signal: call.signal });
}

/** Writes all that are lacking, also what alone would be no reason to write. Never rejects. */
export async function writeNotes(work: Work): Promise<Written> {
  const noted = work.observation.facts.foundation.filter(({ policy, lacking }) => policy === 'noted' && lacking);
  const results = await Promise.all(noted.map((fact) => settled(writeNote(work, fact))));
  const error = results.find((result) => result.error)?.error;
  const marks = noted.flatMap(({ child, intent }, i) => {
    const written = results[i]?.value;
    return written ? [[child, noteMark(written.metadata, intent)] as const] : [];
  });
  const objects = results.flatMap(({ value }) => value ?? []);
  return { objects, marks: Object.fromEntries(marks), removed: [], ...(error && { error }) };
}

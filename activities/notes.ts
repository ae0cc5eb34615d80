// Annotations by which a Secret tells what it unlocks, beside what it holds: they live as long as the data does.
import type { Stored } from '../src/api/kubernetes.ts';
import { KubeError, type KubeErrorKind } from '../src/kube/index.ts';
import { valueOf, type ChildFact } from '../src/requirements/facts.ts';
import { noteMark } from '../src/requirements/children.ts';
import type { Written } from './children.ts';
import { isStale } from './failure.ts';
import { entryOps, fence } from './metadata-ops.ts';
import { childName } from './observe/children.ts';
import { settled, type Settled } from './outcome.ts';
import type { Work } from './step.ts';

/** Writes the annotations that it lacks, and nothing else of it. */
async function writeNote({ call, observation }: Work, { child, lacking = {} }: ChildFact): Promise<Stored | undefined> {
  const secrets = [...observation.secrets.values()].flatMap((fact) => valueOf(fact) ?? []);
  const secret = secrets.find((one) => childName(one) === child);
  if (!secret) return undefined;
  const ops = [fence(secret), ...entryOps(secret, 'annotations', lacking)];
  return call.deps.kube.patchJson(secret, ops, { signal: call.signal });
}

/** Answers that another try will not change: a policy or the role refuses it. */
const REFUSALS: ReadonlySet<KubeErrorKind> = new Set<KubeErrorKind>([
  'forbidden',
  'invalid',
  'schema',
  'stored-schema',
]);

const isRefusal = (error: Error): boolean => error instanceof KubeError && REFUSALS.has(error.kind);

/** The mark of one that was written; also of one that is refused, so that it is tried again only along with other writes. */
function markOf({ child, intent, live }: ChildFact, { value, error }: Settled<Stored | undefined>): Written['marks'] {
  const of = error && isRefusal(error) ? valueOf(live) : value?.metadata;
  return of ? { [child]: noteMark(of, intent) } : {};
}

function tellUnnoted({ call: { deps, target } }: Work, { child }: ChildFact, error: Error): void {
  const { namespace, name } = target;
  const secret = child.split('/')[1];
  const why = error instanceof KubeError ? error.message : error.name;
  deps.log.warn({ namespace, name, secret }, `what it unlocks or holds could not be written down on it: ${why}`);
}

/** Writes all that are lacking, also what alone would be no reason to write. Never rejects, and fails nothing else. */
export async function writeNotes(work: Work): Promise<Written> {
  const noted = work.observation.facts.foundation.filter(({ policy, lacking }) => policy === 'noted' && lacking);
  const results = await Promise.all(
    noted.map(async (fact) => ({ fact, result: await settled(writeNote(work, fact)) })),
  );
  for (const { fact, result } of results) if (result.error) tellUnnoted(work, fact, result.error);
  const marks = results.map(({ fact, result }) => markOf(fact, result));
  const objects = results.flatMap(({ result }) => result.value ?? []);
  const unnoted = results.flatMap(({ result: { error } }) => error ?? []).find((error) => !isRefusal(error) && !isStale(error)); // prettier-ignore
  return { objects, marks: Object.assign({}, ...marks) as Written['marks'], removed: [], ...(unnoted && { unnoted }) };
}

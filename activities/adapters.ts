// The step that makes adapters reachable: Services and NetworkPolicies are applied, and those of adapters that were switched off removed.
import { digest } from '../src/api/fingerprint.ts';
import { known as asKnown, valueOf, type ChildFact, type Facts } from '../src/requirements/facts.ts';
import { isDue } from '../src/requirements/children.ts';
import { applyFenced } from './fenced.ts';
import { markOf, withWritten } from './foundation.ts';
import { childName, intentOf } from './observe/children.ts';
import { reader } from './observe/read.ts';
import { liveOf } from './observe/live.ts';
import { adapterFacts, adapterObjects, readAdapterChildren, type AdapterLives } from './observe/server-api.ts';
import { settled, type Act, type Outcome } from './outcome.ts';
import type { Work } from './step.ts';

const dueOf = (facts: Facts): ReadonlyMap<string, ChildFact> =>
  new Map(facts.serverApi.adapters.filter((child) => isDue(child, facts.memory.applied)).map((fact) => [fact.child, fact])); // prettier-ignore

async function apply({ call, server }: Work, facts: Facts, lives: AdapterLives) {
  const due = dueOf(facts);
  const objects = adapterObjects(server, facts.memory.serverApi?.adapters ?? [], lives).filter((object) =>
    due.has(childName(object)),
  );
  return Promise.all(
    objects.map((object) => {
      const fact = due.get(childName(object));
      return settled(applyFenced(call, object, fact && valueOf(fact.live)));
    }),
  );
}

async function remove({ call: { deps, signal } }: Work, facts: Facts, lives: AdapterLives) {
  const there = valueOf(lives);
  const unwanted = [...dueOf(facts).values()].filter(({ policy }) => policy === 'unwanted');
  return Promise.all(
    unwanted.map(({ child }) => {
      const found = there?.get(child)?.object;
      if (!found) return settled(Promise.resolve(undefined));
      const { uid, resourceVersion } = found.metadata;
      return settled(deps.kube.delete(found, { uid, resourceVersion }, { signal }).then(() => child));
    }),
  );
}

/** Facts with the adapters' children judged anew, as after an answer that told of other adapters. */
export async function withAdapterFacts(
  { call, server, observation }: Work,
  facts: Facts,
): Promise<readonly [Facts, AdapterLives]> {
  const known = facts.memory.serverApi?.adapters ?? [];
  // The answer may have told of adapters that the look did not know.
  const isAsSeen = digest(known) === digest(observation.facts.memory.serverApi?.adapters ?? []);
  const read = reader(call);
  const lives = isAsSeen && observation.adapterLives.state !== 'absent' ? observation.adapterLives : await readAdapterChildren(read, server, known); // prettier-ignore
  const adapters = adapterFacts(server, facts.memory.serverApi?.adapters, lives);
  return [{ ...facts, seen: { ...facts.seen, ...read.seen }, serverApi: { ...facts.serverApi, adapters } }, lives];
}

/** Everything about the adapters that is due by these facts. */
export async function expose(work: Work, judged: Facts, lives: AdapterLives): Promise<Outcome> {
  const [written, removed] = await Promise.all([apply(work, judged, lives), remove(work, judged, lives)]);
  const objects = written.flatMap(({ value }) => (value ? [value] : []));
  const marks = Object.fromEntries(adapterObjects(work.server, judged.memory.serverApi?.adapters ?? [], lives).flatMap((object) => {
    const child = childName(object);
    const stored = objects.find((one) => childName(one) === child);
    return stored ? [[child, markOf(stored, intentOf(object))] as const] : [];
  })); // prettier-ignore
  const gone = new Set(removed.flatMap(({ value }) => (value === undefined ? [] : [value])));
  const facts = withWritten(judged, objects, marks);
  const children = facts.serverApi.adapters
    .filter(({ child }) => !gone.has(child))
    .map((fact): ChildFact => {
      const stored = objects.find((one) => childName(one) === fact.child);
      return stored ? { ...fact, live: asKnown(liveOf(stored, facts.server)) } : fact;
    });
  const applied = Object.fromEntries(Object.entries(facts.memory.applied).filter(([child]) => !gone.has(child)));
  const error = [...written, ...removed].find((result) => result.error)?.error;
  return {
    facts: {
      ...facts,
      serverApi: { ...facts.serverApi, adapters: children },
      memory: { ...facts.memory, applied },
    },
    ...(error && { error }),
  };
}

export const exposeAdapters: Act = async (work) => {
  const [facts, lives] = await withAdapterFacts(work, work.observation.facts);
  return expose(work, facts, lives);
};

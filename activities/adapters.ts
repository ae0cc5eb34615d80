// The step that makes adapters reachable: Services and NetworkPolicies are applied, and those of adapters that were switched off removed.
import { digest } from '../src/api/fingerprint.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import { applyDue, dueOf, removeDue, together, withWritten } from './children.ts';
import { reader } from './observe/read.ts';
import { adapterFacts, adapterObjects, readAdapterChildren, type AdapterLives } from './observe/server-api.ts';
import type { Act, Outcome } from './outcome.ts';
import { tellRepairs } from './repairs.ts';
import type { Work } from './step.ts';

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
export async function expose({ call, server }: Work, judged: Facts, lives: AdapterLives): Promise<Outcome> {
  const { memory, serverApi } = judged;
  const wanted = adapterObjects(server, memory.serverApi?.adapters ?? [], lives);
  const unwanted = serverApi.adapters
    .filter(({ policy }) => policy === 'unwanted')
    .flatMap(({ child }) => valueOf(lives)?.get(child)?.object ?? []);
  const { error, ...written } = together(
    await Promise.all([
      applyDue(call, dueOf(serverApi.adapters, memory, wanted)),
      removeDue(call, dueOf(serverApi.adapters, memory, unwanted)),
    ]),
  );
  await tellRepairs(call, judged, serverApi.adapters, written);
  return { facts: withWritten(judged, written), ...(error && { error }) };
}

export const exposeAdapters: Act = async (work) => {
  const [facts, lives] = await withAdapterFacts(work, work.observation.facts);
  return expose(work, facts, lives);
};

// Tells when a child was put back: somebody deleted or edited it, and should learn why that did not last. One event for each.
import type { Stored } from '../src/api/kubernetes.ts';
import type { Fact, Facts, Live } from '../src/requirements/facts.ts';
import { MADE_AGAIN } from './children.ts';
import { childName } from './observe/children.ts';
import { liveOf } from './observe/live.ts';
import { regarding } from './publish.ts';
import type { Call } from './deps.ts';

/** The user's wishes are those that status has acknowledged, so that what differs from them was done by somebody else. */
const isAcknowledged = ({ server: { metadata, status } }: Facts): boolean =>
  status?.observedGeneration === metadata.generation;

/** What was done to a child that we had applied; undefined: nothing, or by ourselves. */
function doneTo(object: Stored, before: Fact<Live>, facts: Facts): string | undefined {
  if (before.state === 'absent') return 'was deleted by somebody and is made again';
  if (before.state !== 'known' || before.value.ownership !== 'ours' || !isAcknowledged(facts)) return undefined;
  const after = liveOf(object, facts.server);
  if (facts.memory.applied[childName(object)] === MADE_AGAIN) return undefined;
  const others = before.value.otherManagers;
  if (before.value.uid !== after.uid || before.value.ownedFields === after.ownedFields) return undefined;
  return `was edited by ${others.length > 0 ? `field manager ${others.join(', ')}` : 'somebody'}; our fields are put back`;
}

/** @param before the child as it stood */
export async function tellRepair(call: Call, facts: Facts, object: Stored, before: Fact<Live>): Promise<void> {
  const isOurs = childName(object) in facts.memory.applied;
  const done = isOurs ? doneTo(object, before, facts) : undefined;
  if (done === undefined) return;
  await tell(call, facts, `${object.kind} ${object.metadata.name} ${done}`);
}

/** A StatefulSet that was gone without its pod: who took it, somebody or we, is not known. */
export const tellPutBack = (call: Call, facts: Facts, { kind, metadata: { name } }: Stored): Promise<void> =>
  tell(call, facts, `${kind} ${name} was gone while its pod ran on, and is put back over it`);

async function tell({ deps, signal }: Call, facts: Facts, note: string): Promise<void> {
  await deps.record({ regarding: regarding(facts.server), type: 'Normal', reason: 'ChildRepaired', action: 'Repair', note }, { signal }); // prettier-ignore
}

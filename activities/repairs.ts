// Tells when a child was put back: somebody deleted or edited it, and should learn why that did not last. One event for each.
import type { Stored } from '../src/api/kubernetes.ts';
import type { ChildFact, Fact, Facts, Live } from '../src/requirements/facts.ts';
import type { Written } from './children.ts';
import { childName } from './observe/children.ts';
import { liveOf } from './observe/live.ts';
import { regarding } from './publish.ts';
import type { Call } from './deps.ts';

/** The user's wishes are those that status has acknowledged: no apply of others is on its way, or was made without our learning of it. */
const isAcknowledged = ({ server: { metadata, status } }: Facts): boolean =>
  status?.observedGeneration === metadata.generation;

/**
 * What was done to a child that we had applied; undefined: nothing, or by ourselves. Where the same is meant as before, and the child is
 * again as it was applied then, what it differed in meanwhile was somebody's doing.
 */
function doneTo(object: Stored, before: Fact<Live>, facts: Facts, mark: string | undefined): string | undefined {
  if (before.state === 'absent') return 'was deleted by somebody and is made again';
  const isSameAgain = facts.memory.applied[childName(object)] === mark;
  if (before.state !== 'known' || before.value.ownership !== 'ours' || !isSameAgain) return undefined;
  const after = liveOf(object, facts.server);
  if (before.value.uid !== after.uid || before.value.ownedFields === after.ownedFields) return undefined;
  const others = before.value.otherManagers;
  // Who takes a field away owns nothing; neither does a change of our own that was wished for a moment.
  if (others.length === 0 && !isAcknowledged(facts)) return undefined;
  return `was edited by ${others.length > 0 ? `field manager ${others.join(', ')}` : 'somebody'}; our fields are put back`;
}

interface Repaired {
  readonly object: Stored;
  /** The child as it stood. */
  readonly before: Fact<Live>;
  /** The mark that it is remembered by from now on. */
  readonly mark: string | undefined;
}

export async function tellRepair(call: Call, facts: Facts, { object, before, mark }: Repaired): Promise<void> {
  const isOurs = childName(object) in facts.memory.applied;
  const done = isOurs ? doneTo(object, before, facts, mark) : undefined;
  if (done === undefined) return;
  await tell(call, facts, `${object.kind} ${object.metadata.name} ${done}`);
}

/** Those of the children that were written. */
export async function tellRepairs(
  call: Call,
  facts: Facts,
  children: readonly ChildFact[],
  { objects, marks }: Pick<Written, 'objects' | 'marks'>,
): Promise<void> {
  await Promise.all(
    objects.map(async (object) => {
      const child = childName(object);
      const before = children.find((fact) => fact.child === child)?.live;
      if (before) await tellRepair(call, facts, { object, before, mark: marks[child] });
    }),
  );
}

/** A StatefulSet that was gone without its pod: who took it, somebody or we, is not known. */
export const tellPutBack = (call: Call, facts: Facts, { kind, metadata: { name } }: Stored): Promise<void> =>
  tell(call, facts, `${kind} ${name} was gone while its pod ran on, and is put back over it`);

async function tell({ deps, signal }: Call, facts: Facts, note: string): Promise<void> {
  await deps.record({ regarding: regarding(facts.server), type: 'Normal', reason: 'ChildRepaired', action: 'Repair', note }, { signal }); // prettier-ignore
}

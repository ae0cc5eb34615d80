// Children of a DittoServer that are applied as objects, of the foundation and of its adapters: there, ours, and as we mean them; and what
// is not wanted any more is gone.
import { digest, fingerprint } from '../api/fingerprint.ts';
import { conflictMessage } from './conflict.ts';
import { unreadableWhy, valueOf, type ChildFact, type Facts, type Live } from './facts.ts';
import { unreadable, wait, type ActFinding, type Finding } from './finding.ts';

type Applied = Facts['memory']['applied'];

const isLeaving = ({ ownership, terminating }: Live): boolean => terminating || ownership === 'collected';

/** Whether it is to be there as ours. */
const isWanted = ({ policy }: ChildFact): boolean => policy !== 'unwanted' && policy !== 'noted';

/** The mark of what was written down once: somebody who takes it off again is not contradicted, since it is a note and no more. */
export const noteMark = ({ uid }: Pick<Live, 'uid'>, intent: string): string => fingerprint(uid, '', intent);

/** What an earlier DittoServer of this name left is ours to take over. */
function isDueOver({ child, intent, policy, lacking }: ChildFact, live: Live, applied: Applied): boolean {
  if (isLeaving(live)) return false;
  if (policy === 'noted') return lacking !== undefined && applied[child] !== noteMark(live, intent);
  if (policy === 'create-once') return live.ownership === 'former';
  if (policy === 'unwanted') return live.ownership === 'ours';
  if (live.ownership === 'former') return true;
  if (policy === 'with-template') return false;
  return live.ownership === 'ours' && applied[child] !== fingerprint(live.uid, live.ownedFields, intent);
}

/** Whether a child must be written or removed: it is not there, is no longer what was applied, or is not wanted. */
export function isDue(fact: ChildFact, applied: Applied): boolean {
  if (fact.live.state === 'absent') return isWanted(fact);
  return fact.live.state === 'known' && isDueOver(fact, fact.live.value, applied);
}

const namesOf = (facts: readonly ChildFact[]): string => facts.map(({ child }) => child).join(', ');

/** In words, what is to be done. */
function workOf(due: readonly ChildFact[]): string {
  const parts = [
    ['apply', due.filter(isWanted)],
    ['remove', due.filter(({ policy }) => policy === 'unwanted')],
  ] as const;
  return parts.flatMap(([verb, which]) => (which.length > 0 ? [`${verb} ${namesOf(which)}`] : [])).join('; ');
}

function act(due: readonly ChildFact[], { step, reason }: Pick<ActFinding, 'step' | 'reason'>): ActFinding {
  return {
    state: 'act',
    step,
    intent: digest(due.map(({ child, intent }) => [child, intent])),
    summary: workOf(due),
    needs: ['notDeleted', 'specValid', 'notPaused'],
    reason,
    message: `to do: ${workOf(due)}`,
    otherManagers: due.flatMap(({ live }) => valueOf(live)?.otherManagers ?? []),
  };
}

type Standing = readonly [child: string, live: Live];

const leavingClause = ([child, { ownership }]: Standing): string =>
  `${child}${ownership === 'collected' ? ' of an earlier DittoServer' : ''} is still being deleted`;

/** What stands in the way of what is wanted: the name is somebody else's, or is not free yet. */
function judgeStanding(standing: readonly Standing[]): Finding | undefined {
  const foreign = standing.filter(([, live]) => !isLeaving(live) && live.ownership === 'foreign');
  if (foreign.length > 0) return wait('ObjectConflict', conflictMessage(foreign));
  const leaving = standing.filter(([, live]) => isLeaving(live)).map(leavingClause);
  return leaving.length > 0 ? wait('ConfigTerminating', leaving.join('; ')) : undefined;
}

/**
 * What is to be waited for, or to be done; undefined when they are as we mean them.
 *
 * @param due the step that writes and removes them, with the reason that is told meanwhile
 */
export function judgeChildren(
  children: readonly ChildFact[],
  applied: Applied,
  due: Pick<ActFinding, 'step' | 'reason'>,
): Finding | undefined {
  const wanted = children.filter(isWanted);
  const obstacle = judgeStanding(wanted.flatMap(({ child, live }) => (live.state === 'known' ? [[child, live.value]] : []))); // prettier-ignore
  if (obstacle) return obstacle;
  const dueNow = children.filter((child) => isDue(child, applied));
  if (dueNow.length > 0) return act(dueNow, due);
  const hidden = wanted.flatMap(({ child, live }) => {
    const why = unreadableWhy(live);
    return why === undefined ? [] : [`${child} could not be read: ${why}`];
  });
  return hidden.length > 0 ? unreadable('InputsUnreadable', hidden.join('; ')) : undefined;
}

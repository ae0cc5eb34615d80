// ConfigMap, Services and generated Secrets: there, ours, and as we mean them.
import { digest, fingerprint } from '../api/fingerprint.ts';
import type { ChildFact, Facts, Live } from './facts.ts';
import { met, wait, type Requirement } from './finding.ts';

/** Whether a child must be written: it is not there, or is no longer what was applied. */
export function isDue(fact: ChildFact, applied: Facts['memory']['applied']): boolean {
  const { live, child, intent, policy } = fact;
  if (live.state === 'absent') return true;
  if (live.state === 'unreadable' || live.value.terminating) return false;
  if (policy === 'create-once') return live.value.ownership === 'former';
  if (live.value.ownership !== 'ours') return false;
  return applied[child] !== fingerprint(live.value.uid, live.value.ownedFields, intent);
}

const isLeaving = ({ ownership, terminating }: Live): boolean => terminating || ownership === 'collected';

function isForeign({ live, policy }: ChildFact): boolean {
  if (live.state !== 'known' || isLeaving(live.value)) return false;
  const { ownership } = live.value;
  return ownership === 'foreign' || (ownership === 'former' && policy === 'enforced');
}

export const foundationApplied: Requirement = {
  name: 'foundationApplied',
  condition: 'ConfigReady',
  judge: ({ foundation, memory }) => {
    const foreign = foundation.filter((fact) => isForeign(fact));
    if (foreign.length > 0) {
      const names = foreign.map(({ child }) => child).join(', ');
      return wait('ObjectConflict', `${names} exists and belongs to somebody else: delete or rename it`, {
        budget: 'inputs',
      });
    }
    const leaving = foundation.filter(({ live }) => live.state === 'known' && isLeaving(live.value));
    if (leaving.length > 0) {
      const names = leaving.map(({ child }) => child).join(', ');
      return wait('ConfigDue', `${names} of an earlier DittoServer is still being deleted`, { budget: 'inputs' });
    }
    const due = foundation.filter((fact) => isDue(fact, memory.applied));
    if (due.length > 0) {
      const names = due.map(({ child }) => child).join(', ');
      return {
        state: 'act',
        step: 'applyFoundation',
        intent: digest(due.map(({ child, intent }) => [child, intent])),
        summary: `apply ${names}`,
        needs: ['notDeleted', 'specValid', 'notPaused'],
        reason: 'ConfigDue',
        message: `to be applied: ${names}`,
        otherManagers: due.flatMap(({ live }) => (live.state === 'known' ? live.value.otherManagers : [])),
      };
    }
    const unreadable = foundation.find(({ live }) => live.state === 'unreadable');
    if (unreadable?.live.state === 'unreadable') {
      const message = `${unreadable.child} could not be read: ${unreadable.live.why}`;
      return wait('InputsUnreadable', message, { unknown: true });
    }
    return met('ConfigValid', 'the configuration is valid and applied');
  },
};

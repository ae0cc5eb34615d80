// Every protocol adapter that the server has switched on runs, and clients reach it by a Service that its NetworkPolicy lets through.
// What an adapter does never reaches the pod's template.
import { digest } from '../api/fingerprint.ts';
import type { KnownAdapter } from '../api/verdict.ts';
import { unreadableWhy, valueOf, type ChildFact, type Facts, type Live } from './facts.ts';
import { met, OFF, pending, unreadable, wait, type ActFinding, type Finding, type Requirement } from './finding.ts';
import { isDue } from './foundation-applied.ts';
import { wantedReplicas } from './stateful-set-plan.ts';

const namesOf = (children: readonly ChildFact[]): string => children.map(({ child }) => child).join(', ');

function apply(due: readonly ChildFact[]): ActFinding {
  const kept = due.filter(({ policy }) => policy === 'enforced');
  const removed = due.filter(({ policy }) => policy === 'unwanted');
  const parts = [
    ...(kept.length > 0 ? [`apply ${namesOf(kept)}`] : []),
    ...(removed.length > 0 ? [`remove ${namesOf(removed)}`] : []),
  ];
  return {
    state: 'act',
    step: 'exposeAdapters',
    intent: digest(due.map(({ child, intent }) => [child, intent])),
    summary: parts.join('; '),
    needs: ['notDeleted', 'specValid', 'notPaused'],
    reason: 'AdaptersDue',
    message: `due: ${parts.join('; ')}`,
    otherManagers: due.flatMap(({ live }) => valueOf(live)?.otherManagers ?? []),
  };
}

function judgeHealth(adapters: readonly KnownAdapter[]): Finding {
  const enabled = adapters.filter(({ enabled: on }) => on);
  const ill = enabled.filter(({ healthy }) => !healthy);
  if (ill.length > 0) {
    const which = ill.map(({ type, port }) => `${type} (port ${port})`).join(', ');
    return wait('AdapterNotHealthy', `switched on, but not running: ${which}`);
  }
  const told = enabled.map(({ type, port }) => `${type} on port ${port}`).join(', ');
  return met('AdaptersReachable', told === '' ? 'no adapter is switched on' : told);
}

function judgeChildren({ serverApi, memory }: Facts, adapters: readonly KnownAdapter[]): Finding {
  const { adapters: children } = serverApi;
  const which = (is: (live: Live, child: ChildFact) => boolean): readonly ChildFact[] =>
    children.filter((child) => child.live.state === 'known' && is(child.live.value, child));
  const leaving = which(
    ({ terminating, ownership }, { policy }) => policy === 'enforced' && (terminating || ownership === 'collected'),
  );
  const foreign = which(({ ownership }, { policy }) => policy === 'enforced' && ownership === 'foreign');
  const due = children.filter((child) => isDue(child, memory.applied));
  const hidden = children.filter(({ live }) => live.state === 'unreadable');

  if (foreign.length > 0) {
    return wait('ObjectConflict', `${namesOf(foreign)} exists and belongs to somebody else: remove it`);
  }
  if (leaving.length > 0) return wait('ConfigTerminating', `${namesOf(leaving)} is still being deleted`);
  if (due.length > 0) return apply(due);
  if (hidden.length > 0) {
    const clauses = hidden.map(({ child, live }) => `${child} could not be read: ${unreadableWhy(live) ?? ''}`);
    return unreadable('InputsUnreadable', clauses.join('; '));
  }
  return judgeHealth(adapters);
}

export const adaptersExposed: Requirement = {
  name: 'adaptersExposed',
  condition: 'AdaptersExposed',
  judge: (facts) => {
    if (wantedReplicas(facts) === 0) return OFF;
    const { adapters } = facts.memory.serverApi ?? {};
    if (!adapters) return pending('Blocked', 'the adapters are not known before the server’s API has answered');
    return judgeChildren(facts, adapters);
  },
};

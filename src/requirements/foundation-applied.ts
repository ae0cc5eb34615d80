// ConfigMap, Services, NetworkPolicy, ServiceMonitor and generated Secrets: there, ours, and as we mean them; and what is not wanted any
// more is gone.
import { digest, fingerprint } from '../api/fingerprint.ts';
import { conflictMessage } from './conflict.ts';
import { unreadableWhy, valueOf, type ChildFact, type Facts, type Live } from './facts.ts';
import { met, unreadable, wait, type ActFinding, type Finding, type Requirement } from './finding.ts';
import { withoutEffect } from './without-effect.ts';

type Applied = Facts['memory']['applied'];

const isLeaving = ({ ownership, terminating }: Live): boolean => terminating || ownership === 'collected';

/** Whether it is to be there as ours. */
const isWanted = ({ policy }: ChildFact): boolean => policy !== 'unwanted' && policy !== 'noted';

/** Somebody else's. What an earlier DittoServer of this name left is ours to take over. */
const isForeign = (fact: ChildFact, { ownership }: Live): boolean => isWanted(fact) && ownership === 'foreign';

/** The mark of what was written down once: somebody who takes it off again is not contradicted, since it is a note and no more. */
export const noteMark = ({ uid }: Pick<Live, 'uid'>, intent: string): string => fingerprint(uid, '', intent);

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

/** In words, what of the foundation is to be done. */
function workOf(due: readonly ChildFact[]): string {
  const parts = [
    ['apply', due.filter(isWanted)],
    ['write down on', due.filter(({ policy }) => policy === 'noted')],
    ['remove', due.filter(({ policy }) => policy === 'unwanted')],
  ] as const;
  return parts.flatMap(([verb, which]) => (which.length > 0 ? [`${verb} ${namesOf(which)}`] : [])).join('; ');
}

function apply(due: readonly ChildFact[]): ActFinding {
  return {
    state: 'act',
    step: 'applyFoundation',
    intent: digest(due.map(({ child, intent }) => [child, intent])),
    summary: workOf(due),
    needs: ['notDeleted', 'specValid', 'notPaused'],
    reason: 'ConfigDue',
    message: `to do: ${workOf(due)}`,
    otherManagers: due.flatMap(({ live }) => valueOf(live)?.otherManagers ?? []),
  };
}

const MOST_NAMED = 3;

function outdated(lacks: readonly string[]): string {
  const more = lacks.length > MOST_NAMED ? ` and ${lacks.length - MOST_NAMED} more` : '';
  return `; the CRD of DittoServers is older than the provisioner, so that ${lacks.slice(0, MOST_NAMED).join(', ')}${more} cannot be used: apply deploy/crd of this version`;
}

/** All is well; with what people should know beside that. */
function judgeGood({ spec, metadata }: Facts['server'], lacks: readonly string[]): Finding {
  const idle = withoutEffect(spec, metadata.annotations);
  const note = idle.length > 0 ? `; set, but without effect: ${idle.join(', ')}` : '';
  const message = `the configuration is valid and applied${note}`;
  return lacks.length > 0 ? met('CRDOutdated', `${message}${outdated(lacks)}`) : met('ConfigValid', message);
}

export const foundationApplied: Requirement = {
  name: 'foundationApplied',
  condition: 'ConfigReady',
  judge: ({ foundation, memory, server, crdLacks }) => {
    const which = (is: (live: Live, fact: ChildFact) => boolean): readonly ChildFact[] =>
      foundation.filter((fact) => fact.live.state === 'known' && is(fact.live.value, fact));

    const leaving = which((live, fact) => isWanted(fact) && isLeaving(live));
    const foreign = which((live, fact) => !isLeaving(live) && isForeign(fact, live));
    const due = foundation.filter((fact) => isDue(fact, memory.applied));
    const hidden = foundation.filter((fact) => fact.live.state === 'unreadable' && isWanted(fact));

    if (foreign.length > 0) {
      return wait(
        'ObjectConflict',
        conflictMessage(foreign.flatMap(({ child, live }) => (live.state === 'known' ? [[child, live.value]] : []))),
      );
    }
    if (leaving.length > 0) {
      return wait('ConfigTerminating', `${namesOf(leaving)} of an earlier DittoServer is still being deleted`);
    }
    if (due.length > 0) return apply(due);
    if (hidden.length > 0) {
      const clauses = hidden.map(({ child, live }) => `${child} could not be read: ${unreadableWhy(live) ?? ''}`);
      return unreadable('InputsUnreadable', clauses.join('; '));
    }
    return judgeGood(server, crdLacks);
  },
};

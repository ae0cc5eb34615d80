// The StatefulSet, with the hash of what its pod reads. Inputs and a ready database are needed only for its first creation
// and for a new hash; otherwise it is kept up with the hash that it has, whatever the database does.
import { digest } from '../api/fingerprint.ts';
import { conflictMessage } from './conflict.ts';
import { areNew, restLeftMs } from './credentials-rest.ts';
import { holdLeftMs, isFirst } from './postgres-ready.ts';
import { valueOf, type Facts, type StatefulSetFact } from './facts.ts';
import {
  holds,
  holdsOrDue,
  met,
  pending,
  unreadable,
  wait,
  type ActFinding,
  type Finding,
  type Findings,
  type Requirement,
  type RequirementName,
} from './finding.ts';
import { isTemplateDue, keptTemplate } from './template.ts';
import { isNewHash, isTakable, planStatefulSet, wantedReplicas, type StatefulSetPlan } from './stateful-set-plan.ts';

/** Starting and stopping leaves the template alone, and so the database that it is for. */
const FOR_SCALE: readonly RequirementName[] = ['specValid', 'foundationApplied'];
/** What stands needs nothing but a size for its volumes. */
const FOR_RESTORE: readonly RequirementName[] = ['specValid'];
/** What every writing of the template needs. */
const ALWAYS: readonly RequirementName[] = ['specValid', 'databaseSwitch', 'foundationApplied'];
/** What a first start and a new hash need. */
const FOR_NEW_HASH: readonly RequirementName[] = [
  ...ALWAYS,
  'inputsPresent',
  'postgresReady',
  'credentialsWhole',
  'databaseLogin',
];

/**
 * Whether a first start or a new hash may go ahead. After the first start a ready database must have been so for a while, and new credentials
 * must have stayed as they are.
 */
export function mayRoll(facts: Facts, findings: Findings): boolean {
  const hasRested = holdLeftMs(facts) === 0 && restLeftMs(facts) === 0;
  return blockerOf(FOR_NEW_HASH, findings) === undefined && (isFirst(facts) || hasRested);
}

/** The first of the requirements that neither holds nor is brought about by the same step. */
function blockerOf(needs: readonly RequirementName[], findings: Findings): RequirementName | undefined {
  return needs.find((name) => (name === 'foundationApplied' ? !holdsOrDue(findings, name) : !holds(findings, name)));
}

function messageOf(name: RequirementName, findings: Findings): string {
  const finding = findings.get(name);
  return finding && 'message' in finding ? finding.message : name;
}

function summaryOf(facts: Facts, plan: StatefulSetPlan): string {
  const live = valueOf(facts.statefulSet);
  if (plan.mode !== 'apply') {
    return { own: 'take over the StatefulSet', restore: 'put the StatefulSet back over its pod', scale: `scale to ${wantedReplicas(facts)}` }[plan.mode]; // prettier-ignore
  }
  if (!live) return isFirst(facts) ? 'provision' : 'put the StatefulSet back';
  if (!isNewHash(facts, live)) {
    return isTemplateDue(facts, live) ? `roll: pod template of revision ${facts.templateRevision}` : 'apply';
  }
  return areNew(facts) && facts.memory.credentials?.inUse !== undefined
    ? 'roll: database password changed'
    : 'roll: configuration changed';
}

function act(facts: Facts, plan: StatefulSetPlan, needs: readonly RequirementName[]): ActFinding {
  const summary = summaryOf(facts, plan);
  return {
    state: 'act',
    step: 'applyStatefulSet',
    intent: digest([plan, facts.statefulSetIntent, wantedReplicas(facts)]),
    summary,
    needs: ['notDeleted', 'notPaused', ...needs],
    reason: 'StatefulSetDue',
    message: `the StatefulSet is to be applied: ${summary}`,
    otherManagers: valueOf(facts.statefulSet)?.otherManagers ?? [],
  };
}

function judgeTroubled(live: StatefulSetFact, name: string): Finding | undefined {
  const { ownership, terminating } = live;
  if (terminating || ownership === 'collected') {
    return wait('StatefulSetTerminating', `StatefulSet "${name}" is being deleted`);
  }
  if (isTakable(live)) return undefined;
  return wait('ObjectConflict', conflictMessage([[`StatefulSet "${name}"`, live]]));
}

function settled(facts: Facts, live: StatefulSetFact): Finding {
  return live.updated
    ? met('ReconcileComplete', `nothing is under way${keptTemplate(facts)}`)
    : wait('StatefulSetUpdating', 'the StatefulSet is bringing its pods up to date');
}

/** Whether the pods should have another configuration or template than they have, as far as can be known. */
const awaitsRoll = (facts: Facts, live: StatefulSetFact): boolean =>
  facts.configHash.state === 'incomplete' || isTemplateDue(facts, live) || isNewHash(facts, live);

function heldBack(live: StatefulSetFact | undefined, blocker: RequirementName, findings: Findings): Finding {
  const why = messageOf(blocker, findings);
  if (live) return wait('HeldBack', `the pods keep the configuration that they have: ${why}`);
  return blocker === 'postgresReady' || blocker === 'credentialsWhole'
    ? pending('WaitingForDatabase', 'the StatefulSet is created when the database is ready')
    : pending('Blocked', `the StatefulSet is created when this is mended: ${why}`);
}

function needsOf(plan: StatefulSetPlan | undefined, free: boolean): readonly RequirementName[] {
  if (plan?.mode === 'restore') return FOR_RESTORE;
  if (plan?.mode === 'scale') return FOR_SCALE;
  return plan && (!free || plan.mode === 'own') ? ALWAYS : FOR_NEW_HASH;
}

function judgeOurs(facts: Facts, findings: Findings): Finding {
  const live = valueOf(facts.statefulSet);
  const free = mayRoll(facts, findings);
  const plan = planStatefulSet(facts, free);
  if (!plan && live && !awaitsRoll(facts, live)) return settled(facts, live);

  const needs = needsOf(plan, free);
  const blocker = blockerOf(needs, findings);
  if (blocker !== undefined) return heldBack(live, blocker, findings);
  return plan ? act(facts, plan, needs) : settling(facts);
}

/** Nothing is in the way but time. */
function settling(facts: Facts): Finding {
  const [holdMs, restMs] = [holdLeftMs(facts), restLeftMs(facts)];
  if (holdMs >= restMs) {
    return wait('PostgresSettling', 'PostgreSQL is ready; waiting for that to hold', { recheckMs: holdMs });
  }
  const message = 'the database has new credentials; waiting for them to stay as they are';
  return wait('CredentialsSettling', message, { recheckMs: restMs });
}

export const statefulSetApplied: Requirement = {
  name: 'statefulSetApplied',
  condition: 'Progressing',
  judge: (facts, findings) => {
    const { statefulSet, leftTemplate, server } = facts;
    if (statefulSet.state === 'unreadable') {
      return unreadable('PodsUnreadable', `the StatefulSet could not be read: ${statefulSet.why}`);
    }
    if (leftTemplate.state === 'unreadable') {
      const why = `its pod is left, and the template for it could not be read: ${leftTemplate.why}`;
      return unreadable('PodsUnreadable', `the StatefulSet is gone; ${why}`);
    }
    const live = valueOf(statefulSet);
    return (live && judgeTroubled(live, server.metadata.name)) ?? judgeOurs(facts, findings);
  },
};

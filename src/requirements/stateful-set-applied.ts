// The StatefulSet, with the hash of what its pod reads. Inputs and a ready database are needed only for its first creation
// and for a new hash; otherwise it is kept up with the hash that it has, whatever the database does.
import { digest, fingerprint } from '../api/fingerprint.ts';
import { names } from '../api/names.ts';
import { holdLeftMs, isFirst } from './postgres-ready.ts';
import { valueOf, type Facts, type StatefulSetFact } from './facts.ts';
import {
  holds,
  met,
  pending,
  wait,
  type ActFinding,
  type Finding,
  type Findings,
  type Requirement,
  type RequirementName,
} from './finding.ts';

/** How the StatefulSet is to be written. `scale` leaves the template as it is. */
export type StatefulSetPlan =
  /** Without a hash: the one that is known once the generated Secrets are made, in the same step. */
  { readonly mode: 'apply'; readonly hash: string | undefined } | { readonly mode: 'scale' };

const ALWAYS: readonly RequirementName[] = [
  'notDeleted',
  'specValid',
  'databaseSwitch',
  'notPaused',
  'foundationApplied',
];
const FOR_NEW_HASH: readonly RequirementName[] = [...ALWAYS, 'inputsPresent', 'postgresReady', 'credentialsWhole'];

/** The name under which the workflow remembers the StatefulSet. */
export const statefulSetChild = (server: string): string => `StatefulSet/${names(server).statefulSet}`;

/** Replicas that the DittoServer asks for. */
export const wantedReplicas = ({ server }: Facts): number => server.spec?.replicas ?? 1;

/** The hash that the pods have, as far as anybody remembers. */
function presentHash({ statefulSet, server }: Facts): string | undefined {
  const live = valueOf(statefulSet);
  return (live?.configHash ?? '') || server.status?.configHash || undefined;
}

const computedHash = ({ configHash }: Facts): string | undefined =>
  configHash.state === 'computed' ? configHash.hash : undefined;

/** Whether what stands is what was applied last. */
function isCurrent(facts: Facts, live: StatefulSetFact, hash: string): boolean {
  const mark = fingerprint(live.uid, live.ownedFields, `${facts.statefulSetIntent}/${hash}`);
  return facts.memory.applied[statefulSetChild(facts.server.metadata.name)] === mark;
}

function act(facts: Facts, plan: StatefulSetPlan, summary: string, needs = ALWAYS): ActFinding {
  return {
    state: 'act',
    step: 'applyStatefulSet',
    intent: digest([plan, facts.statefulSetIntent, wantedReplicas(facts)]),
    summary,
    needs,
    reason: 'StatefulSetDue',
    message: `the StatefulSet is to be applied: ${summary}`,
    otherManagers: valueOf(facts.statefulSet)?.otherManagers ?? [],
  };
}

/** What the step should do now; undefined when nothing is due, or a new hash is held back and nothing else is to be done. */
export function planStatefulSet(facts: Facts, mayRoll: boolean): StatefulSetPlan | undefined {
  const live = valueOf(facts.statefulSet);
  const wanted = computedHash(facts);
  const present = presentHash(facts);
  if (!live) {
    const hash = (mayRoll ? wanted : undefined) ?? present;
    if (hash !== undefined) return { mode: 'apply', hash };
    return mayRoll && facts.configHash.state === 'due' ? { mode: 'apply', hash } : undefined;
  }
  if (wanted !== undefined && (mayRoll || wanted === live.configHash)) {
    return wanted === live.configHash && isCurrent(facts, live, wanted) ? undefined : { mode: 'apply', hash: wanted };
  }
  return live.replicas === wantedReplicas(facts) ? undefined : { mode: 'scale' };
}

function summaryOf(facts: Facts, plan: StatefulSetPlan): string {
  const live = valueOf(facts.statefulSet);
  if (plan.mode === 'scale') return `scale to ${wantedReplicas(facts)}`;
  if (!live) return isFirst(facts) ? 'provision' : 'put the StatefulSet back';
  return live.configHash === plan.hash ? 'apply' : 'roll: configuration changed';
}

function settled(live: StatefulSetFact): Finding {
  return live.updated
    ? met('ReconcileComplete', 'nothing is under way')
    : wait('StatefulSetUpdating', 'the StatefulSet is bringing its pods up to date', { budget: 'pods' });
}

function blocker(findings: Findings): string {
  return FOR_NEW_HASH.filter((name) => !holds(findings, name) && findings.get(name)?.state !== 'act')
    .map((name) => {
      const finding = findings.get(name);
      return finding && 'message' in finding ? finding.message : name;
    })
    .slice(0, 1)
    .join();
}

const inputsHold = (findings: Findings): boolean =>
  FOR_NEW_HASH.every((name) => name === 'foundationApplied' || holds(findings, name));

/** Whether a first start or a new hash may go ahead. After the first start a ready database must have been so for a while. */
export function mayRoll(facts: Facts, findings: Findings): boolean {
  return inputsHold(findings) && (isFirst(facts) || holdLeftMs(facts) === 0);
}

function heldBack(live: StatefulSetFact | undefined, findings: Findings): Finding {
  if (!live) {
    const database = !holds(findings, 'postgresReady') || !holds(findings, 'credentialsWhole');
    return database
      ? pending('WaitingForDatabase', 'the StatefulSet is created when the database is ready')
      : pending('Blocked', `the StatefulSet is created when this is mended: ${blocker(findings)}`);
  }
  return wait('HeldBack', `a new configuration waits, the pod keeps the one it has: ${blocker(findings)}`);
}

export const statefulSetApplied: Requirement = {
  name: 'statefulSetApplied',
  condition: 'Progressing',
  judge: (facts, findings) => {
    const { statefulSet } = facts;
    if (statefulSet.state === 'unreadable') {
      return wait('PodsUnreadable', `the StatefulSet could not be read: ${statefulSet.why}`, { unknown: true });
    }
    const live = valueOf(statefulSet);
    if (live?.terminating || live?.ownership === 'collected') {
      return wait('StatefulSetTerminating', `StatefulSet "${facts.server.metadata.name}" is being deleted`);
    }
    if (live && live.ownership !== 'ours') {
      const message = `StatefulSet "${facts.server.metadata.name}" exists and belongs to somebody else: delete or rename it`;
      return wait('ObjectConflict', message);
    }
    const free = mayRoll(facts, findings);
    const plan = planStatefulSet(facts, free);
    if (plan) return act(facts, plan, summaryOf(facts, plan), free ? FOR_NEW_HASH : ALWAYS);
    if (inputsHold(findings) && !free) {
      const recheckMs = holdLeftMs(facts);
      if (!live || computedHash(facts) !== live.configHash) {
        return wait('PostgresSettling', 'PostgreSQL is ready; waiting for that to hold', { recheckMs });
      }
    }
    const held = !live || (!free && computedHash(facts) !== live.configHash);
    return held ? heldBack(live, findings) : settled(live);
  },
};

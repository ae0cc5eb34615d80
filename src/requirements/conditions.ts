// From findings to metav1 conditions: what `kubectl get` and GitOps tools read.
import type { Condition } from '../api/kubernetes.ts';
import type { ConditionType, Reason } from '../api/reasons.ts';
import type { Facts } from './facts.ts';
import type { Finding, Findings, Requirement, WaitFinding } from './finding.ts';
import type { Settings } from './settings.ts';

type Status = Condition['status'];
type Unmet = Exclude<Finding, { state: 'met' } | { state: 'off' }>;

/** A condition before it knows since when it holds. */
interface Told {
  readonly type: ConditionType;
  readonly status: Status;
  readonly reason: Reason;
  readonly message: string;
}

/** Reasons of Progressing with which work goes on; with every other unmet one it rests. */
const UNDER_WAY: ReadonlySet<Reason> = new Set<Reason>([
  'StatefulSetDue',
  'StatefulSetUpdating',
  'StatefulSetTerminating',
  'WaitingForDatabase',
  'PostgresSettling',
]);

const isUnmet = (finding: Finding | undefined): finding is Unmet =>
  finding !== undefined && finding.state !== 'met' && finding.state !== 'off';

/** RFC 3339 with whole seconds, as metav1.Time. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

function statusOfUnmet(type: ConditionType, finding: Unmet): Status {
  if (type === 'Progressing') return UNDER_WAY.has(finding.reason) ? 'True' : 'False';
  if (finding.state === 'wait') return finding.unknown ? 'Unknown' : 'False';
  return 'Unknown';
}

/** One condition from the findings of its requirements: the first that is unmet speaks, else the last that is met. */
function tell(type: ConditionType, findings: readonly Finding[]): Told | undefined {
  const unmet = findings.find(isUnmet);
  if (unmet) return { type, status: statusOfUnmet(type, unmet), reason: unmet.reason, message: unmet.message };
  const good = findings.findLast((finding) => finding.state === 'met');
  if (!good) return undefined;
  return { type, status: type === 'Progressing' ? 'False' : 'True', reason: good.reason, message: good.message };
}

/** The unmet finding that a person should read first: what it waits for, else what is about to be done. */
export function primaryUnmet(findings: Findings): Unmet | undefined {
  const unmet = [...findings]
    .filter(([name, finding]) => name !== 'notPaused' && isUnmet(finding))
    .map(([, found]) => found);
  const paused = findings.get('notPaused');
  if (unmet.length > 0 && isUnmet(paused) && !unmet.some(({ state }) => state === 'wait')) return paused;
  const first = (state: Finding['state']): Finding | undefined => unmet.find((finding) => finding.state === state);
  const found = first('wait') ?? first('act') ?? first('pending');
  return isUnmet(found) ? found : undefined;
}

function tellReady(findings: Findings): Told {
  const primary = primaryUnmet(findings);
  if (!primary)
    return { type: 'Ready', status: 'True', reason: 'AllConditionsMet', message: 'the DittoServer is as asked for' };
  const status = primary.state === 'wait' && primary.unknown ? 'Unknown' : 'False';
  return { type: 'Ready', status, reason: primary.reason, message: primary.message };
}

/** A deadline that runs, and whether it has passed. */
export interface Deadline {
  readonly finding: WaitFinding;
  readonly sinceMs: number;
  readonly atMs: number;
}

export interface ConditionReport {
  readonly conditions: readonly Condition[];
  readonly deadlines: readonly Deadline[];
}

/** Since when a condition has had its status: the stored transition time, or now when it changes. */
function sinceMs(facts: Facts, type: string, status: Status): number {
  const stored = facts.server.status?.conditions?.find((condition) => condition.type === type);
  const atMs = stored?.status === status ? Date.parse(stored.lastTransitionTime) : Number.NaN;
  const whole = Math.floor(facts.nowMs / 1000) * 1000;
  return Number.isNaN(atMs) || atMs === 0 ? whole : Math.min(atMs, whole);
}

/** Progressing=False is also what a DittoServer at rest shows, so it cannot tell since when something is wrong: Ready can. */
function clockOf(condition: ConditionType, status: Status): [ConditionType, Status] {
  return condition === 'Progressing' && status === 'False' ? ['Ready', 'False'] : [condition, status];
}

function deadlinesOf(facts: Facts, told: readonly Told[], settings: Settings, chain: Chain): readonly Deadline[] {
  return chain.flatMap(([{ condition }, finding]) => {
    if (finding.state !== 'wait' || finding.budget === undefined) return [];
    const status = told.find(({ type }) => type === condition)?.status ?? 'False';
    const since = sinceMs(facts, ...clockOf(condition, status));
    return [{ finding, sinceMs: since, atMs: since + settings.deadlinesMs[finding.budget] }];
  });
}

function tellStalled(passed: Deadline | undefined): Told {
  return passed
    ? {
        type: 'Stalled',
        status: 'True',
        reason: 'DeadlinePassed',
        message: `overdue since ${timestamp(passed.atMs)}: ${passed.finding.message}`,
      }
    : { type: 'Stalled', status: 'False', reason: 'InTime', message: 'no deadline has passed' };
}

export type Chain = readonly (readonly [Requirement, Finding])[];

/** While pods start, the work is not complete although the StatefulSet is applied. */
function tellProgressing(told: Told | undefined, available: Told | undefined, stalled: boolean): Told | undefined {
  const starting = told?.reason === 'ReconcileComplete' && available?.status === 'False' && !stalled;
  return starting
    ? { type: 'Progressing', status: 'True', reason: available.reason, message: available.message }
    : told;
}

/** All conditions, in a fixed order, with the transition times that they keep or begin. */
export function conditionsOf(facts: Facts, findings: Findings, chain: Chain, settings: Settings): ConditionReport {
  const of = (type: ConditionType): Told | undefined =>
    tell(type, chain.filter(([requirement]) => requirement.condition === type).map(([, finding]) => finding)); // prettier-ignore
  const [config, database, available] = [of('ConfigReady'), of('DatabaseReady'), of('Available')];
  const base = [config, database, available, of('Progressing')].filter((told) => told !== undefined);
  const deadlines = deadlinesOf(facts, base, settings, chain);
  const stalled = tellStalled(deadlines.find(({ atMs }) => atMs <= facts.nowMs));
  const progressing = tellProgressing(of('Progressing'), available, stalled.status === 'True');
  const told = [tellReady(findings), config, database, available, progressing, stalled].filter(
    (one) => one !== undefined,
  );
  const observedGeneration = facts.server.metadata.generation ?? 0;
  const conditions = told.map((one) => ({
    ...one,
    observedGeneration,
    lastTransitionTime: timestamp(sinceMs(facts, one.type, one.status)),
  }));
  return { conditions, deadlines };
}

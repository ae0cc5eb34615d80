// From findings to metav1 conditions: what `kubectl get` and GitOps tools read.
import { timestamp, type Condition } from '../api/kubernetes.ts';
import { deadlineOf, type ConditionType, type Reason } from '../api/reasons.ts';
import type { Facts } from './facts.ts';
import { countsForReady, type Finding, type Findings, type Requirement, type WaitFinding } from './finding.ts';
import type { Settings } from './settings.ts';

type Status = Condition['status'];
export type Unmet = Exclude<Finding, { state: 'met' } | { state: 'off' }>;

/** The requirements with what they found. */
export type Chain = readonly (readonly [Requirement, Finding])[];

/** A condition before it knows since when it holds. */
interface Told {
  readonly type: ConditionType;
  readonly status: Status;
  readonly reason: Reason;
  readonly message: string;
  /** The wait that it tells of. */
  readonly wait?: WaitFinding;
}

/** Reasons of Progressing with which work goes on; with every other unmet one it rests. */
const UNDER_WAY: ReadonlySet<Reason> = new Set<Reason>([
  'StatefulSetDue',
  'StatefulSetUpdating',
  'StatefulSetTerminating',
  'RolloutStuck',
  'WaitingForDatabase',
  'PostgresSettling',
  'CredentialsSettling',
]);

/** True for a reason with which the work goes on by itself. */
export const isUnderWay = (reason: Reason): boolean => UNDER_WAY.has(reason);

const isUnmet = (finding: Finding): finding is Unmet => finding.state !== 'met' && finding.state !== 'off';
const isWait = (finding: Finding): finding is WaitFinding => finding.state === 'wait';

/**
 * The one that a person should read first: what is waited for, and of that rather what hinders than what goes on; else what is
 * about to be done.
 */
function foremost(findings: readonly Finding[]): Unmet | undefined {
  const unmet = findings.filter(isUnmet);
  const waits = unmet.filter(isWait);
  const act = unmet.find(({ state }) => state === 'act');
  return waits.find(({ reason }) => !UNDER_WAY.has(reason)) ?? waits[0] ?? act ?? unmet[0];
}

/** The finding that Ready tells. A pause counts only for what it holds: a DittoServer that needs no step stays ready. */
export function primaryUnmet(findings: Findings): Unmet | undefined {
  const others = [...findings].filter(([name, finding]) => countsForReady(name, finding)).map(([, finding]) => finding);
  const first = foremost(others);
  const paused = findings.get('notPaused');
  return first && first.state !== 'wait' && paused?.state === 'wait' ? paused : first;
}

function statusOfUnmet(type: ConditionType, finding: Unmet): Status {
  if (type === 'Progressing') return UNDER_WAY.has(finding.reason) ? 'True' : 'False';
  return finding.state === 'wait' && !finding.unknown ? 'False' : 'Unknown';
}

/** One condition from the findings of its requirements: the foremost unmet one speaks, else the last that is met. */
function tell(type: ConditionType, chain: Chain): Told | undefined {
  const findings = chain.filter(([{ condition }]) => condition === type).map(([, finding]) => finding);
  const unmet = foremost(findings);
  if (unmet) {
    const { reason, message } = unmet;
    return { type, status: statusOfUnmet(type, unmet), reason, message, ...(isWait(unmet) && { wait: unmet }) };
  }
  const good = findings.findLast((finding) => finding.state === 'met');
  if (!good) return undefined;
  return { type, status: type === 'Progressing' ? 'False' : 'True', reason: good.reason, message: good.message };
}

/**
 * A DittoServer that is ready stays so while it is paused, or while a share for a policy is yet to be made, but says so: else the
 * annotation is found only at the next edit, and the missing share when a snapshot is.
 */
function tellReadyWhole(findings: Findings): Told {
  const message = 'the DittoServer is as asked for';
  const aside = [...findings.values()].find(isWait);
  return aside
    ? { type: 'Ready', status: 'True', reason: aside.reason, message: `${message}; ${aside.message}` }
    : { type: 'Ready', status: 'True', reason: 'AllConditionsMet', message };
}

function tellReady(findings: Findings): Told {
  const primary = primaryUnmet(findings);
  if (!primary) return tellReadyWhole(findings);
  const status = isWait(primary) && primary.unknown ? 'Unknown' : 'False';
  return { type: 'Ready', status, reason: primary.reason, message: primary.message };
}

/** A deadline that runs, or has passed. */
export interface Deadline {
  readonly finding: WaitFinding;
  /** Epoch ms. */
  readonly atMs: number;
}

/** What the time of a condition counts. ReconcileComplete is the one good reason that shares its status with bad ones. */
function clockOf(reason: string): 'rest' | 'deadline' | 'no deadline' {
  if (reason === 'ReconcileComplete') return 'rest';
  return deadlineOf(reason) === undefined ? 'no deadline' : 'deadline';
}

/**
 * Since when a condition has stood: its stored transition time, or now when its status changes. When the status stays but a
 * deadline begins to run (a mistake was mended, now something is awaited), that is a transition too: else the deadline would
 * have passed before it began. Kept in status alone, so that a lost workflow does not start the clock again.
 */
function sinceMs(facts: Facts, { type, status, reason }: Told): number {
  const nowMs = Math.floor(facts.nowMs / 1000) * 1000;
  const stored = facts.server.status?.conditions?.find((condition) => condition.type === type);
  if (stored?.status !== status) return nowMs;
  if (type !== 'Ready' && clockOf(stored.reason) !== clockOf(reason)) return nowMs;
  const storedMs = Date.parse(stored.lastTransitionTime);
  // 0 is the default of the CRD, which nobody has told yet.
  return storedMs > 0 ? Math.min(storedMs, nowMs) : nowMs;
}

function deadlinesOf(facts: Facts, told: readonly Told[], { deadlinesMs }: Settings): readonly Deadline[] {
  return told.flatMap((one) => {
    if (one.wait?.budget === undefined) return [];
    return [{ finding: one.wait, atMs: sinceMs(facts, one) + deadlinesMs[one.wait.budget] }];
  });
}

function tellStalled(passed: Deadline | undefined): Told {
  if (!passed) return { type: 'Stalled', status: 'False', reason: 'InTime', message: 'no deadline has passed' };
  const message = `overdue since ${timestamp(passed.atMs)}: ${passed.finding.message}`;
  return { type: 'Stalled', status: 'True', reason: 'DeadlinePassed', message };
}

/** While pods start, the work is not complete although the StatefulSet is applied. */
function withStartingPods(progressing: Told | undefined, available: Told | undefined): Told | undefined {
  if (progressing?.reason !== 'ReconcileComplete' || available?.status !== 'False') return progressing;
  return { type: 'Progressing', status: 'True', reason: available.reason, message: available.message };
}

const isTold = (told: Told | undefined): told is Told => told !== undefined;

export interface ConditionReport {
  readonly conditions: readonly Condition[];
  readonly deadlines: readonly Deadline[];
}

/** All conditions, in a fixed order, with the transition times that they keep or begin. */
export function conditionsOf(facts: Facts, findings: Findings, chain: Chain, settings: Settings): ConditionReport {
  const takeOver = tell('TakenOver', chain);
  const [config, database, available, account, adapters, progressing] = [
    tell('ConfigReady', chain),
    tell('DatabaseReady', chain),
    tell('Available', chain),
    tell('Authenticated', chain),
    tell('AdaptersExposed', chain),
    tell('Progressing', chain),
  ];
  const parts = [takeOver, config, database, available, account, adapters];
  const deadlines = deadlinesOf(facts, [...parts, progressing].filter(isTold), settings);
  const passed = deadlines.find(({ atMs }) => atMs <= facts.nowMs);
  const work = passed ? progressing : withStartingPods(progressing, available);
  const snapshots = tell('SnapshotsScheduled', chain);
  const told = [tellReady(findings), ...parts, snapshots, work, tellStalled(passed)].filter(isTold);
  const observedGeneration = facts.server.metadata.generation ?? 0;
  const conditions = told.map((one) => {
    const { type, status, reason, message } = one;
    return {
      type,
      status,
      reason,
      message,
      observedGeneration,
      lastTransitionTime: timestamp(sinceMs(facts, one)),
    };
  });
  return { conditions, deadlines };
}

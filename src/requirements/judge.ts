// Judges all requirements, chooses the next step, and tells what a user sees: the one place where findings meet.
import type { Condition } from '../api/kubernetes.ts';
import type { Budget, ConditionType, Reason } from '../api/reasons.ts';
import type { Stage, Step, StepName } from '../api/verdict.ts';
import { failureSinceLook } from './attempts.ts';
import { conditionsOf, isUnderWay, primaryUnmet, type Chain, type Deadline, type Unmet } from './conditions.ts';
import { contestFinding, contestPause } from './contest.ts';
import type { Facts } from './facts.ts';
import {
  holds,
  holdsOrDue,
  OFF,
  pending,
  UNTOLD,
  wait,
  type ActFinding,
  type Finding,
  type Findings,
  type Requirement,
  type RequirementName,
  type WaitFinding,
} from './finding.ts';
import { FIRST_MS, LONGEST_MS, recheckSettled, recheckWaiting } from './recheck.ts';
import type { Settings } from './settings.ts';

export interface Judgement {
  readonly findings: Findings;
  readonly next?: Step;
  readonly conditions: readonly Condition[];
  readonly stage: Stage;
  readonly ready: boolean;
  readonly stalled: boolean;
  readonly reason: Reason;
  readonly message: string;
  /** Epoch ms since when the reason's condition has stood. */
  readonly sinceMs: number;
  readonly deadlineMs?: number;
  readonly recheckAfterMs: number;
}

/** Steps that write the due part of the foundation along with their own object. */
const CARRIERS: ReadonlySet<StepName> = new Set<StepName>(['createPostgresCluster', 'applyStatefulSet']);

const BUDGET_OF: Readonly<Record<StepName, Budget>> = {
  takeOver: 'inputs',
  applyFoundation: 'inputs',
  createPostgresCluster: 'database',
  adoptPostgresCluster: 'database',
  updatePostgresCluster: 'database',
  applyDeletionPolicy: 'database',
  rotateDatabasePassword: 'database',
  growVolumes: 'inputs',
  verifyDatabaseLogin: 'database',
  applyStatefulSet: 'pods',
  removeStuckPod: 'pods',
  connectServerApi: 'pods',
  exposeAdapters: 'pods',
  applySnapshotPolicies: 'pods',
  deleteData: 'database',
  reportLeftovers: 'inputs',
};

/** What a finding becomes when its step must not be taken now: it has failed since the last look, or it is a contest. */
function tempered({ memory, nowMs }: Facts, finding: Finding): Finding {
  if (finding.state !== 'act') return finding;
  const budget = BUDGET_OF[finding.step];
  const failure = failureSinceLook(memory, finding.step);
  if (failure) return wait(failure.reason, failure.message, { budget });
  const pauseMs = contestPause(memory, finding, nowMs);
  return pauseMs > 0 ? contestFinding(finding, pauseMs, budget) : finding;
}

function judgeAll(requirements: readonly Requirement[], facts: Facts): Findings {
  const findings = new Map<RequirementName, Finding>();
  for (const { name, judge: judgeOne } of requirements) {
    findings.set(name, tempered(facts, judgeOne(facts, findings)));
  }
  return findings;
}

/** The first need of a step that neither holds nor is brought about by the same step. Nothing is written before the take-over. */
function blockerOf(findings: Findings, { needs, step }: ActFinding): Finding | undefined {
  const takeOver = findings.get('takenOver');
  if (step !== 'takeOver' && takeOver && !holds(findings, 'takenOver')) return takeOver;
  const carried = (name: RequirementName): boolean => name === 'foundationApplied' && CARRIERS.has(step);
  const name = needs.find((need) => !(carried(need) ? holdsOrDue(findings, need) : holds(findings, need)));
  return name && findings.get(name);
}

/** A step that must not be taken yet is told as held back, with what holds it. */
function asTold(findings: Findings, [name, finding]: readonly [RequirementName, Finding]): Finding {
  if (UNTOLD.has(name)) return OFF;
  const blocker = finding.state === 'act' ? blockerOf(findings, finding) : undefined;
  if (finding.state !== 'act' || !blocker || !('message' in blocker)) return finding;
  const reason = finding.reason === 'DatabaseDue' ? 'DatabaseBlocked' : 'Blocked';
  return pending(reason, `${finding.message}; held back: ${blocker.message}`);
}

/**
 * The first step whose needs are met. The foundation goes along with a step that carries it; a login to the database goes before it,
 * since what it lets through is such a step.
 */
function chooseAct(findings: Findings): ActFinding | undefined {
  const acts = [...findings.values()]
    .filter((finding) => finding.state === 'act')
    .filter((act) => blockerOf(findings, act) === undefined);
  const [first] = acts;
  if (first?.step !== 'applyFoundation') return first;
  const login = acts.find(({ step }) => step === 'verifyDatabaseLogin');
  return acts.find(({ step }) => CARRIERS.has(step)) ?? login ?? first;
}

const STAGE_OF: Readonly<Partial<Record<ConditionType, Stage>>> = {
  ConfigReady: 'Blocked',
  DatabaseReady: 'WaitingForDatabase',
  Available: 'WaitingForPods',
  Authenticated: 'WaitingForServer',
  AdaptersExposed: 'WaitingForServer',
  SnapshotsScheduled: 'WaitingForServer',
};

function stageOf(findings: Findings, act: ActFinding | undefined, told: Teller | undefined): Stage {
  if (!holds(findings, 'notDeleted')) return 'Deleting';
  if (!holds(findings, 'notPaused')) return 'Paused';
  if (act) return 'Provisioning';
  if (!told) return 'Ready';
  return STAGE_OF[told.condition] ?? (isUnderWay(told.finding.reason) ? 'Provisioning' : 'Blocked');
}

/** The finding that a person should read, and the condition that it belongs to. */
interface Teller {
  readonly finding: Unmet;
  readonly condition: ConditionType;
}

/** The step that is about to be taken, else what Ready tells; of a DittoServer that is ready and paused, the pause. */
function tellerOf(chain: Chain, findings: Findings, act: ActFinding | undefined): Teller | undefined {
  const paused = findings.get('notPaused');
  const isTold = chain.some(([, found]) => found === act);
  const finding =
    (isTold ? act : undefined) ?? primaryUnmet(findings) ?? (paused?.state === 'wait' ? paused : undefined);
  const condition = chain.find(([, found]) => found === finding)?.[0].condition;
  return finding && condition && { finding, condition };
}

function sinceOf(conditions: readonly Condition[], type: ConditionType, nowMs: number): number {
  const told = conditions.find((condition) => condition.type === type);
  return told ? Date.parse(told.lastTransitionTime) : nowMs;
}

interface Clock {
  readonly sinceMs: number;
  readonly deadlines: readonly Deadline[];
}

/** A wait that has no deadline lasts until somebody edits what it names. */
const isForAPerson = ({ budget, recheckMs }: WaitFinding): boolean => budget === undefined && recheckMs === undefined;

function recheckOf(facts: Facts, findings: Findings, { sinceMs, deadlines }: Clock, { resyncMs }: Settings): number {
  const waits = [...findings].filter(([name]) => name !== 'notPaused').map(([, finding]) => finding);
  const awaited = waits.filter((finding) => finding.state === 'wait');
  if (awaited.length === 0) {
    const settledMs = recheckSettled(resyncMs, facts.server.metadata.uid);
    // Nothing tells when the CRD is replaced.
    return facts.crdLacks.length > 0 ? Math.min(settledMs, LONGEST_MS) : settledMs;
  }
  if (awaited.every(isForAPerson)) return LONGEST_MS;
  const left = deadlines.length > 0 ? Math.min(...deadlines.map(({ atMs }) => atMs)) - facts.nowMs : undefined;
  const asked = awaited.flatMap(({ recheckMs }) => (recheckMs === undefined ? [] : [recheckMs]));
  const firstMs = facts.memory.attempts.some(({ failure }) => failure) ? FIRST_MS.untold : FIRST_MS.watched;
  return Math.max(0, Math.min(recheckWaiting(firstMs, facts.nowMs - sinceMs, left), ...asked));
}

const stepOf = ({ step, intent, summary }: ActFinding): Step => ({ name: step, intent, summary });

const GOOD = { reason: 'AllConditionsMet', message: 'the DittoServer is as asked for' } as const;

/**
 * Judges the facts.
 *
 * @param requirements in their order (src/requirements/index.ts)
 */
export function judge(requirements: readonly Requirement[], facts: Facts, settings: Settings): Judgement {
  const findings = judgeAll(requirements, facts);
  const told: Findings = new Map([...findings].map((one) => [one[0], asTold(findings, one)]));
  const chain: Chain = requirements.map((one) => [one, told.get(one.name) ?? OFF] as const);
  const { conditions, deadlines } = conditionsOf(facts, told, chain, settings);
  const act = chooseAct(findings);
  const teller = tellerOf(chain, told, act);
  const { reason, message } = teller?.finding ?? GOOD;
  const sinceMs = sinceOf(conditions, teller?.condition ?? 'Ready', facts.nowMs);
  const deadline = deadlines.find(({ finding }) => finding === teller?.finding);
  const isTrue = (wanted: ConditionType): boolean =>
    conditions.some(({ type, status }) => type === wanted && status === 'True');
  return {
    findings,
    ...(act && { next: stepOf(act) }),
    conditions,
    stage: stageOf(findings, act, teller),
    ready: isTrue('Ready'),
    stalled: isTrue('Stalled'),
    reason,
    message,
    sinceMs,
    ...(deadline && { deadlineMs: deadline.atMs }),
    recheckAfterMs: recheckOf(facts, findings, { sinceMs, deadlines }, settings),
  };
}

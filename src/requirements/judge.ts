// Judges all requirements, chooses the next step, and tells what a user sees: the one place where findings meet.
import type { Condition } from '../api/kubernetes.ts';
import type { Stage, Step, StepName } from '../api/verdict.ts';
import type { Reason } from '../api/reasons.ts';
import { conditionsOf, primaryUnmet, type Chain, type Deadline } from './conditions.ts';
import { contestFinding, contestPause } from './contest.ts';
import type { Facts } from './facts.ts';
import {
  holds,
  holdsOrDue,
  wait,
  type Budget,
  type ActFinding,
  type Finding,
  type Findings,
  type Requirement,
  type RequirementName,
} from './finding.ts';
import { recheckSettled, recheckWaiting } from './recheck.ts';
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

/** A step that could not be done: shown in place of the step, until the next look. */
export interface Failure {
  readonly step: StepName;
  readonly reason: Reason;
  readonly message: string;
}

/** Steps that write the due part of the foundation along with their own object. */
const CARRIERS: ReadonlySet<StepName> = new Set<StepName>(['createPostgresCluster', 'applyStatefulSet']);

const BUDGET_OF: Readonly<Record<StepName, Budget>> = {
  applyFoundation: 'inputs',
  createPostgresCluster: 'database',
  updatePostgresCluster: 'database',
  applyDeletionPolicy: 'database',
  applyStatefulSet: 'pods',
  reportLeftovers: 'inputs',
};

function isOpen(findings: Findings, finding: ActFinding): boolean {
  const carried = (name: RequirementName): boolean => name === 'foundationApplied' && CARRIERS.has(finding.step);
  return finding.needs.every((name) => (carried(name) ? holdsOrDue(findings, name) : holds(findings, name)));
}

function chooseStep(findings: Findings): ActFinding | undefined {
  const open = [...findings.values()].filter(
    (finding): finding is ActFinding => finding.state === 'act' && isOpen(findings, finding),
  );
  const [first] = open;
  if (first?.step !== 'applyFoundation') return first;
  return open.find(({ step }) => CARRIERS.has(step)) ?? first;
}

/** What an `act` becomes when it must not be done now: it failed just now, or it is a contest. */
function tempered(facts: Facts, finding: Finding, failure: Failure | undefined): Finding {
  if (finding.state !== 'act') return finding;
  if (failure?.step === finding.step) return wait(failure.reason, failure.message, { budget: BUDGET_OF[finding.step] });
  const pauseMs = contestPause(facts.memory, finding, facts.nowMs);
  return pauseMs > 0 ? contestFinding(finding, pauseMs) : finding;
}

function judgeAll(chain: readonly Requirement[], facts: Facts, failure: Failure | undefined): Findings {
  const findings = new Map<RequirementName, Finding>();
  for (const { name, judge: judgeOne } of chain)
    findings.set(name, tempered(facts, judgeOne(facts, findings), failure));
  return findings;
}

const STAGE_OF: Readonly<Record<string, Stage>> = {
  ConfigReady: 'Blocked',
  DatabaseReady: 'WaitingForDatabase',
  Available: 'WaitingForPods',
};

function stageOf(chain: Chain, findings: Findings, next: Step | undefined): Stage {
  if (!holds(findings, 'notDeleted')) return 'Deleting';
  if (!holds(findings, 'notPaused')) return 'Paused';
  if (next) return 'Provisioning';
  const primary = primaryUnmet(findings);
  if (!primary) return 'Ready';
  const requirement = chain.find(([, finding]) => finding === primary)?.[0];
  return STAGE_OF[requirement?.condition ?? ''] ?? 'Provisioning';
}

interface Clock {
  readonly sinceMs: number;
  readonly deadlines: readonly Deadline[];
}

function recheckOf(facts: Facts, findings: Findings, { sinceMs, deadlines }: Clock, settings: Settings): number {
  const waits = [...findings.values()].filter((finding) => finding.state === 'wait');
  const held = !holds(findings, 'notPaused') || waits.length === 0;
  const left = deadlines.length === 0 ? undefined : Math.min(...deadlines.map(({ atMs }) => atMs)) - facts.nowMs;
  const base = held
    ? recheckSettled(settings.resyncMs, facts.server.metadata.uid)
    : recheckWaiting(facts.nowMs - sinceMs, left);
  const asked = waits.flatMap(({ recheckMs }) => (recheckMs === undefined ? [] : [recheckMs]));
  return Math.max(0, Math.min(base, ...asked));
}

/**
 * Judges the facts.
 *
 * @param chain the requirements in their order (src/requirements/index.ts)
 * @param failure the outcome of the step that was just tried, when it failed
 */
export function judge(chain: readonly Requirement[], facts: Facts, settings: Settings, failure?: Failure): Judgement {
  const findings = judgeAll(chain, facts, failure);
  const pairs: Chain = chain.map(
    (requirement) => [requirement, findings.get(requirement.name) ?? { state: 'off' }] as const,
  );
  const act = failure === undefined ? chooseStep(findings) : undefined;
  const next = act && { name: act.step, intent: act.intent, summary: act.summary };
  const { conditions, deadlines } = conditionsOf(facts, findings, pairs, settings);
  const readyCondition = conditions.find(({ type }) => type === 'Ready');
  const primary = primaryUnmet(findings);
  const owner = pairs.find(([, finding]) => finding === primary)?.[0].condition ?? 'Ready';
  const told = conditions.find(({ type }) => type === owner);
  const resting = told?.type === 'Progressing' && told.status === 'False';
  const since = resting ? readyCondition : (told ?? readyCondition);
  const sinceMs = since ? Date.parse(since.lastTransitionTime) : facts.nowMs;
  const deadline = deadlines.find(({ finding }) => finding === primary);
  return {
    findings,
    ...(next && { next }),
    conditions,
    stage: stageOf(pairs, findings, next),
    ready: readyCondition?.status === 'True',
    stalled: conditions.some(({ type, status }) => type === 'Stalled' && status === 'True'),
    reason: primary?.reason ?? 'AllConditionsMet',
    message: primary?.message ?? 'the DittoServer is as asked for',
    sinceMs,
    ...(deadline && { deadlineMs: deadline.atMs }),
    recheckAfterMs: recheckOf(facts, findings, { sinceMs, deadlines }, settings),
  };
}

// What a requirement finds, and the few ways to say it.
import { deadlineOf, type Budget, type ConditionType, type Reason } from '../api/reasons.ts';
import type { StepName } from '../api/verdict.ts';
import type { Facts } from './facts.ts';

/** The requirements in the order in which they are judged; src/requirements/index.ts says what each is for. */
export const REQUIREMENT_NAMES = [
  'notDeleted',
  'specValid',
  'takenOver',
  'databaseSwitch',
  'notPaused',
  'deletionPolicyApplied',
  'inputsPresent',
  'volumesAsAsked',
  'foundationApplied',
  'postgresClusterExists',
  'postgresClusterCurrent',
  'postgresReady',
  'credentialsWhole',
  'passwordRotation',
  'databaseLogin',
  'statefulSetApplied',
  'rolloutMoves',
  'podsReady',
  'databaseServing',
  'authenticated',
  'adaptersExposed',
  'snapshotPolicies',
  'notesWritten',
] as const;
export type RequirementName = (typeof REQUIREMENT_NAMES)[number];

/** Told by no condition at all. */
export const UNTOLD: ReadonlySet<RequirementName> = new Set(['notesWritten']);

/** Told by its own condition alone: a DittoServer is no less ready for it. */
const ASIDE: ReadonlySet<RequirementName> = new Set(['notPaused']);

export type Finding =
  /** Holds. `off`: does not apply to this DittoServer, and shows no condition. */
  | { readonly state: 'met'; readonly reason: Reason; readonly message: string }
  | { readonly state: 'off' }
  /** Its turn has not come: it waits for other requirements. */
  | { readonly state: 'pending'; readonly reason: Reason; readonly message: string }
  | ActFinding
  | WaitFinding;

export interface ActFinding {
  readonly state: 'act';
  readonly step: StepName;
  readonly intent: string;
  readonly summary: string;
  /** Requirements that must be met first; one that is due in the same step counts as met. */
  readonly needs: readonly RequirementName[];
  readonly reason: Reason;
  readonly message: string;
  /** Who else writes to the object; named when the step becomes a contest. */
  readonly otherManagers?: readonly string[];
}

export interface WaitFinding {
  readonly state: 'wait';
  readonly reason: Reason;
  readonly message: string;
  /** Which deadline runs, from the moment at which the condition began to wait. */
  readonly budget?: Budget;
  /** When to look again at the latest, where that is known. */
  readonly recheckMs?: number;
  /** The fact could not be read: the condition is Unknown, not False. */
  readonly unknown?: true;
  /** Told by its condition, and beside it by Ready, which stays True: what is waited for can only come when the server is in use. */
  readonly aside?: true;
}

export type Findings = ReadonlyMap<RequirementName, Finding>;

export interface Requirement {
  readonly name: RequirementName;
  readonly condition: ConditionType;
  readonly judge: (facts: Facts, earlier: Findings) => Finding;
}

export const OFF: Finding = { state: 'off' };
export const met = (reason: Reason, message: string): Finding => ({ state: 'met', reason, message });
export const pending = (reason: Reason, message: string): Finding => ({ state: 'pending', reason, message });

/** A wait, with the deadline that its reason has. */
export function wait(reason: Reason, message: string, more: Partial<WaitFinding> = {}): WaitFinding {
  const deadline = deadlineOf(reason);
  const budget = deadline === 'step' ? undefined : deadline;
  return { ...(budget && { budget }), ...more, state: 'wait', reason, message };
}

/** A wait for something that could not be read. */
export const unreadable = (reason: Reason, message: string): WaitFinding => wait(reason, message, { unknown: true });

/** True when the requirement holds or does not apply. */
export function holds(findings: Findings, name: RequirementName): boolean {
  const state = findings.get(name)?.state;
  return state === 'met' || state === 'off';
}

/** Whether a finding has a say in Ready. */
export const countsForReady = (name: RequirementName, finding: Finding): boolean =>
  !ASIDE.has(name) && !(finding.state === 'wait' && finding.aside);

/** True when the requirement was judged and waits for something. */
export const waits = (findings: Findings, name: RequirementName): boolean => findings.get(name)?.state === 'wait';

/** True when the requirement holds, or is brought about by the step that asks. */
export function holdsOrDue(findings: Findings, name: RequirementName): boolean {
  return holds(findings, name) || findings.get(name)?.state === 'act';
}

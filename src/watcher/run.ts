// What Temporal tells of a workflow's run, and whether the run can move. Pure.
import type { Client } from '@temporalio/client';

/** A task of a run that is not done. */
export interface Task {
  /** 1 for the first try. A worker that fails a task, or dies with it, makes another one. */
  readonly attempt: number;
  /** Epoch ms. */
  readonly scheduledMs: number;
  readonly started: boolean;
}

export interface Run {
  readonly runId: string;
  readonly state: 'running' | 'paused' | 'ended';
  /** Epoch ms. */
  readonly startedMs: number;
  readonly taskQueue: string;
  /** Only workers of one build may take its tasks. */
  readonly pinned: boolean;
  readonly workflowTask: Task | undefined;
  /** The step under way. */
  readonly activity: Task | undefined;
}

export type TaskKind = 'workflow' | 'activity';

/** Why a run does not move. `failing`: its workflow tasks fail or time out. `waiting`: no worker takes its task. `paused`: by a person, in Temporal. */
export interface Stall {
  readonly what: 'failing' | 'waiting' | 'paused';
  /** What does not move: the workflow itself, or the step under way. Each kind of task has a line and workers of its own. */
  readonly of: TaskKind;
  /** Epoch ms, not later than when it really began to be so as far as Temporal tells. */
  readonly sinceMs: number;
}

type Description = Awaited<ReturnType<Client['workflowService']['describeWorkflowExecution']>>;

const RUNNING = 1;
const PAUSED = 8;
const TASK_STARTED = 2;
const ACTIVITY_SCHEDULED = 1;
const PINNED_BEHAVIOR = 1;

/**
 * Each try after the second one comes after the time-out of the one before: the SDK answers the first failure only, and lets later
 * ones run out, and the server waits longer each time (measured with server 1.32 and a time-out of 5 s).
 */
const LEAST_PER_TRY_MS = 5_000;

/** The run in the answer of DescribeWorkflowExecution. */
export function runOf({ workflowExecutionInfo: info, pendingWorkflowTask, pendingActivities }: Description): Run {
  const [activity] = pendingActivities;
  return {
    runId: info?.execution?.runId ?? '',
    state: stateOf(info?.status ?? undefined),
    startedMs: epochMs(info?.startTime),
    taskQueue: info?.taskQueue ?? '',
    pinned: isPinned(info?.versioningInfo),
    workflowTask: taskOf(pendingWorkflowTask, (state) => state === TASK_STARTED),
    activity: taskOf(activity, (state) => state !== ACTIVITY_SCHEDULED),
  };
}

/** The numbers are those of Temporal's API. */
function stateOf(status: number | undefined): Run['state'] {
  if (status === RUNNING) return 'running';
  return status === PAUSED ? 'paused' : 'ended';
}

interface PendingTask {
  readonly attempt?: number | null;
  readonly scheduledTime?: Time;
  readonly state?: number | null;
}

function taskOf(pending: PendingTask | null | undefined, isStarted: (state: number) => boolean): Task | undefined {
  if (!pending) return undefined;
  const { attempt, scheduledTime, state } = pending;
  return { attempt: attempt ?? 1, scheduledMs: epochMs(scheduledTime), started: isStarted(state ?? 0) };
}

type Versioning = NonNullable<Description['workflowExecutionInfo']>['versioningInfo'];

function isPinned(versioning: Versioning): boolean {
  const { behavior, versioningOverride: forced } = versioning ?? {};
  return [behavior, forced?.behavior].some((each) => Number(each) === PINNED_BEHAVIOR) || Boolean(forced?.pinned);
}

type Time = { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined;

function epochMs(time: Time): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1e6);
}

/** What may keep the run from moving; undefined for one that moves, or has nothing to do. How long is too long is for the caller. */
export function stallOf({ state, workflowTask, activity, startedMs }: Run): Stall | undefined {
  if (state === 'paused') return { what: 'paused', of: 'workflow', sinceMs: startedMs };
  if (workflowTask && workflowTask.attempt > 1) {
    return {
      what: 'failing',
      of: 'workflow',
      sinceMs: workflowTask.scheduledMs - (workflowTask.attempt - 2) * LEAST_PER_TRY_MS,
    };
  }
  const isWaiting = (task: Task | undefined): task is Task => task?.started === false && task.attempt === 1;
  if (isWaiting(workflowTask)) return { what: 'waiting', of: 'workflow', sinceMs: workflowTask.scheduledMs };
  return isWaiting(activity) ? { what: 'waiting', of: 'activity', sinceMs: activity.scheduledMs } : undefined;
}

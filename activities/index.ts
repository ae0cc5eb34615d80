// All activities of the worker: `look`, and one per step. Each tries for at most ten seconds and returns its outcome.
import { Context } from '@temporalio/activity';
import { DEFAULT_WORKER_TIMEOUT_MS, type ActivityInput, type StepName, type Verdict } from '../src/api/verdict.ts';
import type { Call, Deps } from './deps.ts';
import { exposeAdapters } from './adapters.ts';
import { verifyDatabaseLogin } from './database-login.ts';
import { deleteData } from './data-deletion.ts';
import { applyDeletionPolicy } from './deletion-policy.ts';
import { reportLeftovers } from './deletion.ts';
import { applyFoundation } from './foundation.ts';
import { growVolumes } from './grow-volumes.ts';
import { guard, look } from './look.ts';
import { applySnapshotPolicies } from './policies.ts';
import { adoptPostgresCluster } from './adoption.ts';
import { createPostgresCluster, updatePostgresCluster } from './postgres-cluster.ts';
import { connectServerApi } from './server-api.ts';
import { rotateDatabasePassword } from './rotate-password.ts';
import { removeStuckPod } from './stuck-pod.ts';
import { applyStatefulSet } from './stateful-set.ts';
import type { Act } from './outcome.ts';
import { takeBareStep, takeStep } from './step.ts';
import { takeOver } from './take-over.ts';

export type { Deps, Log } from './deps.ts';
export { createRolloutActivities } from './rollout.ts';
export { createSlots } from './slots.ts';

/** Less than the time-outs that workflows/ditto-server.ts gives, so that the outcome still gets through. */
const TRY_MS = 10_000;
const LOOK_MS = 8_000;
/** Signs of life within the time-out of a step: a process that is merely busy is not taken for dead. */
const BEATS = 4;

/** What each step does for a DittoServer that is to be as its specification says. */
export const ACTS: Readonly<Record<Exclude<StepName, 'takeOver' | 'deleteData' | 'reportLeftovers'>, Act>> = {
  applyFoundation,
  createPostgresCluster,
  adoptPostgresCluster,
  updatePostgresCluster,
  applyDeletionPolicy,
  rotateDatabasePassword,
  growVolumes,
  verifyDatabaseLogin,
  applyStatefulSet,
  removeStuckPod,
  connectServerApi,
  exposeAdapters,
  applySnapshotPolicies,
};

/** The name under which the SDK runs what it has no activity for. */
export const UNKNOWN_STEP = 'default';
export type ActivityName = 'look' | StepName | typeof UNKNOWN_STEP;

/**
 * The part of the worker time-out in which no other attempt can have been begun, also for a process that was held up meanwhile. A look is
 * part of a workflow task, which has more time.
 */
const SURE = 3 / 4;

export type Activity = (input: ActivityInput) => Promise<Verdict>;
export type Activities = Readonly<Record<ActivityName, Activity>>;
type Run = (call: Call, input: ActivityInput) => Promise<Verdict>;

/** Tells Temporal now and then that the activity is alive, so that one whose process died is taken up elsewhere at once. */
async function beating<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const { heartbeatTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS } = context.info;
  const timer = setInterval(() => context.heartbeat(), heartbeatTimeoutMs / BEATS).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/**
 * The activities over their dependencies.
 *
 * @example Worker.create({ activities: createActivities({ kube, record, self, settings, ... }) })
 */
export function createActivities(deps: Deps): Activities {
  const { workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS } = deps;
  // Told only where it matters: every verdict is stored.
  const told = workerTimeoutMs === DEFAULT_WORKER_TIMEOUT_MS ? {} : { workerTimeoutMs };
  const activity =
    (timeoutMs: number, run: Run): Activity =>
    async (input) => {
      guard(deps, input);
      const { cancellationSignal, info } = Context.current();
      const began = performance.now();
      const signal = AbortSignal.any([cancellationSignal, AbortSignal.timeout(timeoutMs)]);
      let seen: Verdict['seen'] = {};
      deps.begins?.(input.target);
      try {
        const verdict = { ...(await run({ deps, target: input.target, signal }, input)), ...told };
        const tookMs = Math.max(performance.now() - began, Date.now() - info.currentAttemptScheduledTimestampMs);
        const unheardMs = Math.min(DEFAULT_WORKER_TIMEOUT_MS, info.heartbeatTimeoutMs ?? workerTimeoutMs);
        if (tookMs < SURE * unheardMs) ({ seen } = verdict);
        return verdict;
      } finally {
        // What an earlier verdict rested on is forgotten in any case: the workflow may know less by now.
        deps.saw?.(input.target, seen);
      }
    };
  const step = (run: Run): Activity => activity(TRY_MS, (call, input) => beating(() => run(call, input)));
  const acts = Object.entries(ACTS).map(([name, act]) => [name, step((call, input) => takeStep(call, input, act))]);
  return {
    ...(Object.fromEntries(acts) as Record<keyof typeof ACTS, Activity>),
    takeOver: step((call, input) => takeBareStep(call, input, takeOver)),
    look: activity(LOOK_MS, look),
    deleteData: step((call, input) => takeBareStep(call, input, deleteData)),
    reportLeftovers: step(reportLeftovers),
    // Asked for by another version, during an update or before one: what is right to do now, the rules of this version say.
    [UNKNOWN_STEP]: step(look),
  };
}

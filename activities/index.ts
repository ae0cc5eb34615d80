// All activities of the worker: `look`, and one per step. Each tries for at most ten seconds and returns its outcome.
import { Context } from '@temporalio/activity';
import type { ActivityInput, StepName, Verdict } from '../src/api/verdict.ts';
import type { Call, Deps } from './deps.ts';
import { reportLeftovers } from './deletion.ts';
import { applyFoundation } from './foundation.ts';
import { guard, look } from './look.ts';
import { applyDeletionPolicy, createPostgresCluster, updatePostgresCluster } from './postgres-cluster.ts';
import { applyStatefulSet } from './stateful-set.ts';
import type { Act } from './outcome.ts';
import { takeStep } from './step.ts';

export type { Deps, Log } from './deps.ts';

/** Less than the time-outs that workflows/ditto-server.ts gives, so that the outcome still gets through. */
const TRY_MS = 10_000;
const LOOK_MS = 8_000;

/** Less than every time-out after which another attempt may have been begun, also for a process that was held up meanwhile. */
const SURE_MS = 3_000;

export type Activity = (input: ActivityInput) => Promise<Verdict>;
export type Activities = Readonly<Record<'look' | StepName, Activity>>;

/**
 * The activities over their dependencies.
 *
 * @example Worker.create({ activities: createActivities({ kube, record, self, settings, ... }) })
 */
export function createActivities(deps: Deps): Activities {
  const activity =
    (timeoutMs: number, run: (call: Call, input: ActivityInput) => Promise<Verdict>): Activity =>
    async (input) => {
      guard(deps, input);
      const { cancellationSignal, info } = Context.current();
      const began = performance.now();
      const signal = AbortSignal.any([cancellationSignal, AbortSignal.timeout(timeoutMs)]);
      const verdict = await run({ deps, target: input.target, signal }, input);
      const tookMs = Math.max(performance.now() - began, Date.now() - info.currentAttemptScheduledTimestampMs);
      if (tookMs < SURE_MS) deps.saw?.(input.target, verdict.seen);
      return verdict;
    };
  const step = (act: Act): Activity => activity(TRY_MS, (call, input) => takeStep(call, input, act));
  return {
    look: activity(LOOK_MS, look),
    applyFoundation: step(applyFoundation),
    createPostgresCluster: step(createPostgresCluster),
    updatePostgresCluster: step(updatePostgresCluster),
    applyDeletionPolicy: step(applyDeletionPolicy),
    applyStatefulSet: step(applyStatefulSet),
    reportLeftovers: activity(TRY_MS, reportLeftovers),
  };
}

// Nothing of a foreign error gets into a workflow history or the SDK's log: API servers and parsers quote their input, and that
// may be a Secret. Every error of an activity is turned into a type and a sentence of ours here.
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { KubeError } from '../kube/index.ts';

export interface ErrorLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** The frames of a stack, without the message on top of it. */
const framesOf = (error: unknown): readonly string[] =>
  error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];

function filtered(error: unknown, activity: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof KubeError) return ApplicationFailure.retryable(error.message, `KubeError.${error.kind}`);
  const name = error instanceof Error ? error.name : typeof error;
  return ApplicationFailure.retryable(
    `activity ${activity} failed inside the provisioner (${name}); its log tells where`,
    'Internal',
  );
}

/** An interceptor for one activity execution. */
export function errorFilter(activity: string, log: ErrorLog): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        const failure = filtered(error, activity);
        if (failure.type === 'Internal') log.error({ activity, frames: framesOf(error) }, failure.message);
        throw failure;
      }
    },
  };
}

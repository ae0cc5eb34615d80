// Nothing of a foreign error gets into a workflow history or the SDK's log: API servers and parsers quote their input, and that
// may be a Secret. Every error of an activity is turned into a type and a sentence of ours here.
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { KubeError } from '../kube/index.ts';

export interface ErrorLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** The frames of a stack, without the message on top of it, which may hold lines that look like frames. */
function framesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  const { stack = '', message } = error;
  const header = stack.indexOf(message);
  const frames = header < 0 ? '' : stack.slice(header + message.length);
  return frames.split('\n').filter((line) => /^\s+at /.test(line));
}

/** The class of an error, if it is a word. */
function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error;
  return /^\w{1,60}$/.test(name) ? name : 'Error';
}

function filtered(error: unknown, activity: string): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof KubeError) return ApplicationFailure.retryable(error.message, `KubeError.${error.kind}`);
  return ApplicationFailure.retryable(
    `activity ${activity} failed inside the provisioner (${nameOf(error)}); its log tells where`,
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

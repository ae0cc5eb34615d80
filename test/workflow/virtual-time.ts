// The workflow's own clock travels to its activities in a header, so that they live in the same (virtual) time as the workflow
// on whichever server. Part of the tests' bundle only.
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

export const VIRTUAL_NOW = 'virtual-now';

const withNow = <T extends { readonly headers: Headers }>(input: T): T => ({
  ...input,
  headers: { ...input.headers, [VIRTUAL_NOW]: defaultPayloadConverter.toPayload(Date.now()) },
});

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) => next(withNow(input)),
      scheduleLocalActivity: (input, next) => next(withNow(input)),
    },
  ],
});

// The verb `rollout`: has the running workers bring older pod templates up to date, and says where that is seen and stopped.
import type { Client } from '@temporalio/client';
import { taskQueue } from '../workflows/messages.ts';
import { ROLLOUT_TYPE, rolloutId, type RolloutInput } from './api/rollout.ts';

const DEADLINE_MS = 10_000;

/**
 * Starts the rollout; one that is under way goes on as it was started.
 *
 * @returns what to tell the user
 * @throws when Temporal does not answer
 */
export async function startRollout(client: Client, input: RolloutInput): Promise<string> {
  const workflowId = rolloutId(input);
  await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.start(ROLLOUT_TYPE, {
      args: [input],
      workflowId,
      taskQueue: taskQueue(input),
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: `Pod templates, ${input.atATime} DittoServers at a time`,
    }),
  );
  return `The rollout is under way: workflow ${workflowId}.
See it:   temporal workflow query -w ${workflowId} --type state
Stop it:  temporal workflow cancel -w ${workflowId}
`;
}

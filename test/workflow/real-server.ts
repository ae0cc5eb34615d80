// The real dev server with virtual time per workflow (server 1.32, `frontend.WorkflowTimeSkippingEnabled`): search attributes,
// visibility and suggestions to continue as new are the real ones, and tests run side by side.
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { temporal } from '@temporalio/proto';
import { NativeConnection } from '@temporalio/worker';
import { randomUUID } from 'node:crypto';
import { NAMESPACE, told, untilAtRest, type Runner } from './server.ts';

const { FastForwardPollingResult: Result } = temporal.api.enums.v1;
/** The server's own limit of 200 jumps would end a fast-forward early. */
const MAX_JUMPS = 1_000_000;

/** Lets time pass for one workflow. Each jump is an event of its own in the history, which replays. */
async function fastForward({ workflowService }: Connection, workflowId: string, ms: number): Promise<void> {
  const execution = { namespace: NAMESPACE, workflowExecution: { workflowId } };
  const id = randomUUID();
  await workflowService.updateWorkflowExecutionOptions({
    ...execution,
    updateMask: { paths: ['time_skipping_config'] },
    workflowExecutionOptions: {
      timeSkippingConfig: {
        enabled: true,
        maxSessionSkipCount: MAX_JUMPS,
        fastForwardConfig: { id, duration: msToTs(ms) },
      },
    },
  });
  for (;;) {
    const poll = { ...execution, fastForwardId: id };
    const { fastForwardPollingResult, failedReason } = await workflowService.pollWorkflowExecutionTimeSkipping(poll);
    if (fastForwardPollingResult === Result.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED) return;
    if (fastForwardPollingResult !== Result.FAST_FORWARD_POLLING_RESULT_POLL_TIMEOUT)
      throw new Error(`time could not be skipped: ${failedReason}`);
  }
}

export const realServer: Runner = {
  title: 'the real server',
  isReal: true,
  async connect() {
    const address = told('realAddress');
    const connection = await Connection.connect({ address });
    const native = await NativeConnection.connect({ address });
    const client = new Client({ connection, namespace: NAMESPACE });
    return {
      client,
      native,
      settle: (workflowId) => untilAtRest(client, workflowId, ({ raw }) => !raw.pendingWorkflowTask),
      async skip(workflowIds, ms) {
        await Promise.all(workflowIds.map((workflowId) => fastForward(connection, workflowId, ms)));
      },
      async close() {
        await native.close();
        await connection.close();
      },
    };
  },
};

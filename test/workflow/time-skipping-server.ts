// Temporal's own test server with virtual time (1.40.0): the documented way of testing, and the faster of the two.
// Its clock is one for all workflows, so tests that let time pass run one by one. A run that ends while a task of it is under way stops
// that clock for good, so all other tests run side by side on a second such server. It never suggests to continue as new, and it hands
// tasks to polls of workers that are gone, so that none can be restarted.
import { Client, Connection } from '@temporalio/client';
import { InternalConnectionOptionsSymbol } from '@temporalio/client/lib/connection.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { temporal } from '@temporalio/proto';
import { NativeConnection } from '@temporalio/worker';
import { NAMESPACE, told, untilAtRest, type Runner } from './server.ts';

const { EventType } = temporal.api.enums.v1;

/** Events after which a workflow task or an activity follows or is under way; the server itself tells only of activities. */
const UNDER_WAY: ReadonlySet<number> = new Set([
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
  EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
  EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED,
  EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED,
  EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
  EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED,
  EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT,
  EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED,
  EventType.EVENT_TYPE_TIMER_FIRED,
]);

export const timeSkippingServer: Runner = {
  title: 'the time-skipping test server',
  isReal: false,
  async connect(clock) {
    const address = told(clock === 'moving' ? 'timeSkippingAddress' : 'stillAddress');
    const connection = await Connection.connect({
      address,
      [InternalConnectionOptionsSymbol]: { supportsTestService: true },
    } as Parameters<typeof Connection.connect>[0]);
    const native = await NativeConnection.connect({ address });
    const client = new Client({ connection, namespace: NAMESPACE });
    const { testService } = connection;
    if (!testService) throw new Error('the connection has no test service');

    const eventTypes = async (workflowId: string): Promise<readonly number[]> => {
      const execution = { namespace: NAMESPACE, execution: { workflowId } };
      const { history } = await connection.workflowService.getWorkflowExecutionHistory(execution);
      return (history?.events ?? []).map(({ eventType }) => eventType ?? 0);
    };
    return {
      client,
      native,
      settle: (workflowId) =>
        untilAtRest(client, workflowId, async ({ historyLength }) => {
          const types = await eventTypes(workflowId);
          return types.length === historyLength && !UNDER_WAY.has(types.at(-1) ?? 0);
        }),
      async skip(_workflowIds, ms) {
        await testService.unlockTimeSkippingWithSleep({ duration: msToTs(ms) });
      },
      async close() {
        await native.close();
        await connection.close();
      },
    };
  },
};

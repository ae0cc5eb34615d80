// What the watcher needs of Temporal: wake one DittoServer's workflow, see to it that there is one, and know whether it can move.
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { DEFAULT_WORKER_TIMEOUT_MS, type Target } from '../api/verdict.ts';
import {
  nudge,
  taskQueue,
  WORKFLOW_TYPE,
  workflowId,
  type DittoServerInput,
  type Nudge,
} from '../../workflows/messages.ts';
import { grpcCode, NOT_FOUND } from './trouble.ts';
import { runOf, type Run, type TaskKind } from './run.ts';

/** Who works on a task queue. */
export interface Workers {
  readonly polling: boolean;
  /** Tasks that no worker has taken yet, as far as Temporal has counted them. */
  readonly backlog: number;
}

export interface Engine {
  /** "Look again", starting the workflow if it does not run. Rejects when Temporal refuses (a run takes 10,000 signals) or does not answer. */
  nudge(target: Target, nudge: Nudge): Promise<void>;
  /** Starts the workflow if it does not run; one that runs notices nothing. */
  ensure(target: Target): Promise<void>;
  /** The run that is there; undefined when none is. */
  inspect(target: Target): Promise<Run | undefined>;
  /** Ends this run and no other one; why is told in the Temporal UI. One that has ended by itself is no error. */
  terminate(target: Target, runId: string, why: string): Promise<void>;
  /** Of the installation's own task queue, where new runs go, for tasks of one kind. */
  workers(installation: Pick<Target, 'cluster' | 'installation'>, of: TaskKind): Promise<Workers>;
  /** The targets of workflows of an installation that run, as far as Temporal has indexed them: all, or those without search attributes. */
  running(
    installation: Pick<Target, 'cluster' | 'installation'>,
    of?: { readonly undecorated: true },
  ): Promise<readonly Pick<Target, 'namespace' | 'name'>[]>;
}

const DEADLINE_MS = 5_000;
/** For all pages of a list of workflows. */
const LIST_DEADLINE_MS = 15_000;
/** The numbers are those of Temporal's API. */
const TASK_QUEUE_TYPE: ReadonlyMap<TaskKind, unknown> = new Map([
  ['workflow', 1],
  ['activity', 2],
]);
type TaskQueueType = NonNullable<Parameters<Client['workflowService']['describeTaskQueue']>[0]['taskQueueType']>;
/** Temporal lists pollers for minutes after they are gone. A long poll takes a minute, so that a worker that lives is heard within this. */
const POLLED_WITHIN_MS = 75_000;

/** What a workflow task has on top of a step: it may hold a look, which tells nothing on its way. */
const TASK_EXTRA_MS = 1_000;

/**
 * The engine behind a Temporal client.
 *
 * @param workerTimeoutMs after so long without a sign of life, what a worker had in hand is given to another one
 */
export function temporalEngine(client: Client, workerTimeoutMs = DEFAULT_WORKER_TIMEOUT_MS): Engine {
  const startOptions = startsWith(workerTimeoutMs + TASK_EXTRA_MS);
  const withDeadline = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + DEADLINE_MS, call);
  const { namespace } = client.options;
  return {
    async nudge(target, message) {
      const options = { ...startOptions(target), signal: nudge, signalArgs: [message] as [Nudge] };
      await withDeadline(() => client.workflow.signalWithStart(WORKFLOW_TYPE, options));
    },
    async ensure(target) {
      await withDeadline(() => client.workflow.start(WORKFLOW_TYPE, startOptions(target)));
    },
    async inspect(target) {
      const execution = { workflowId: workflowId(target) };
      try {
        // The raw answer: the handle's describe decodes texts that nobody here reads.
        return runOf(
          await withDeadline(() => client.workflowService.describeWorkflowExecution({ namespace, execution })),
        );
      } catch (error) {
        // Of the workflow, or of the namespace: then the start that follows fails, and tells.
        if (grpcCode(error) === NOT_FOUND) return undefined;
        throw error;
      }
    },
    async terminate(target, runId, why) {
      try {
        await withDeadline(() => client.workflow.getHandle(workflowId(target), runId).terminate(why));
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
    async workers(installation, of) {
      const name = taskQueue(installation);
      const type = TASK_QUEUE_TYPE.get(of) as TaskQueueType;
      const queue = { namespace, taskQueue: { name }, taskQueueType: type, reportStats: true };
      const { pollers, stats } = await withDeadline(() => client.workflowService.describeTaskQueue(queue));
      const seconds = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0));
      const polling = seconds.some((at) => at * 1_000 > Date.now() - POLLED_WITHIN_MS);
      return { polling, backlog: Number(stats?.approximateBacklogCount ?? 0) };
    },
    async running(installation, of) {
      const undecorated = of?.undecorated ? ' AND DittoStage IS NULL' : '';
      const query = `WorkflowType = '${WORKFLOW_TYPE}' AND TaskQueue = '${taskQueue(installation)}' AND ExecutionStatus = 'Running'${undecorated}`;
      const targets: Pick<Target, 'namespace' | 'name'>[] = [];
      await client.withDeadline(Date.now() + LIST_DEADLINE_MS, async () => {
        for await (const run of client.workflow.list({ query })) {
          const [namespace, name] = run.workflowId.split('/').slice(-2);
          if (namespace !== undefined && name !== undefined) targets.push({ namespace, name });
        }
      });
      return targets;
    },
  };
}

const startsWith = (workflowTaskTimeout: number) => (target: Target) => {
  const input: DittoServerInput = { target };
  return {
    args: [input],
    workflowId: workflowId(target),
    taskQueue: taskQueue(target),
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    // A task that a killed worker had in hand is given to another one after so long (Temporal's default is 10 s). A look may take
    // longer: it is a local activity, and the SDK asks for more time before the task runs out.
    workflowTaskTimeout,
    staticSummary: `DittoServer ${target.namespace}/${target.name}`,
  } as const satisfies Parameters<Client['workflow']['start']>[1];
};

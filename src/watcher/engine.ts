// What the watcher needs of Temporal: wake one DittoServer's workflow, or see to it that there is one.
import type { Client } from '@temporalio/client';
import type { Target } from '../api/verdict.ts';
import {
  nudge,
  taskQueue,
  WORKFLOW_TYPE,
  workflowId,
  type DittoServerInput,
  type Nudge,
} from '../../workflows/messages.ts';

export interface Engine {
  /** "Look again", starting the workflow if it does not run. Rejects when Temporal refuses (a run takes 10,000 signals) or does not answer. */
  nudge(target: Target, nudge: Nudge): Promise<void>;
  /** Starts the workflow if it does not run; one that runs notices nothing. */
  ensure(target: Target): Promise<void>;
  /** The targets of workflows of an installation that run, as far as Temporal has indexed them: all, or those without search attributes. */
  running(
    installation: Pick<Target, 'cluster' | 'installation'>,
    of?: { readonly undecorated: true },
  ): Promise<readonly Pick<Target, 'namespace' | 'name'>[]>;
}

const DEADLINE_MS = 5_000;
/** For all pages of a list of workflows. */
const LIST_DEADLINE_MS = 15_000;

/** The engine behind a Temporal client. */
export function temporalEngine(client: Client): Engine {
  const withDeadline = async (call: () => Promise<unknown>): Promise<void> => {
    await client.withDeadline(Date.now() + DEADLINE_MS, call);
  };
  return {
    nudge: (target, message) =>
      withDeadline(() =>
        client.workflow.signalWithStart(WORKFLOW_TYPE, {
          ...startOptions(target),
          signal: nudge,
          signalArgs: [message],
        }),
      ),
    ensure: (target) => withDeadline(() => client.workflow.start(WORKFLOW_TYPE, startOptions(target))),
    async running(installation, of) {
      const undecorated = of?.undecorated ? ' AND DittoStage IS NULL' : '';
      const query = `TaskQueue = '${taskQueue(installation)}' AND ExecutionStatus = 'Running'${undecorated}`;
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

function startOptions(target: Target) {
  const input: DittoServerInput = { target };
  return {
    args: [input],
    workflowId: workflowId(target),
    taskQueue: taskQueue(target),
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `DittoServer ${target.namespace}/${target.name}`,
  } as const satisfies Parameters<Client['workflow']['start']>[1];
}

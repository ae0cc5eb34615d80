// What the Temporal page shows of a workflow, and whether its history is sound.
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { World } from './world.ts';

type Event = temporal.api.history.v1.IHistoryEvent;
export interface Run {
  readonly runId: string;
  readonly events: readonly Event[];
}

const { WorkflowTaskFailedCause: Cause } = temporal.api.enums.v1;
/** No faults: a signal came in between, and the task is taken again with it; or the run was terminated meanwhile. */
const HARMLESS: ReadonlySet<number> = new Set([
  Cause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND,
  Cause.WORKFLOW_TASK_FAILED_CAUSE_FORCE_CLOSE_COMMAND,
]);

async function runOf({ lane, id }: World, runId: string): Promise<Run> {
  const { events } = await lane.server.client.workflow.getHandle(id, runId).fetchHistory();
  return { runId, events: events ?? [] };
}

/** Every run of the workflow that was seen, with those that were continued as them, oldest first. */
export async function runsOf(world: World): Promise<readonly Run[]> {
  const runs = new Map<string, Run>();
  for (const seen of world.runIds) {
    let runId: string | null | undefined = seen;
    const chain: Run[] = [];
    while (runId && !runs.has(runId)) {
      const run: Run = await runOf(world, runId);
      chain.unshift(run);
      runId = run.events[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    }
    for (const run of chain) runs.set(run.runId, run);
  }
  return [...runs.values()];
}

/** Workflow tasks that failed by a fault of the workflow's. */
export function taskFailures(runs: readonly Run[]): readonly string[] {
  return runs.flatMap(({ events }) =>
    events.flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed && !HARMLESS.has(failed.cause ?? 0) ? [failed.failure?.message ?? `cause ${failed.cause ?? ''}`] : [],
    ),
  );
}

const textOf = (payload: unknown): string => defaultPayloadConverter.fromPayload<string>(payload as Payload);

/** Summaries of the activities, in order, and of the timers, each once. */
export function summariesOf(runs: readonly Run[]): { activities: readonly string[]; timers: readonly string[] } {
  const events = runs.flatMap((run) => run.events);
  const of = (wanted: (event: Event) => unknown): string[] =>
    events.flatMap((event) => {
      const summary = event.userMetadata?.summary;
      return wanted(event) && summary ? [textOf(summary)] : [];
    });
  return {
    activities: of((event) => event.activityTaskScheduledEventAttributes),
    timers: [...new Set(of((event) => event.timerStartedEventAttributes))],
  };
}

/** The summary that a workflow was started with. */
export function staticSummaryOf([first]: readonly Run[]): string {
  const summary = first?.events[0]?.userMetadata?.summary;
  return summary ? textOf(summary) : '';
}

interface Metadata {
  readonly currentDetails?: string;
}

/** The current details, as the tab "User Metadata" shows them. */
export async function detailsOf(world: World): Promise<string> {
  const { currentDetails = '' } = await world.handle().query<Metadata>('__temporal_workflow_metadata');
  return currentDetails;
}

/** The search attributes by name. */
export async function attributesOf(world: World): Promise<Readonly<Record<string, unknown>>> {
  const { typedSearchAttributes } = await world.handle().describe();
  return Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
}

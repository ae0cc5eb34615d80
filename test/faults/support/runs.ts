// The runs of one workflow as Temporal keeps them: what was told to it, what it did, and when.
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { waitFor } from '../../kit/wait-for.ts';
import type { Run } from '../../workflow/history.ts';

export type Event = temporal.api.history.v1.IHistoryEvent;

interface Listed {
  readonly runId: string;
  readonly startTime: Date;
}

/** Temporal's list lags behind: it is asked until the present run is in it, and with that the earlier ones. */
async function listed(client: Client, workflowId: string): Promise<readonly Listed[]> {
  const { runId: present } = await client.workflow.getHandle(workflowId).describe();
  return waitFor(`run ${present} of ${workflowId} is listed`, async () => {
    const all: Listed[] = [];
    for await (const { runId, startTime } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
      all.push({ runId, startTime });
    return all.some(({ runId }) => runId === present) && all;
  });
}

/** Every run that there was, oldest first: continued as the next one, or ended and begun again. */
export async function runsOf(client: Client, workflowId: string): Promise<readonly Run[]> {
  const runs: (Run & { readonly startedMs: number })[] = [];
  for (const { runId, startTime } of await listed(client, workflowId)) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.push({ runId, events: events ?? [], startedMs: startTime.getTime() });
  }
  return runs.sort((a, b) => a.startedMs - b.startedMs);
}

/** Epoch milliseconds. */
export function timeOf({ eventTime }: Event): number {
  return Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;
}

export const isSignal = (event: Event): boolean => Boolean(event.workflowExecutionSignaledEventAttributes);

/** A signal of flood.ts: news, whatever was seen, so that a look must follow it. */
const isOfFlood = ({ workflowExecutionSignaledEventAttributes: signal }: Event): boolean =>
  signal?.input?.payloads?.some(({ data }) => Buffer.from(data ?? []).includes('"flood-')) ?? false;

/** A look leaves a marker, a step is scheduled: both look at everything. */
export const isLook = (event: Event): boolean =>
  Boolean(event.markerRecordedEventAttributes ?? event.activityTaskScheduledEventAttributes);

export interface Signalled {
  readonly runs: number;
  /** Events of the longest run. */
  readonly longest: number;
  readonly signals: number;
  readonly ofFlood: number;
  /** Signals of the run that has most. */
  readonly mostSignals: number;
  readonly looks: number;
  /** Looks that came after the last signal of the flood. */
  readonly looksAfterLast: number;
}

/** Counts over all runs. */
export function signalled(runs: readonly Run[]): Signalled {
  const events = runs.flatMap((run) => run.events);
  const count = (of: readonly Event[], is: (event: Event) => boolean): number => of.filter(is).length;
  return {
    runs: runs.length,
    longest: Math.max(...runs.map((run) => run.events.length)),
    signals: count(events, isSignal),
    ofFlood: count(events, isOfFlood),
    mostSignals: Math.max(...runs.map((run) => count(run.events, isSignal))),
    looks: count(events, isLook),
    looksAfterLast: count(events.slice(events.findLastIndex(isOfFlood)), isLook),
  };
}

// What the suite asks of a Temporal server with virtual time; real-server.ts and time-skipping-server.ts answer it.
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';

export interface TestServer {
  readonly client: Client;
  readonly native: NativeConnection;
  /** Lets virtual time pass for these workflows; some may still be at work when it is over. */
  skip(workflowIds: readonly string[], ms: number): Promise<void>;
  /** Waits until nothing is under way in a workflow: no workflow task, no activity. */
  settle(workflowId: string): Promise<WorkflowExecutionDescription>;
  close(): Promise<void>;
}

export type Clock = 'moving' | 'still';

/** One of the two servers on which the suite runs. */
export interface Runner {
  readonly title: string;
  /** The server that is used in production, not one for tests: virtual time is per workflow, so that tests may run side by side. */
  readonly isReal: boolean;
  /** @param clock whether the tests on it let time pass */
  connect(clock: Clock): Promise<TestServer>;
}

export const NAMESPACE = 'default';
/** Ever longer: asking costs more than what is waited for, where many wait side by side. */
const FIRST_POLL_MS = 5;
const LONGEST_POLL_MS = 50;
const SETTLE_MS = 60_000;

/** Asks until `rests` holds; in tests nothing that is under way takes long. */
export async function untilAtRest(
  client: Client,
  workflowId: string,
  rests: (description: WorkflowExecutionDescription) => boolean | Promise<boolean>,
): Promise<WorkflowExecutionDescription> {
  const deadlineMs = Date.now() + SETTLE_MS;
  for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 1.5, LONGEST_POLL_MS)) {
    const description = await client.workflow.getHandle(workflowId).describe();
    const running = description.status.name === 'RUNNING';
    if (!running || ((description.raw.pendingActivities ?? []).length === 0 && (await rests(description)))) {
      return description;
    }
    if (Date.now() > deadlineMs) throw new Error(`${workflowId} did not come to rest within ${SETTLE_MS / 1000} s`);
    await delay(pollMs);
  }
}

/** Environment variables by which setup.ts tells the test files where things are. */
export const variables = {
  bundle: 'TEST_WORKFLOW_BUNDLE',
  realAddress: 'TEST_TEMPORAL_ADDRESS',
  timeSkippingAddress: 'TEST_TIME_SKIPPING_ADDRESS',
  stillAddress: 'TEST_STILL_ADDRESS',
} as const;

/** @throws Error when jest's globalSetup has not run */
export function told(variable: keyof typeof variables): string {
  const value = process.env[variables[variable]];
  if (value === undefined) throw new Error(`${variables[variable]} is not set: run the tests through jest`);
  return value;
}

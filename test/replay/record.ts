// Keeps histories of tests for replay.test.ts: with RECORD_HISTORIES=1 a test that passes leaves its workflow's history here. The
// collection only grows: what is there is never written again, and taking one away needs a decision record.
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const HISTORIES = join(import.meta.dirname, 'histories');
const MAX_BYTES = 150_000;
/** Names of processes, of which sticky task queues are named too: they tell of the machine and nothing of the workflow. */
const PROCESS = /^\d+@/;

function cleaned(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  return typeof value === 'string' && PROCESS.test(value) ? 'recorded' : value;
}

/**
 * Records the present run of a workflow, if asked for by RECORD_HISTORIES=1.
 *
 * @param name says what happened, e.g. `database-late`; becomes the file's name
 * @throws Error when the history is too long to be kept
 */
export async function recordHistory(client: Client, workflowId: string, name: string, runId?: string): Promise<void> {
  const file = join(HISTORIES, `${name}.json`);
  if (process.env['RECORD_HISTORIES'] !== '1' || existsSync(file)) return;
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const { events } = JSON.parse(historyToJSON(history), cleaned) as { events: readonly unknown[] };
  const text = `{"events":[\n${events.map((event) => JSON.stringify(event)).join(',\n')}\n]}\n`;
  if (text.length > MAX_BYTES)
    throw new Error(`the history ${name} has ${text.length} bytes, at most ${MAX_BYTES} are kept`);
  writeFileSync(file, text);
}

// A changed workflow loop, rolled out over a workflow that lives: behind a patch marker it changes over in its next round, and every
// later task, each of them a replay here, follows what it did before and after.
import { Worker, NativeConnection, type WorkflowBundle } from '@temporalio/worker';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { randomUUID } from 'node:crypto';
import { useStage } from '../cluster/support/stage.ts';
import { waitFor } from '../kit/wait-for.ts';
import { changedLoop } from '../replay/changed-loop.ts';
import { taskFailures } from '../workflow/history.ts';
import { quietRuntime } from '../workflow/lane.ts';
import { runsOf } from './support/runs.ts';
import type { Verdict } from '../../src/api/verdict.ts';
import { EMPTY_MEMORY, nudge, WORKFLOW_TYPE } from '../../workflows/messages.ts';

const stage = useStage({ name: 'loop', provisioner: false });
const taskQueue = `changed-loop-${randomUUID()}`;
const workflowId = taskQueue;

const WAITS: Verdict = {
  recheckAfterMs: 10 * 60 * 60_000,
  seen: {},
  memory: EMPTY_MEMORY,
  story: { stage: 'Ready', reason: 'AllConditionsMet', message: '', since: '', ready: true, stalled: false, children: [] },
  gone: false,
  decorate: false,
}; // prettier-ignore

let native: NativeConnection;
let looks = 0;

beforeAll(async () => {
  quietRuntime();
  native = await NativeConnection.connect({ address: stage.cluster.temporalAddress ?? '' });
});
afterAll(async () => {
  await native.close();
});

/** Nudges one time after the other, each when the looks that follow from the one before have been taken. */
async function nudgeTimes(times: number, looksEach: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    const wanted = looks + looksEach;
    await stage.temporal.workflow.getHandle(workflowId).signal(nudge, { objects: [] });
    await waitFor(`${wanted} looks`, () => looks >= wanted, { seen: () => `${looks}`, timeoutMs: 60_000 });
  }
}

/** While a worker with this loop runs, which keeps no workflow in memory. */
async function running(workflowBundle: WorkflowBundle, body: () => Promise<void>): Promise<void> {
  const look = (): Promise<Verdict> => {
    looks += 1;
    return Promise.resolve(WAITS);
  };
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle,
    maxCachedWorkflows: 0,
    activities: { look },
  });
  await worker.runUntil(body);
}

async function replayed(workflowBundle: WorkflowBundle): Promise<string> {
  const history: unknown = JSON.parse(historyToJSON(await stage.temporal.workflow.getHandle(workflowId).fetchHistory()));
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, [{ workflowId, history }])) {
    if (error) return error.name;
  }
  return 'replayed';
} // prettier-ignore

test('a workflow that waits under the old loop goes on under the changed one, and its history replays only there', async () => {
  const [old, changed] = [await changedLoop('none'), await changedLoop('marked')];
  await running(old, async () => {
    const target = { cluster: 'kit', installation: 'loop', namespace: 'none', name: 'files' };
    const options = { workflowId, taskQueue, args: [{ target }], workflowTaskTimeout: '5s' } as const;
    await stage.temporal.workflow.start(WORKFLOW_TYPE, options);
    await waitFor('the first look', () => looks === 1, { timeoutMs: 60_000 });
    await nudgeTimes(2, 1);
  });
  // Three rounds of the new way: the first sets the marker, the others find it.
  await running(changed, () => nudgeTimes(3, 2));

  const runs = await runsOf(stage.temporal, workflowId);
  const markers = runs.flatMap(({ events }) => events.map((event) => event.markerRecordedEventAttributes?.markerName));
  expect(markers.filter((name) => name === 'core_patch')).toHaveLength(1);
  expect(taskFailures(runs)).toEqual([]);
  expect(await replayed(changed)).toBe('replayed');
  expect(await replayed(old)).toBe('DeterminismViolationError');
  await stage.temporal.workflow.getHandle(workflowId).terminate('the test is over');
}); // prettier-ignore

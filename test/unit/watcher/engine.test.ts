// What the engine asks Temporal about the workers of a task queue, with a fake client.
import type { Client } from '@temporalio/client';
import { temporalEngine } from '../../../src/watcher/index.ts';

test.each([
  ['workflow', 1],
  ['activity', 2],
] as const)('the line of %s tasks is asked for as such, not that of the other kind', async (of, taskQueueType) => {
  const asked: unknown[] = [];
  const client = {
    options: { namespace: 'default' },
    withDeadline: (_: number, call: () => unknown) => call(),
    workflowService: {
      describeTaskQueue(request: unknown) {
        asked.push(request);
        return Promise.resolve({ pollers: [], stats: { approximateBacklogCount: 7 } });
      },
    },
  } as unknown as Client;
  const there = await temporalEngine(client).workers({ cluster: 'c1', installation: 'i1' }, of);
  expect(there).toEqual({ polling: false, backlog: 7 });
  expect(asked).toEqual([
    { namespace: 'default', taskQueue: { name: 'dittoserver/c1/i1' }, taskQueueType, reportStats: true },
  ]);
});

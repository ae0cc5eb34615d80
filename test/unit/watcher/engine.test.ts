// What the engine asks Temporal about the workers of a task queue, and how it starts workflows, with a fake client.
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

test.each([
  [undefined, 5_000],
  [2_000, 3_000],
])(
  'with a worker time-out of %p ms a workflow task that a killed worker had is given on after %i ms',
  async (workerTimeoutMs, expected) => {
    const timeOuts: unknown[] = [];
    const take = (_: string, { workflowTaskTimeout }: { workflowTaskTimeout: unknown }): Promise<void> =>
      Promise.resolve(void timeOuts.push(workflowTaskTimeout));
    const client = {
      options: { namespace: 'default' },
      withDeadline: (__: number, call: () => unknown) => call(),
      workflow: { start: take, signalWithStart: take },
    } as unknown as Client;
    const engine = temporalEngine(client, workerTimeoutMs);
    const target = { cluster: 'c1', installation: 'i1', namespace: 'prod', name: 'files' };
    await engine.ensure(target);
    await engine.nudge(target, { objects: [] });
    expect(timeOuts).toEqual([expected, expected]);
  },
);

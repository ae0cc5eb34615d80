// A worker that is given a task of another cluster or installation refuses it before it asks the API server anything (E13).
import { ApplicationFailure } from '@temporalio/common';
import { STEP_NAMES } from '../../../src/api/verdict.ts';
import { createActivities, type Deps } from '../../../activities/index.ts';
import { EMPTY_MEMORY } from '../../../workflows/messages.ts';

const target = { cluster: 'c1', installation: 'main', namespace: 'prod', name: 'files' };

/** Dependencies of which any use is told. */
const used: string[] = [];
const unusable = new Proxy({}, { get: (_, name) => void used.push(String(name)) });
const deps = { self: { cluster: 'c1', installation: 'main' }, kube: unusable, record: unusable } as unknown as Deps;

describe.each(['look', ...STEP_NAMES] as const)('%s', (name) => {
  test.each([
    ['cluster', { ...target, cluster: 'c2' }],
    ['installation', { ...target, installation: 'other' }],
  ])('refuses a task of another %s for good (E13)', async (_, other) => {
    const run = createActivities(deps)[name]({ target: other, memory: EMPTY_MEMORY });
    const error: unknown = await run.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApplicationFailure);
    expect(error).toMatchObject({ nonRetryable: true, type: 'ForeignTarget' });
    expect((error as Error).message).toMatch(/^this worker serves c1\/main, not /);
    expect(used).toEqual([]);
  });
});

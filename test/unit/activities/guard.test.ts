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
  ])('refuses a task of another %s for good (E13)', (_, other) => {
    const activity = createActivities(deps)[name];
    const run = (): unknown => activity({ target: other, memory: EMPTY_MEMORY });
    expect(run).toThrow(ApplicationFailure);
    expect(run).toThrow(/^this worker serves c1\/main, not /);
    try {
      run();
    } catch (error) {
      expect(error).toMatchObject({ nonRetryable: true, type: 'ForeignTarget' });
    }
    expect(used).toEqual([]);
  });
});

// What an activity tells the watcher of its process: what its verdict rests on, where Temporal cannot have given up on it.
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities, type Deps } from '../../../activities/index.ts';
import { DITTO_SERVER } from '../../../src/api/names.ts';
import type { Verdict } from '../../../src/api/verdict.ts';
import { EMPTY_MEMORY } from '../../../workflows/messages.ts';
import { bareDeps, TARGET } from './bare-deps.ts';

const FILES = { ...DITTO_SERVER, metadata: { namespace: 'prod', name: 'files', uid: 'u1', resourceVersion: '5' }, spec: { storage: { metadataSize: '1Gi' } } }; // prettier-ignore

/** What a look tells when the API server answers with this after so long. */
async function told(answer: () => unknown, answerMs: number, more: Partial<Deps> = {}): Promise<readonly unknown[]> {
  const saw: unknown[] = [];
  const get = async (): Promise<unknown> => {
    await new Promise((resolve) => void setTimeout(resolve, answerMs));
    return answer();
  };
  const { look } = createActivities(bareDeps(get, { ...more, saw: (_, seen) => void saw.push(seen) }));
  const environment = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() });
  const done = environment.run(look, { target: TARGET, memory: EMPTY_MEMORY }).catch(() => undefined);
  await jest.advanceTimersByTimeAsync(answerMs);
  await done;
  return saw;
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const fail = (): never => {
  throw new Error('a mistake of ours');
};

test.each([
  ['what it rests on', () => FILES, 100, { u1: '5' }],
  ['nothing when it came so late that another attempt may have been begun', () => FILES, 3_500, {}],
  ['nothing when it breaks', fail, 100, {}],
])('%s', async (_, answer, answerMs, expected) => {
  expect(await told(answer, answerMs)).toEqual([expected]);
});

test.each([
  [2_000, 1_400, { u1: '5' }],
  [2_000, 1_600, {}],
  [10_000, 3_500, {}],
])('with a worker time-out of %i ms, what came after %i ms', async (workerTimeoutMs, answerMs, expected) => {
  expect(await told(() => FILES, answerMs, { workerTimeoutMs })).toEqual([expected]);
});

test.each([
  [undefined, undefined],
  [4_000, undefined],
  [2_000, 2_000],
])(
  'a worker time-out of %p ms is told with the verdict as %p: only where it is not the default',
  async (given, expected) => {
    const { look } = createActivities(
      bareDeps(() => Promise.resolve(FILES), given === undefined ? {} : { workerTimeoutMs: given }),
    );
    const done = new MockActivityEnvironment().run(look, { target: TARGET, memory: EMPTY_MEMORY });
    await jest.advanceTimersByTimeAsync(100);
    expect(((await done) as Verdict).workerTimeoutMs).toBe(expected);
  },
);

test.each([
  ['', (): unknown => FILES],
  [', also where it breaks', fail],
])('the beginning of an activity is told before its end%s', async (_, answer) => {
  const heard: string[] = [];
  const get = (): Promise<unknown> => {
    heard.push('works');
    return Promise.resolve().then(answer);
  };
  const deps = bareDeps(get, { begins: () => void heard.push('begins'), saw: () => void heard.push('saw') });
  const environment = new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: Date.now() });
  await environment.run(createActivities(deps).look, { target: TARGET, memory: EMPTY_MEMORY }).catch(() => undefined);
  expect([heard.at(0), heard.at(1), heard.at(-1)]).toEqual(['begins', 'works', 'saw']);
  expect(heard.filter((what) => what !== 'works')).toHaveLength(2);
});

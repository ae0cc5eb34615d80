// A step tells Temporal that it is alive, so that one whose process was killed is soon taken up by another.
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../../activities/index.ts';
import type { Kube } from '../../../src/kube/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { EMPTY_MEMORY } from '../../../workflows/messages.ts';

const TARGET = { cluster: 'c1', installation: 'main', namespace: 'prod', name: 'files' };

/** An API server that answers every question after a while: there is no such object. */
function slowKube(answerMs: number): Kube {
  const answer = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, answerMs));
  return { get: answer } as unknown as Kube;
}

/** How often it told that it is alive, up to its end and in the minute after. */
async function beatsOf(answerMs: number): Promise<readonly [number, number]> {
  const { applyStatefulSet } = createActivities({
    kube: slowKube(answerMs),
    record: () => Promise.resolve(true),
    self: TARGET,
    settings: DEFAULT_SETTINGS,
    now: Date.now,
    randomBytes: (size) => new Uint8Array(size),
    decorated: () => false,
    log: { info: () => undefined, warn: () => undefined },
  });
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => void (beats += 1));
  const done = environment.run(applyStatefulSet, { target: TARGET, memory: EMPTY_MEMORY });
  await jest.advanceTimersByTimeAsync(answerMs);
  await done;
  const before = beats;
  await jest.advanceTimersByTimeAsync(60_000);
  return [before, beats - before];
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('a step that takes long tells every second that it is alive, and is silent when it has ended', async () => {
  expect(await beatsOf(5_500)).toEqual([5, 0]);
});

test('a step that takes less than a second tells nothing', async () => {
  expect(await beatsOf(900)).toEqual([0, 0]);
});

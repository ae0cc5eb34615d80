// A step tells Temporal that it is alive, so that one whose process was killed is soon taken up by another.
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../../activities/index.ts';
import { EMPTY_MEMORY } from '../../../workflows/messages.ts';
import { bareDeps, TARGET } from './bare-deps.ts';

/** An API server that answers every question after a while: there is no such object. */
const slow = (answerMs: number) => (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, answerMs));

/** How often it told that it is alive, up to its end and in the minute after. */
async function beatsOf(answerMs: number, heartbeatTimeoutMs?: number): Promise<readonly [number, number]> {
  const { applyStatefulSet } = createActivities(bareDeps(slow(answerMs)));
  const environment = new MockActivityEnvironment(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs });
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

test.each([
  [4_000, 5],
  [2_000, 11],
  [10_000, 2],
])('it tells it four times within the %i ms after which it would be taken again', async (timeoutMs, beats) => {
  expect(await beatsOf(5_600, timeoutMs)).toEqual([beats, 0]);
});

test('a step that takes less than a second tells nothing', async () => {
  expect(await beatsOf(900)).toEqual([0, 0]);
});

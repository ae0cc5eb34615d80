// Nudges of a DittoServer whose workflow is in an activity of this very process, on a fake clock.
import type { ChangedObject, Nudge } from '../../../workflows/messages.ts';
import { createNudges, type Nudges } from '../../../src/watcher/nudges.ts';

interface Sent {
  readonly nudge: Nudge;
  readonly atMs: number;
}

let sent: Sent[];
let nudges: Nudges;
let busy: boolean;
let known: (nudge: Nudge) => boolean;

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  sent = [];
  busy = true;
  known = () => false;
  nudges = createNudges({
    holds: () => busy,
    news: (_, nudge) => (known(nudge) ? undefined : nudge),
    send(_, nudge) {
      sent.push({ nudge, atMs: Date.now() });
      return Promise.resolve();
    },
  });
});

afterEach(async () => {
  await nudges.stop();
  jest.useRealTimers();
});

const changed = (uid: string, version: number): ChangedObject => ({ uid, version: String(version) });
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const times = (): number[] => sent.map((s) => s.atMs);

test('what is not urgent waits for its end, and is then one', async () => {
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(100);
  nudges.add('ns/a', [changed('x', 2)], 'soon');
  await pass(300);
  expect(sent).toEqual([]);
  expect(nudges.due().count).toBe(1);
  busy = false;
  nudges.release('ns/a');
  await pass(0);
  expect(sent).toMatchObject([{ atMs: 400, nudge: { objects: [changed('x', 2)] } }]);
});

test('what its verdict tells by then is not told again', async () => {
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(100);
  busy = false;
  known = () => true;
  nudges.release('ns/a');
  await pass(5_000);
  expect(sent).toEqual([]);
  expect(nudges.due().count).toBe(0);
});

test('what is urgent does not wait, and takes along what waits', async () => {
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(100);
  nudges.add('ns/a', [changed('y', 1)], 'now');
  await pass(0);
  expect(sent).toMatchObject([{ atMs: 100, nudge: { objects: [changed('x', 1), changed('y', 1)] } }]);
});

test('nothing waits longer than some seconds, however long the activity takes', async () => {
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(2_999);
  expect(sent).toEqual([]);
  await pass(1);
  expect(times()).toEqual([3_000]);
  nudges.add('ns/a', [changed('x', 2)], 'soon');
  await pass(3_250);
  expect(times()).toEqual([3_000, 6_250]);
});

test('the end of an activity sends nothing that waits for another reason', async () => {
  busy = false;
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(0);
  nudges.add('ns/a', [changed('x', 2)], 'soon');
  nudges.release('ns/a');
  nudges.release('ns/b');
  await pass(0);
  expect(times()).toEqual([0]);
});

// Coalescing, pace and persistence of nudges, on a fake clock.
import { SERVER_API } from '../../../src/api/verdict.ts';
import { numbersFrom } from '../../kit/random.ts';
import { tell } from '../../kit/tell.ts';
import type { ChangedObject, Nudge } from '../../../workflows/messages.ts';
import { createNudges, type Nudges, type Pace } from '../../../src/watcher/nudges.ts';
import type { ServerKey } from '../../../src/watcher/directory.ts';

interface Sent {
  readonly key: ServerKey;
  readonly nudge: Nudge;
  readonly atMs: number;
}

let sent: Sent[];
let nudges: Nudges;
let answer: () => Promise<void>;

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  sent = [];
  answer = () => Promise.resolve();
  nudges = createNudges({
    async send(key, nudge) {
      sent.push({ key, nudge, atMs: Date.now() });
      await answer();
    },
  });
});
afterEach(async () => {
  answer = () => Promise.resolve();
  await nudges.stop();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

const changed = (uid: string, version: number | 'gone' = 1): ChangedObject => ({ uid, version: String(version) });
const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);
const times = (): number[] => sent.map((s) => s.atMs);

test('the first after a quiet moment goes at once, what follows within a quarter of a second is one', async () => {
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(0);
  expect(times()).toEqual([0]);
  nudges.add('ns/a', [changed('x', 2)], 'soon');
  await pass(100);
  nudges.add('ns/a', [changed('x', 3)], 'soon');
  nudges.add('ns/a', [changed('y', 7)], 'soon');
  await pass(400);
  expect(times()).toEqual([0, 250]);
  expect(sent[1]?.nudge.objects).toEqual([changed('x', 3), changed('y', 7)]);
  await pass(1_000);
  nudges.add('ns/a', [changed('x', 4)], 'soon');
  await pass(0);
  expect(times()).toEqual([0, 250, 1_500]);
});

test('each DittoServer has its own quiet moment', async () => {
  nudges.add('ns/a', [changed('x')], 'soon');
  nudges.add('ns/b', [changed('y')], 'soon');
  await pass(0);
  expect(sent.map((s) => s.key)).toEqual(['ns/a', 'ns/b']);
});

test('what is urgent does not wait, and takes along what waits', async () => {
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(10);
  nudges.add('ns/a', [changed('x', 2)], 'soon');
  nudges.add('ns/a', [changed('server', 5)], 'now');
  await pass(1_000);
  expect(times()).toEqual([0, 10]);
  expect(sent[1]?.nudge.objects).toEqual([changed('x', 2), changed('server', 5)]);
});

test('what is urgent while a nudge is under way follows it directly', async () => {
  answer = () => new Promise((resolve) => setTimeout(resolve, 40));
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(10);
  nudges.add('ns/a', [changed('x', 2)], 'now');
  await pass(100);
  expect(times()).toEqual([0, 40]);
});

test('"look, whatever the versions are" absorbs the versions, and so do too many of them', async () => {
  nudges.add('ns/a', [changed('x')], 'paced');
  nudges.add('ns/a', [], 'paced');
  nudges.add('ns/a', [changed('y')], 'paced');
  for (let i = 0; i < 60; i += 1) nudges.add('ns/b', [changed(`u${i}`)], 'paced');
  await pass(200);
  expect(sent.map((s) => s.nudge.objects)).toEqual([[], []]);
});

test('paced ones go in turn, twenty per second, and an urgent one leaves the line', async () => {
  for (let i = 0; i < 60; i += 1) nudges.add(`ns/s${i}`, [], 'paced');
  nudges.add('ns/s59', [changed('x')], 'soon');
  await pass(0);
  expect(sent.map((s) => s.key)).toEqual(['ns/s59']);
  await pass(1_000);
  expect(sent).toHaveLength(21);
  await pass(5_000);
  expect(new Set(sent.map((s) => s.key)).size).toBe(60);
  expect(sent).toHaveLength(60);
});

test('a refused one stays due, backs off to five seconds, and carries what came meanwhile', async () => {
  answer = () => Promise.reject(new Error('no'));
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(60_000);
  const gaps = times()
    .slice(1)
    .map((at, i) => at - (times()[i] ?? 0));
  expect(gaps[0]).toBeLessThanOrEqual(100);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(5_000);
  expect(sent.length).toBeLessThan(30);
  expect(nudges.due()).toEqual({ count: 1, oldestMs: 60_000 });
  nudges.add('ns/a', [changed('x', 2)], 'soon');
  nudges.add('ns/a', [changed('y')], 'soon');
  answer = () => Promise.resolve();
  await pass(6_000);
  expect(sent.at(-1)?.nudge.objects).toEqual([changed('x', 2), changed('y')]);
  expect(nudges.due()).toEqual({ count: 0, oldestMs: 0 });
});

test('an older version that was refused does not hide a newer one', async () => {
  let reject: (error: Error) => void = () => undefined;
  answer = () => new Promise((_, no) => (reject = no));
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(0);
  nudges.add('ns/a', [changed('x', 'gone')], 'soon');
  answer = () => Promise.resolve();
  reject(new Error('no'));
  await pass(1_000);
  expect(sent.at(-1)?.nudge.objects).toEqual([changed('x', 'gone')]);
});

test('at most fifty are under way', async () => {
  let open = 0;
  let most = 0;
  answer = async () => {
    most = Math.max(most, (open += 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    open -= 1;
  };
  for (let i = 0; i < 300; i += 1) nudges.add(`ns/s${i}`, [], 'now');
  await pass(1_000);
  expect(most).toBe(50);
  expect(sent).toHaveLength(300);
});

describe('while the engine is away', () => {
  let isAway: boolean;
  let known: ReadonlySet<string>;
  beforeEach(async () => {
    await nudges.stop();
    isAway = true;
    known = new Set();
    nudges = createNudges({
      async send(key, nudge) {
        sent.push({ key, nudge, atMs: Date.now() });
        await answer();
      },
      news: (key, nudge) => (known.has(key) ? undefined : nudge),
      isAway: () => isAway,
    });
    answer = () => Promise.reject(new Error('away'));
  });

  test('what its workflow knows already is not sent, and says nothing about whether the engine is back', async () => {
    for (let i = 0; i < 100; i += 1) nudges.add(`ns/s${i}`, [changed('x')], 'soon');
    await pass(1_000);
    known = new Set(Array.from({ length: 90 }, (_, i) => `ns/s${i}`));
    sent.length = 0;
    await pass(60_000);
    expect(sent.length).toBeLessThan(20);
    expect(nudges.due().count).toBe(10);
    answer = () => Promise.resolve();
    await pass(6_000);
    expect(nudges.due().count).toBe(0);
    expect(sent.filter(({ key }) => known.has(key))).toEqual([]);
  });

  test('when all that waits is known already, the next one is sent at once', async () => {
    nudges.add('ns/a', [changed('x')], 'soon');
    await pass(0);
    known = new Set(['ns/a']);
    await pass(10_000);
    sent.length = 0;
    nudges.add('ns/b', [changed('x')], 'soon');
    await pass(0);
    expect(sent.map(({ key }) => key)).toEqual(['ns/b']);
  });

  test('one nudge asks for all, every few seconds, and all are taken as soon as it is back', async () => {
    for (let i = 0; i < 1_000; i += 1) nudges.add(`ns/s${i}`, [changed(`u${i}`, 1)], 'now');
    await pass(3_600_000);
    // Fifty were under way when it went; then one every five seconds at most.
    expect(sent.length).toBeLessThan(50 + 3_600 / 3.5);
    expect(sent.length).toBeGreaterThan(3_600 / 6);
    expect(nudges.due().count).toBe(1_000);
    for (let i = 0; i < 1_000; i += 1) nudges.add(`ns/s${i}`, [changed(`u${i}`, 2)], 'soon');
    sent = [];
    answer = () => Promise.resolve();
    await pass(6_000);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(1_000);
    expect(sent).toHaveLength(1_000);
    expect(sent.every(({ nudge }) => nudge.objects[0]?.version === '2')).toBe(true);
    expect(nudges.due().count).toBe(0);
  });

  test('what was to go in turn still goes in turn when it is back', async () => {
    for (let i = 0; i < 100; i += 1) nudges.add(`ns/s${i}`, [], 'paced');
    await pass(60_000);
    sent = [];
    answer = () => Promise.resolve();
    await pass(6_000);
    expect(sent.length).toBeGreaterThan(10);
    expect(sent.length).toBeLessThan(110);
    await pass(6_000);
    expect(nudges.due().count).toBe(0);
  });

  test('a refusal of one is an answer: the others go on', async () => {
    nudges.add('ns/full', [changed('x')], 'now');
    nudges.add('ns/b', [changed('y')], 'now');
    await pass(60_000);
    isAway = false;
    sent = [];
    answer = () => (sent.at(-1)?.key === 'ns/full' ? Promise.reject(new Error('full')) : Promise.resolve());
    await pass(12_000);
    expect(sent.filter(({ key }) => key === 'ns/b')).toHaveLength(1);
    expect(nudges.due().count).toBe(1);
  });

  test('one that fails while others are taken keeps its distance', async () => {
    answer = () => (sent.at(-1)?.key === 'ns/a' ? Promise.reject(new Error('away')) : Promise.resolve());
    for (let second = 0; second < 60; second += 1) {
      nudges.add('ns/a', [changed('x', second)], 'now');
      nudges.add('ns/b', [changed('y', second)], 'now');
      await pass(1_000);
    }
    expect(sent.filter(({ key }) => key === 'ns/a').length).toBeLessThan(80);
    expect(nudges.isDue('ns/a')).toBe(true);
  });
});

test('overdue is whose turn came so long ago, not who waits for its turn, and with what the last try ended', async () => {
  const error = new Error('no');
  answer = () => Promise.reject(error);
  nudges.add('ns/a', [changed('x')], 'now');
  await pass(1_000);
  answer = () => Promise.resolve();
  for (let i = 0; i < 1_000; i += 1) nudges.add(`ns/s${i}`, [], 'paced');
  await pass(0);
  expect(nudges.overdue(900)).toEqual([{ key: 'ns/a', turnMs: 0, error }]);
  expect(nudges.overdue(1_100)).toEqual([]);
  await pass(45_000);
  expect(nudges.overdue(1_000)).toEqual([]);
  expect(nudges.isDue('ns/s999')).toBe(true);
  expect(nudges.isDue('ns/a')).toBe(false);
});

test('a thousand at once on a slow engine are not overdue as long as it takes them', async () => {
  answer = () => new Promise((resolve) => setTimeout(resolve, 1_000));
  for (let i = 0; i < 1_000; i += 1) nudges.add(`ns/s${i}`, [changed('x')], 'now');
  for (let second = 0; second < 19; second += 1) {
    await pass(1_000);
    expect(nudges.overdue(5_000)).toEqual([]);
  }
  answer = () => Promise.reject(new Error('no'));
  nudges.add('ns/later', [changed('x')], 'now');
  await pass(10_000);
  expect(nudges.overdue(5_000).map(({ key }) => key)).toEqual(['ns/later']);
});

test('stopping sends nothing more and waits for what is under way', async () => {
  let ended = false;
  answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    ended = true;
  };
  nudges.add('ns/a', [], 'now');
  nudges.add('ns/b', [], 'paced');
  const stopped = nudges.stop();
  await pass(1_000);
  await stopped;
  expect(ended).toBe(true);
  expect(sent.map((s) => s.key)).toEqual(['ns/a']);
});

const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(performance.now() * 1_000) % 1_000_000);

test('10,000 random changes with an engine that refuses every third and goes away now and then: each final state arrives', async () => {
  tell(`nudges: random changes with TEST_SEED=${SEED}`);
  jest.spyOn(Math, 'random').mockImplementation(numbersFrom(SEED));
  const wanted = new Map<string, string>();
  const arrived = new Map<string, string>();
  const everything = new Map<ServerKey, number>();
  const addedAt = new Map<string, number>();
  await nudges.stop();
  let count = 0;
  nudges = createNudges({
    async send(key, { objects }) {
      count += 1;
      const startedAt = Date.now();
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      if (Math.random() < 0.3) throw new Error(Math.random() < 0.1 ? 'away' : 'no');
      if (objects.length === 0) everything.set(key, startedAt);
      for (const object of objects) arrived.set(`${key} ${object.uid}`, object.version);
    },
    isAway: (error) => error instanceof Error && error.message === 'away',
  });
  const paces: readonly Pace[] = ['now', 'soon', 'soon', 'paced'];
  for (let i = 0; i < 10_000; i += 1) {
    const key: ServerKey = `ns/s${Math.floor(Math.random() * 40)}`;
    const uid = `u${Math.floor(Math.random() * 8)}`;
    const version = Math.random() < 0.1 ? 'gone' : String(i);
    const anything = Math.random() < 0.02;
    nudges.add(key, anything ? [] : [{ uid, version }], paces[Math.floor(Math.random() * 4)] ?? 'soon');
    if (!anything) {
      wanted.set(`${key} ${uid}`, version);
      addedAt.set(`${key} ${uid}`, Date.now());
    }
    if (Math.random() < 0.3) await pass(Math.random() * 8);
  }
  await pass(120_000);
  expect(nudges.due().count).toBe(0);
  const lost = [...wanted].filter(([id, version]) => {
    const [key] = id.split(' ') as [ServerKey];
    const lookedAfter = (everything.get(key) ?? -1) >= (addedAt.get(id) ?? 0);
    return arrived.get(id) !== version && !lookedAfter;
  });
  expect(lost).toEqual([]);
  expect(count).toBeLessThan(6_000);
});

test('what a server’s own API said is told whatever it is merged with, since no look can see it', async () => {
  nudges.add('ns/a', [changed('x', 1)], 'soon');
  await pass(0);
  nudges.add('ns/a', [changed(SERVER_API, 7)], 'soon');
  nudges.add('ns/a', [], 'soon');
  nudges.add('ns/a', [changed('y', 2)], 'soon');
  await pass(400);
  expect(sent[1]?.nudge).toEqual({ objects: [changed(SERVER_API, 7)], anything: true });
  nudges.add('ns/b', [changed(SERVER_API, 8)], 'soon');
  await pass(0);
  expect(sent[2]?.nudge).toEqual({ objects: [changed(SERVER_API, 8)] });
});

// The prober: who is asked when, what becomes of the answers, and that servers which hang delay nobody else.
import { prober, type Probe, type Probed } from '../../../src/watcher/prober.ts';
import { waitFor } from '../../kit/wait-for.ts';

interface Bench {
  nowMs: number;
  readonly servers: Probed[];
  readonly asked: string[];
  readonly told: [string, string][];
  answer: (key: string, signal: AbortSignal) => Promise<Probe | undefined>;
  readonly stop: () => Promise<void>;
  /** Lets `ms` pass in small steps, with all that is due in each. */
  pass(ms: number): Promise<void>;
}

const settled = (name: string, intervalMs = 30_000): Probed => ({ key: `prod/${name}`, intervalMs, settled: true });
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

function bench(...servers: Probed[]): Bench {
  const controller = new AbortController();
  const made: Bench = {
    nowMs: 1_000_000,
    servers,
    asked: [],
    told: [],
    answer: () => Promise.resolve({ digest: 'same', trouble: false }),
    stop: async () => {
      controller.abort();
      await running;
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= 1_000) {
        made.nowMs += Math.min(left, 1_000);
        await tick();
      }
    },
  };
  const running = prober(
    {
      servers: () => made.servers,
      probe: (key, signal) => {
        made.asked.push(key);
        return made.answer(key, signal);
      },
      changed: (key, digest) => made.told.push([key, digest]),
      now: () => made.nowMs,
      random: () => 0.5,
      tickMs: 1,
    },
    controller.signal,
  );
  return made;
}

let made: Bench | undefined;
afterEach(async () => made?.stop());
const begin = (...servers: Probed[]): Bench => (made = bench(...servers));

test('a server is asked at its own pace, and told of once while its answer is the same', async () => {
  const world = begin(settled('a', 10_000), settled('b', 60_000));
  await world.pass(120_000);
  const count = (key: string): number => world.asked.filter((asked) => asked === key).length;
  expect(count('prod/a')).toBeGreaterThanOrEqual(10);
  expect(count('prod/a')).toBeLessThanOrEqual(13);
  expect(count('prod/b')).toBe(2);
  expect(world.told).toEqual(expect.arrayContaining([['prod/a', 'same'], ['prod/b', 'same']])); // prettier-ignore
  expect(world.told).toHaveLength(2);
});

test('another answer is told at once, and so is the way back', async () => {
  const world = begin(settled('a', 10_000));
  await world.pass(20_000);
  world.answer = () => Promise.resolve({ digest: 'other', trouble: false });
  await world.pass(12_000);
  world.answer = () => Promise.resolve({ digest: 'same', trouble: false });
  await world.pass(12_000);
  expect(world.told.map(([, digest]) => digest)).toEqual(['same', 'other', 'same']);
});

test('a server that does not answer is asked ever less often, every five minutes at last', async () => {
  const world = begin(settled('a', 10_000));
  world.answer = () => Promise.resolve({ digest: 'unreachable', trouble: true });
  await world.pass(20 * 60_000);
  expect(world.asked.length).toBeGreaterThan(5);
  expect(world.asked.length).toBeLessThan(15);
  expect(world.told).toEqual([['prod/a', 'unreachable']]);
});

test('servers that hang delay nobody else (B-S13)', async () => {
  const hanging = Array.from({ length: 20 }, (_, i) => settled(`hangs-${i}`, 5_000));
  const world = begin(...hanging);
  world.answer = (key) =>
    key.includes('hangs')
      ? Promise.resolve({ digest: 'unreachable', trouble: true })
      : Promise.resolve({ digest: 'same', trouble: false });
  await world.pass(10_000);
  world.answer = (key, signal) =>
    key.includes('hangs')
      ? new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
      : Promise.resolve({ digest: 'same', trouble: false });
  await world.pass(60_000);
  world.servers.push(settled('well', 10_000));
  await world.pass(60_000);
  expect(world.asked.filter((key) => key === 'prod/well').length).toBeGreaterThanOrEqual(5);
});

test('while somebody waits for it, a server is asked every five seconds, whatever its interval', async () => {
  const world = begin({ ...settled('a', 600_000), settled: false });
  await world.pass(30_000);
  expect(world.asked.length).toBeGreaterThanOrEqual(4);
});

test('Kubernetes that does not answer is held against no server', async () => {
  const world = begin(settled('a', 5_000));
  world.answer = () => Promise.reject(new Error('no answer'));
  await world.pass(60_000);
  expect(world.asked.length).toBeGreaterThanOrEqual(8);
  expect(world.told).toEqual([]);
});

test('while somebody waits for a server that does not answer, it is asked every half minute at least', async () => {
  const world = begin({ ...settled('a', 30_000), settled: false });
  world.answer = () => Promise.resolve({ digest: 'none', trouble: true });
  await world.pass(600_000);
  expect(world.asked.length).toBeGreaterThanOrEqual(18);
});

test('once nobody waits for it any more, it is asked at its own pace again', async () => {
  const world = begin({ ...settled('files', 600_000), settled: false });
  await world.pass(2_000);
  world.servers.splice(0, 1, settled('files', 600_000));
  await world.pass(300_000);
  expect(world.asked).toEqual([]);
  await world.pass(301_000);
  expect(world.asked).toEqual(['prod/files']);
});

test('a server that is gone is asked no more, and nothing is told after the end', async () => {
  const world = begin(settled('a', 5_000));
  await world.pass(10_000);
  world.servers.length = 0;
  await world.pass(2_000);
  const before = world.asked.length;
  await world.pass(30_000);
  expect(world.asked.length).toBe(before);
  let release: ((probe: Probe) => void) | undefined;
  world.answer = () => new Promise((resolve) => (release = resolve));
  world.servers.push(settled('b', 1_000));
  await world.pass(5_000);
  await waitFor('the probe to begin', () => release !== undefined, { timeoutMs: 10_000, everyMs: 5 });
  const told = world.told.length;
  const stopped = world.stop();
  release?.({ digest: 'late', trouble: false });
  await stopped;
  expect(world.told.length).toBe(told);
});

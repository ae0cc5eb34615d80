// kill -9 of the provisioner after each write of a calm run that makes something, while those that it was killed over earlier are on their way
// back: it loses nothing, and nothing is made twice. Of the other writes, and of kills between a write and its answer, faults/stories.test.ts tells.
import { setTimeout as pause } from 'node:timers/promises';
import type { Write } from '../kit/audit.ts';
import { tell } from '../kit/tell.ts';
import { everMade, type EverMade } from './support/ever-made.ts';
import { useStage } from './support/stage.ts';
import { PERCONA, conditionsOf, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'kills', env: { WORKER_TIMEOUT: '2s' } });

let ever: EverMade;

beforeAll(async () => {
  ever = await everMade(stage.cluster, stage.namespace);
});
afterAll(() => ever.stop());

const described = ({ verb, resource, name = '' }: Write, of: Subject): string =>
  `${verb} ${resource} ${name.replace(of.name, '<name>')}`;

/** The writes that made something, events aside: a create, or an apply that created. */
const making = (server: Subject): readonly Write[] =>
  server.writes().filter(({ code, resource }) => code === 201 && resource !== 'events');

interface Trial {
  /** The write, as the calm run has it, and its place among those that make something. */
  readonly after: string;
  readonly k: number;
  readonly server: Subject;
}

const isReady = async ({ server }: Trial): Promise<boolean> =>
  conditionsOf(await server.get()).some(({ type, status }) => type === 'Ready' && status === 'True');

const isReached = ({ k, server }: Trial): boolean => making(server).length >= k;

interface Kill {
  /** Those that need not be waited for any longer. */
  readonly done: readonly Trial[];
  /** Those that had come to their write and were not yet Ready. */
  readonly inTheMiddle: number;
  readonly kills: 0 | 1;
}

/** Within this time one of them comes to its write, usually. */
const USUAL_MS = 20_000;

/**
 * Waits until one of them has come to its write, kills at once, and starts anew. A write whose answer a kill took away is not in the audit log as
 * one that made something: who is Ready without having come to his is let go.
 */
async function killAtNext(pending: readonly Trial[]): Promise<Kill> {
  const { provisioner } = stage;
  const startedMs = Date.now();
  while (!pending.some(isReached)) {
    if (!provisioner.isRunning()) throw new Error(`The provisioner ended by itself: see ${provisioner.logFile}`);
    if (Date.now() - startedMs > 120_000) throw new Error(`No write: ${(await Promise.all(pending.map(({ server }) => server.says()))).join('; ')}`); // prettier-ignore
    if (Date.now() - startedMs > USUAL_MS) {
      const ready = await Promise.all(pending.map(isReady));
      const done = pending.filter((trial, i) => ready[i] && !isReached(trial));
      if (done.length > 0) return { done, inTheMiddle: 0, kills: 0 };
    }
    await pause(1);
  }
  await provisioner.kill();
  const done = pending.filter(isReached);
  const wereReady = await Promise.all(done.map(isReady));
  await provisioner.start();
  return { done, inTheMiddle: wereReady.filter((was) => !was).length, kills: 1 };
}

test('kill -9 after each write of a calm run that makes something: Ready in the end, and every object made exactly once', async () => {
  const calm = stage.subject('calm');
  await calm.apply(PERCONA);
  await calm.untilReady();
  await calm.untilQuiet();
  const list = making(calm).map((write) => described(write, calm));
  const made = ever.made(calm);
  expect(list.length).toBeGreaterThan(8);
  expect(made).toEqual([...new Set(made)]);

  // Each kill also hits those that are still on their way back from an earlier one. What comes after the database's time is waited for side by
  // side, what comes at once is met one by one.
  const trials = list.map((after, index) => ({ after, k: index + 1, server: stage.subject(`kill-${index + 1}`) }));
  const late = list.findIndex((after) => after.includes('statefulsets'));
  expect(late).toBeGreaterThan(0);
  let pending: readonly Trial[] = trials.slice(late);
  let [kills, inTheMiddle] = [0, 0];
  const killUntil = async (isOver: () => boolean): Promise<void> => {
    while (!isOver()) {
      const kill = await killAtNext(pending);
      kills += kill.kills;
      inTheMiddle += kill.inTheMiddle;
      pending = pending.filter((trial) => !kill.done.includes(trial));
    }
  };
  for (const { server } of pending) await server.apply(PERCONA);
  for (const trial of trials.slice(0, late)) {
    pending = [...pending, trial];
    await trial.server.apply(PERCONA);
    await killUntil(() => !pending.includes(trial));
  }
  await killUntil(() => pending.length === 0);
  tell(`kills: ${kills}, after ${inTheMiddle} of ${list.length} writes: ${list.join(', ')}`);
  // Some come to theirs within the same few milliseconds, or before a provisioner that has just started can be killed again.
  expect(inTheMiddle).toBeGreaterThanOrEqual(list.length - 3);
  expect(kills).toBeGreaterThanOrEqual(list.length - 5);

  for (const { server } of trials) {
    await server.untilReady({ timeoutMs: 120_000 });
    await server.untilQuiet();
  }
  const outcomes = trials.map(({ after, server }) => [after, ever.made(server), ever.contents(server)]);
  expect(outcomes).toEqual(list.map((after) => [after, made, [1, 1, 1]]));
}, 480_000);

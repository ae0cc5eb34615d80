// Waiting for the database: for as long as it takes, told from the first moment, and without polling it to death.
import type { State } from '../../../workflows/messages.ts';
import { applyDittoServer, PERCONA, reportDatabase, runPods } from '../actors-stand-in.ts';
import { runsOf } from '../history.ts';
import type { Lane } from '../lane.ts';
import { expectSound } from '../soundness.ts';
import type { Scenario } from '../suite.ts';
import { createWorld, endRun, skipTogether, type World } from '../world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const looksOf = ({ activities }: World): number => activities.filter((name) => name === 'look').length;
const statusWrites = (world: World): number => world.writes({ subresource: 'status' }).length;

async function beginWaiting(world: World): Promise<void> {
  applyDittoServer(world, PERCONA);
  await world.tell();
  reportDatabase(world, 'initializing');
  await world.tell();
}

const storyOf = async (world: World): Promise<State['story']> => (await world.state()).story;

/** What thirty days leave behind: a story that began where it began, few looks, no write, and runs that were continued. */
async function expectQuiet(world: World, { since }: State['story'], writes: number): Promise<void> {
  const told = { stage: 'WaitingForDatabase', reason: 'PostgresInitializing', stalled: true, since };
  expect(await storyOf(world)).toMatchObject(told);
  // Every 5 s at first, hourly in the end; every 10 s would have been 259,000.
  expect(looksOf(world)).toBeGreaterThan(700);
  expect(looksOf(world)).toBeLessThan(800);
  expect(world.writes()).toHaveLength(writes);
  const runs = await runsOf(world);
  expect(runs.length).toBeGreaterThan(1);
  expect(Math.max(...runs.map(({ events }) => events.length))).toBeLessThan(1_100);
}

/** Two DittoServers that wait side by side, so that thirty days pass once for two tests. */
async function waitThirtyDays(lane: Lane): Promise<readonly [World, World]> {
  const worlds = [createWorld(lane, { maySkip: true }), createWorld(lane, { maySkip: true })] as const;
  await Promise.all(worlds.map(beginWaiting));
  const stories = await Promise.all(worlds.map(storyOf));
  await skipTogether(worlds, HOUR_MS);
  const writes = worlds.map((world) => world.writes().length);
  await skipTogether(worlds, 30 * DAY_MS - HOUR_MS);
  await Promise.all(worlds.map((world, i) => expectQuiet(world, stories[i] as State['story'], writes[i] ?? 0)));
  return worlds;
}

export function waiting(scenario: Scenario): void {
  let waited: Promise<readonly [World, World]> | undefined;
  const thirtyDays = (lane: Lane): Promise<readonly [World, World]> => (waited ??= waitThirtyDays(lane));

  scenario(
    'a database that is not ready for 30 days is used at once when a signal tells that it is',
    async ({ lane }) => {
      const [world] = await thirtyDays(lane);
      const looks = looksOf(world);
      reportDatabase(world, 'ready');
      await world.tell();
      expect(world.kube.find('StatefulSet', 'files')).toBeDefined();
      runPods(world);
      await world.tell();
      expect((await world.state()).story).toMatchObject({ stage: 'Ready', stalled: false, ready: true });
      expect(looksOf(world) - looks).toBeLessThan(6);
      await expectSound(world);
      await endRun(world);
    },
    { skips: true, heavy: true },
  );

  scenario(
    'a database that is not ready for 30 days is found ready by the timer alone',
    async ({ lane }) => {
      const [, world] = await thirtyDays(lane);
      reportDatabase(world, 'ready');
      await world.skip(HOUR_MS);
      expect(world.kube.find('StatefulSet', 'files')).toBeDefined();
      runPods(world);
      await world.skip(HOUR_MS);
      expect(world.condition('Ready')).toMatchObject({ status: 'True' });
      await expectSound(world);
      await endRun(world);
    },
    { skips: true, heavy: true },
  );

  scenario(
    'a deadline that passes is told once, as Stalled and Failed, and what is overdue recovers by itself',
    async (world) => {
      await beginWaiting(world);
      await world.skip(19 * MINUTE_MS);
      expect(world.condition('Stalled')).toMatchObject({ status: 'False' });
      expect(world.server().status?.phase).toBe('Pending');
      const writes = statusWrites(world);
      await world.skip(MINUTE_MS + 1_000);
      expect(world.condition('Stalled')).toMatchObject({ status: 'True', reason: 'DeadlinePassed' });
      expect(world.condition('DatabaseReady')).toMatchObject({ status: 'False', reason: 'PostgresInitializing' });
      expect(world.server().status?.phase).toBe('Failed');
      await world.skip(5 * HOUR_MS);
      expect(statusWrites(world)).toBe(writes + 1);
      expect(world.events.map(({ reason, type }) => [reason, type])).toEqual([['DeadlinePassed', 'Warning']]);

      reportDatabase(world, 'ready');
      await world.skip(HOUR_MS);
      runPods(world);
      await world.skip(HOUR_MS);
      expect(world.condition('Stalled')).toMatchObject({ status: 'False' });
      expect(world.server().status?.phase).toBe('Running');
      expect((await world.state()).story.stage).toBe('Ready');
    },
    { skips: true, replayed: true, recorded: 'deadline-passed' },
  );
}

// What people and machines do to a workflow in the middle of things: cancel it, terminate it, restart its worker (E1).
import { tsToMs } from '@temporalio/common/lib/time.js';
import { setTimeout as delay } from 'node:timers/promises';
import { UNKNOWN_STEP } from '../../../activities/index.ts';
import type { StepName } from '../../../src/api/verdict.ts';
import { seededRandom, type Random } from '../../kit/random.ts';
import { tell } from '../../kit/tell.ts';
import { applyDittoServer, BASIC, bringUp, PERCONA, reportDatabase, runPods } from '../actors-stand-in.ts';
import { runsOf, summariesOf } from '../history.ts';
import { expectSound } from '../soundness.ts';
import type { Scenario } from '../suite.ts';
import { createWorld, endRun, type World } from '../world.ts';

/** How many moments of provisioning are interrupted, on the server for tests and on the real one. */
const FEW = 20;
const MANY = 200;
/** So many DittoServers at a time. */
const SIDE_BY_SIDE = 10;
/** Longer than a step takes here, so that every gap between two calls of the API is met too. */
const LONGEST_DELAY_MS = 15;

type Interruption = 'cancel' | 'terminate';
const STATUS_AFTER = { cancel: 'CANCELLED', terminate: 'TERMINATED' } as const;

/** A moment of provisioning: while this call of the API is unanswered (held until the deed is done), or so long after its begin. */
interface Moment {
  readonly call: number;
  readonly delayMs: number | 'held';
}

const interrupt = (world: World, how: Interruption): Promise<unknown> =>
  how === 'cancel' ? world.handle().cancel() : world.handle().terminate('a person did');

const statusOf = async (world: World, runId: string): Promise<string> =>
  (await world.lane.server.client.workflow.getHandle(world.id, runId).describe()).status.name;

/** From applied to Ready with an audit after each stage, which brings a lost run back. */
async function bringUpAudited(world: World): Promise<void> {
  applyDittoServer(world, PERCONA);
  for (const next of [() => reportDatabase(world, 'ready'), () => runPods(world), () => undefined]) {
    await world.tell();
    await world.ensure();
    next();
  }
}

/** Kind and name of everything, how often each was written by the provisioner or taken away, and what users see. */
function outcome(world: World, deleted: readonly string[]) {
  const { kube } = world;
  const children = kube.all().map(({ kind, metadata, spec }) => `${kind}/${metadata.name} ${kind === 'StatefulSet' ? JSON.stringify(spec).length : ''}`); // prettier-ignore
  const written = world.writes().filter(({ subresource }) => subresource !== 'status');
  return {
    children: children.sort(),
    writes: written.map(({ kind, name }) => `${kind}/${name}`).sort(),
    deleted: [...deleted],
    status: { ...world.server().status, conditions: undefined, configHash: undefined, perconaClusterUid: undefined },
  };
}

/** Names of what is deleted from now on, by whomever. */
function deletedIn({ kube }: World): readonly string[] {
  const deleted: string[] = [];
  kube.after(({ kind, metadata }, _manager, verb) => {
    if (verb === 'delete') deleted.push(`${kind}/${metadata.name}`);
  });
  return deleted;
}

/** Brought up with an interruption at a moment; whatever it met, an audit follows. */
async function interruptAt(world: World, { call, delayMs }: Moment, how: Interruption): Promise<void> {
  let calls = 0;
  let interrupted: Promise<unknown> | undefined;
  world.kube.before(async () => {
    calls += 1;
    if (calls !== call) return;
    interrupted = delayMs === 'held' ? interrupt(world, how) : delay(delayMs).then(() => interrupt(world, how));
    if (delayMs === 'held') await interrupted;
  });
  await bringUpAudited(world);
  await interrupted;
  await world.settle();
  await world.ensure();
  await world.tell();
}

function momentsOf(random: Random, count: number, calls: number): readonly Moment[] {
  return Array.from({ length: count }, () => ({
    call: random.between(1, calls),
    delayMs: random.between(0, 1) === 0 ? 'held' : random.between(0, LONGEST_DELAY_MS),
  }));
}

async function interruptEverywhere(calm: World, how: Interruption, count: number): Promise<void> {
  const nothing = deletedIn(calm);
  await bringUpAudited(calm);
  const expected = outcome(calm, nothing);
  const moments = momentsOf(seededRandom(`E1, ${how}`), count, calm.kube.calls.length);
  let runs = 0;
  const check = async (moment: Moment): Promise<void> => {
    const world = createWorld(calm.lane, { maySkip: false });
    const deleted = deletedIn(world);
    try {
      await interruptAt(world, moment, how);
      const [first = ''] = world.runIds;
      expect([moment, await statusOf(world, first)]).toEqual([moment, STATUS_AFTER[how]]);
      expect([moment, outcome(world, deleted)]).toEqual([moment, expected]);
      expect([moment, (await world.state()).story.stage]).toEqual([moment, 'Ready']);
      await expectSound(world);
      runs += world.runIds.size;
    } finally {
      await endRun(world);
    }
  };
  const left = [...moments];
  const checkSome = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await check(next);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, checkSome));
  const held = moments.filter(({ delayMs }) => delayMs === 'held').length;
  tell(`E1, ${how}: ${count} points (${held} in a held call) of ${calm.kube.calls.length} calls, ${runs} runs`);
}

export function interruptions(scenario: Scenario): void {
  scenario(
    'a worker that is restarted in the middle of a step, and while waiting, loses and repeats nothing',
    async (world) => {
      let restarting: Promise<void> | undefined;
      world.onActivity((name) => {
        if (name === 'createPostgresCluster') restarting ??= world.lane.restart();
        return Promise.resolve();
      });
      applyDittoServer(world, PERCONA);
      await world.tell();
      await restarting;
      expect((await world.state()).story.stage).toBe('WaitingForDatabase');
      await world.lane.restart();
      reportDatabase(world, 'ready');
      await world.tell();
      runPods(world);
      await world.tell();
      expect((await world.state()).story.stage).toBe('Ready');
      expect(world.activities.filter((name) => name !== 'look')).toEqual([
        'createPostgresCluster',
        'applyStatefulSet',
        'connectServerApi',
      ]);
      expect(world.writes({ kind: 'StatefulSet' })).toHaveLength(1);
    },
    { onlyReal: true, ownWorker: true, recorded: 'worker-restarted' },
  );

  scenario(
    'a step of another version, which this worker does not know, is answered by what this version says',
    async (world) => {
      let asked = false;
      world.judgeOtherwise((name, verdict) => {
        if (name !== 'createPostgresCluster' || asked) return verdict;
        asked = true;
        // As the newer one of two workers that stand side by side would answer.
        return { ...verdict, next: { name: 'sealVolumes' as StepName, intent: 'sealed', summary: 'seal the volumes' } };
      });
      await bringUp(world, PERCONA);
      expect((await world.state()).story.stage).toBe('Ready');
      const steps = world.activities.filter((name) => name !== 'look');
      expect(steps).toEqual(['createPostgresCluster', UNKNOWN_STEP, 'applyStatefulSet', 'connectServerApi']);
      expect(summariesOf(await runsOf(world)).activities).toContain('seal the volumes');
    },
    { replayed: true, recorded: 'step-of-another-version' },
  );

  scenario(
    'a step is given up after the silence that the verdict before it names, else after four seconds',
    async (world) => {
      world.judgeOtherwise((_, verdict) =>
        world.activities.length === 1 ? { ...verdict, workerTimeoutMs: 2_500 } : verdict,
      );
      await bringUp(world, PERCONA);
      const scheduled = (await runsOf(world)).flatMap(({ events }) =>
        events.flatMap(({ activityTaskScheduledEventAttributes: step }) =>
          step ? [[step.activityType?.name, tsToMs(step.heartbeatTimeout)]] : [],
        ),
      );
      expect(scheduled).toEqual([
        ['createPostgresCluster', 2_500],
        ['applyStatefulSet', 4_000],
        ['connectServerApi', 4_000],
      ]);
    },
    { replayed: true },
  );

  scenario(
    'a run that is cancelled while it waits ends at once; the next one changes nothing',
    async (world) => {
      await bringUp(world, BASIC);
      const writes = world.writes().length;
      await world.handle().cancel();
      await world.settle();
      expect((await world.handle().describe()).status.name).toBe('CANCELLED');
      await world.ensure();
      expect((await world.state()).story.stage).toBe('Ready');
      expect(world.writes()).toHaveLength(writes);
    },
    { recorded: 'cancelled' },
  );

  for (const [how, done] of [
    ['cancel', 'cancelled'],
    ['terminate', 'terminated'],
  ] as const) {
    for (const [count, options] of [
      [FEW, { onlyForTests: true }],
      [MANY, { onlyReal: true, heavy: true }],
    ] as const) {
      scenario(
        `a run that is ${done} at any of ${count} random points is taken up by the next one, to the same end (E1)`,
        (world) => interruptEverywhere(world, how, count),
        options,
      );
    }
  }
}

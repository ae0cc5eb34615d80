// What people and machines do to a workflow in the middle of things: cancel it, terminate it, restart its worker (E1 in small).
import { applyDittoServer, BASIC, bringUp, PERCONA, reportDatabase, runPods } from '../actors-stand-in.ts';
import { expectSound } from '../soundness.ts';
import type { Scenario } from '../suite.ts';
import { createWorld, endRun, type World } from '../world.ts';

/** How many moments of a calm run are interrupted. */
const POINTS = { cancel: 20, terminate: 5 } as const;

type Interruption = 'cancel' | 'terminate';
const STATUS_AFTER = { cancel: 'CANCELLED', terminate: 'TERMINATED' } as const;

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

/** Kind and name of everything, how often each was written by the provisioner, and what users see. */
function outcome(world: World) {
  const { kube } = world;
  const children = kube.all().map(({ kind, metadata, spec }) => `${kind}/${metadata.name} ${kind === 'StatefulSet' ? JSON.stringify(spec).length : ''}`); // prettier-ignore
  const written = world.writes().filter(({ subresource }) => subresource !== 'status');
  return {
    children: children.sort(),
    writes: written.map(({ kind, name }) => `${kind}/${name}`).sort(),
    status: { ...world.server().status, conditions: undefined, configHash: undefined, perconaClusterUid: undefined },
  };
}

/** Brought up with an interruption while the given call of the API is under way. */
async function interruptAt(world: World, point: number, how: Interruption): Promise<void> {
  let calls = 0;
  world.kube.before(async () => {
    calls += 1;
    if (calls === point) await interrupt(world, how);
  });
  await bringUpAudited(world);
}

async function interruptEverywhere(calm: World, how: Interruption): Promise<void> {
  await bringUpAudited(calm);
  const expected = outcome(calm);
  const { length } = calm.kube.calls;
  const points = Array.from({ length: POINTS[how] }, (_, i) => 1 + Math.floor((i * (length - 1)) / (POINTS[how] - 1)));
  const check = async (point: number): Promise<void> => {
    const world = createWorld(calm.lane, { maySkip: false });
    try {
      await interruptAt(world, point, how);
      const [first = ''] = world.runIds;
      expect([point, await statusOf(world, first)]).toEqual([point, STATUS_AFTER[how]]);
      expect([point, outcome(world)]).toEqual([point, expected]);
      await expectSound(world);
    } finally {
      await endRun(world);
    }
  };
  await Promise.all(points.map(check));
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
      expect(world.activities.filter((name) => name !== 'look')).toEqual(['createPostgresCluster', 'applyStatefulSet']);
      expect(world.writes({ kind: 'StatefulSet' })).toHaveLength(1);
    },
    { onlyReal: true, ownWorker: true, recorded: 'worker-restarted' },
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

  scenario(
    `a run that is cancelled at any of ${POINTS.cancel} points is taken up by the next one, to the same end (E1)`,
    (world) => interruptEverywhere(world, 'cancel'),
  );

  scenario(
    `a run that is terminated at any of ${POINTS.terminate} points is taken up by the next one, to the same end (E1)`,
    (world) => interruptEverywhere(world, 'terminate'),
  );
}

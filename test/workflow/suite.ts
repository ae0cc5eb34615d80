// The workflow's suite: the real workflow, activities and requirements over an API server in memory, on a Temporal server with
// virtual time. One suite for both servers; every test ends with a look at the history.
import { randomUUID } from 'node:crypto';
import { recordHistory } from '../replay/record.ts';
import { runsOf } from './history.ts';
import { quietRuntime, startLane, type Lane } from './lane.ts';
import type { Clock, Runner, TestServer } from './server.ts';
import { expectSound, registerAttributes } from './soundness.ts';
import { interruptions } from './suite/interruptions.ts';
import { lifecycle } from './suite/lifecycle.ts';
import { story } from './suite/story.ts';
import { troubles } from './suite/troubles.ts';
import { updates } from './suite/updates.ts';
import { waiting } from './suite/waiting.ts';
import { createWorld, endRun, type World } from './world.ts';

export interface ScenarioOptions {
  /** Virtual time passes. On a server with one clock that concerns every workflow, so such tests run one by one. */
  readonly skips?: true;
  /**
   * Also with a worker that keeps no workflow in memory, so that every workflow task is a replay: on both servers. On the real one all
   * that are not `heavy` run so, too.
   */
  readonly replayed?: true;
  /** Hundreds of passes: once is enough. */
  readonly heavy?: true;
  /** What the time-skipping server cannot do: restart a worker, or suggest to continue as new before 1,000 events. */
  readonly onlyReal?: true;
  /** What the real server is asked more of, under another title. */
  readonly onlyForTests?: true;
  /** With a worker of its own, which the test may restart. */
  readonly ownWorker?: true;
  /** The name under which the histories of its runs are kept for replays, when they are recorded (test/replay/record.ts). */
  readonly recorded?: string;
}

type Run = (world: World) => Promise<void>;
/** Declares a test over a world of its own. */
export type Scenario = (title: string, run: Run, options?: ScenarioOptions) => void;

interface Declared {
  readonly title: string;
  readonly run: Run;
  readonly options: ScenarioOptions;
  readonly worker: 'usual' | 'forgetful' | 'own';
}

/** Thirty days of waiting are some 700 passes, and up to five tests share the machine. */
const TEST_TIMEOUT_MS = 300_000;

function allScenarios({ isReal }: Runner): readonly Declared[] {
  const declared: Declared[] = [];
  const scenario: Scenario = (title, run, options = {}) => {
    const { replayed, ownWorker, heavy } = options;
    if (isReal ? options.onlyForTests : options.onlyReal) return;
    declared.push({ title, run, options, worker: ownWorker ? 'own' : 'usual' });
    if (!replayed && (!isReal || heavy || ownWorker)) return;
    declared.push({ title: `${title} (every task a replay)`, run, options, worker: 'forgetful' });
  };
  for (const declare of [lifecycle, story, updates, troubles, waiting, interruptions]) declare(scenario);
  return declared;
}

/** The first run under the name itself, the next with "-2" and so on. */
async function keepHistories(world: World, name: string): Promise<void> {
  const runs = await runsOf(world);
  for (const [i, { runId }] of runs.entries()) {
    await recordHistory(world.lane.server.client, world.id, i === 0 ? name : `${name}-${i + 1}`, runId);
  }
}

/** A server with its workers. */
interface Stage {
  /** Runs a test on the worker that it asks for. */
  use(worker: Declared['worker'], body: (lane: Lane) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

async function openStage(server: TestServer): Promise<Stage> {
  await registerAttributes(server.client);
  const usual = await startLane(server, { installation: 'usual' });
  const forgetful = await startLane(server, { installation: 'forgetful', maxCachedWorkflows: 0 });
  let turn = Promise.resolve();

  const onItsOwn = async (body: (lane: Lane) => Promise<void>): Promise<void> => {
    const own = await startLane(server, { installation: randomUUID() });
    try {
      await body(own);
    } finally {
      await own.stop();
    }
  };
  const inTurn = (body: (lane: Lane) => Promise<void>): Promise<void> => {
    const mine = turn.then(() => body(forgetful));
    turn = mine.catch(() => undefined);
    return mine;
  };
  return {
    use(worker, body) {
      if (worker === 'own') return onItsOwn(body);
      return worker === 'usual' ? body(usual) : inTurn(body);
    },
    async close() {
      await Promise.all([usual.stop(), forgetful.stop()]);
      await server.close();
    },
  };
}

/** Declares all tests for one server. */
export function workflowSuite(runner: Runner): void {
  const stages = new Map<Clock, Stage>();

  beforeAll(async () => {
    quietRuntime();
    stages.set('moving', await openStage(await runner.connect('moving')));
    if (!runner.isReal) stages.set('still', await openStage(await runner.connect('still')));
  });
  afterAll(async () => {
    for (const stage of stages.values()) await stage.close();
  });

  const runOn = async (lane: Lane, { run, options, worker }: Declared, clock: Clock): Promise<void> => {
    const world = createWorld(lane, { maySkip: clock === 'moving' });
    try {
      await run(world);
      await expectSound(world);
      const keeps = runner.isReal && worker !== 'forgetful';
      if (options.recorded !== undefined && keeps) await keepHistories(world, options.recorded);
    } finally {
      await endRun(world);
    }
  };

  describe(`on ${runner.title}`, () => {
    for (const declared of allScenarios(runner)) {
      const { title, options } = declared;
      const clock = runner.isReal || options.skips ? 'moving' : 'still';
      const declare = runner.isReal || clock === 'still' ? test.concurrent : test;
      const body = (lane: Lane): Promise<void> => runOn(lane, declared, clock);
      declare(title, () => (stages.get(clock) as Stage).use(declared.worker, body), TEST_TIMEOUT_MS);
    }
  });
}

// The workflow's suite: the real workflow, activities and requirements over an API server in memory, on a Temporal server with
// virtual time. One suite for both servers; every test ends with a look at the history.
import { randomUUID } from 'node:crypto';
import { recordHistory } from '../replay/record.ts';
import { runsOf } from './history.ts';
import { quietRuntime, startLane, type Lane } from './lane.ts';
import type { Runner, TestServer } from './server.ts';
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
  /** Runs end while their activities are under way: on the time-skipping server its clock stands still for good after that. */
  readonly stopsClock?: true;
  /** Also with a worker that keeps no workflow in memory, so that every workflow task is a replay. */
  readonly replayed?: true;
  /** What the time-skipping server cannot do: restart a worker, or suggest to continue as new before 1,000 events. */
  readonly onlyReal?: true;
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

function allScenarios(): readonly Declared[] {
  const declared: Declared[] = [];
  const scenario: Scenario = (title, run, options = {}) => {
    const { replayed, ownWorker, skips, stopsClock } = options;
    declared.push({ title, run, options, worker: ownWorker ? 'own' : 'usual' });
    const again = { ...(skips && { skips }), ...(stopsClock && { stopsClock }) };
    if (replayed) declared.push({ title: `${title} (every task a replay)`, run, options: again, worker: 'forgetful' });
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

/** What leaves the clock alone comes first, what stops it last. */
const rank = ({ options: { skips, stopsClock } }: Declared): number => (stopsClock ? 2 : skips ? 1 : 0);

/** Declares all tests for one server. */
export function workflowSuite(runner: Runner): void {
  let server: TestServer;
  let usual: Lane;
  let forgetful: Lane;

  beforeAll(async () => {
    quietRuntime();
    server = await runner.connect();
    await registerAttributes(server.client);
    usual = await startLane(server, { installation: 'usual' });
    forgetful = await startLane(server, { installation: 'forgetful', maxCachedWorkflows: 0 });
  });
  afterAll(async () => {
    await Promise.all([usual.stop(), forgetful.stop()]);
    await server.close();
  });

  const laneOf = async (worker: Declared['worker']): Promise<Lane> => {
    if (worker === 'own') return startLane(server, { installation: randomUUID() });
    return worker === 'usual' ? usual : forgetful;
  };
  const bodyOf =
    ({ run, options, worker }: Declared) =>
    async (): Promise<void> => {
      const lane = await laneOf(worker);
      const world = createWorld(lane, { maySkip: runner.isReal || options.skips === true });
      try {
        await run(world);
        await expectSound(world);
        if (options.recorded !== undefined && runner.isReal) await keepHistories(world, options.recorded);
      } finally {
        await endRun(world);
        if (worker === 'own') await lane.stop();
      }
    };

  describe(`on ${runner.title}`, () => {
    const served = allScenarios().filter(({ options }) => runner.isReal || !options.onlyReal);
    const inOrder = runner.isReal ? served : served.toSorted((a, b) => rank(a) - rank(b));
    for (const declared of inOrder) {
      const declare = runner.isReal || rank(declared) === 0 ? test.concurrent : test;
      declare(declared.title, bodyOf(declared), TEST_TIMEOUT_MS);
    }
  });
}

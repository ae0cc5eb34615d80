// Restarts of the provisioner, SIGTERM and kill -9 in turn, and a deploy of a newer version, while fifty DittoServers are provisioned: all
// become Ready, nothing is made twice, and no step waits for a long time-out.
import { temporal } from '@temporalio/proto';
import { setTimeout as pause } from 'node:timers/promises';
import { record, distinct, type Recording } from '../cluster/support/recording.ts';
import { aSecond } from '../cluster/support/a-second.ts';
import { useStage } from '../cluster/support/stage.ts';
import type { Subject } from '../cluster/support/subject.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { seededRandom } from '../kit/random.ts';
import { tell } from '../kit/tell.ts';
import { taskFailures, type Run } from '../workflow/history.ts';
import { applyBatch, BATCHES, untilAllReady } from './support/fifty.ts';
import { madeCount, madeTwiceOrDeleted } from './support/made.ts';
import { newerVersion } from './support/newer.ts';
import { runsOf, timeOf, type Event } from './support/runs.ts';

const RESTARTS = BATCHES;
const TEST_MS = 900_000;
const START_TO_CLOSE: number = temporal.api.enums.v1.TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE;

const stage = useStage({ name: 'storm' });
type Secret = KubeObject & { readonly data?: unknown };
let secrets: Recording<Secret>;

beforeAll(async () => {
  secrets = await record<Secret>(stage.cluster, { apiVersion: 'v1', kind: 'Secret', namespace: stage.namespace });
});
afterAll(() => secrets.stop());

interface Stop {
  readonly atMs: number;
  readonly backMs: number;
}

/** What the histories tell of attempts that were cut off. */
interface CutOff {
  readonly steps: number;
  readonly again: number;
  /** Steps that waited for their whole time-out. */
  readonly waitedLong: readonly string[];
  /** From the end of the process to the next attempt; the longest, ms. */
  readonly longestMs: number;
  /** Workflow tasks that were cut off. */
  readonly tasks: number;
}

/** The last failure of a step that was begun more than once; the history keeps only that one. */
const timeOutOf = (event: Event): number =>
  event.activityTaskStartedEventAttributes?.lastFailure?.timeoutFailureInfo?.timeoutType ?? 0;

function waitedMs(started: Event, stops: readonly Stop[]): number {
  const last = stops.findLast(({ atMs }) => atMs <= timeOf(started));
  return last ? timeOf(started) - last.atMs : 0;
}

function cutOffIn(runs: readonly Run[], stops: readonly Stop[]): CutOff {
  const events = runs.flatMap((run) => run.events);
  const started = events.filter(({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes);
  const again = started.filter((event) => (event.activityTaskStartedEventAttributes?.attempt ?? 1) > 1);
  const long = again.filter((event) => timeOutOf(event) === START_TO_CLOSE);
  const tasks = events.filter(
    (event) => Number(event.workflowTaskTimedOutEventAttributes?.timeoutType) === START_TO_CLOSE,
  );
  return {
    steps: started.length,
    again: again.length,
    waitedLong: long.map((event) => `event ${String(event.eventId)}`),
    longestMs: Math.max(0, ...again.map((event) => waitedMs(event, stops))),
    tasks: tasks.length,
  };
}

/** Every content that its generated Secrets have ever had, which must be one each. */
const contents = ({ names }: Subject): readonly number[] =>
  [names.jwtSecret, names.adminSecret].map(
    (name) => distinct(secrets.versions(name).map(({ object }) => JSON.stringify(object.data))).length,
  );

/** All of them whole, after so many stops; returns what was cut off, one by one. */
async function expectNothingLost(servers: readonly Subject[], stops: readonly Stop[]): Promise<readonly CutOff[]> {
  const cut: CutOff[] = [];
  for (const server of servers) {
    await server.untilQuiet();
    const runs = await runsOf(stage.temporal, server.workflow().workflowId);
    expect([server.name, taskFailures(runs)]).toEqual([server.name, []]);
    cut.push(cutOffIn(runs, stops));
  }
  expect(servers.flatMap(madeTwiceOrDeleted)).toEqual([]);
  expect(cut.flatMap(({ waitedLong }) => waitedLong)).toEqual([]);
  for (const server of servers) {
    expect([server.name, await server.revisions(), ...contents(server)]).toEqual([server.name, 1, 1, 1]);
  }
  return cut;
}

let calmMs = 0;

test('without restarts, for comparison: fifty DittoServers become Ready', async () => {
  const startedMs = Date.now();
  const servers: Subject[] = [];
  for (let i = 1; i <= RESTARTS; i += 1) servers.push(...(await applyBatch(stage, `calm-${i}`)));
  await untilAllReady(servers);
  calmMs = Date.now() - startedMs;
  expect(servers.flatMap(madeTwiceOrDeleted)).toEqual([]);
}, TEST_MS); // prettier-ignore

test('ten restarts while fifty DittoServers are provisioned: all Ready, nothing made twice, no step waits for a long time-out', async () => {
  const random = seededRandom('restarts');
  const servers: Subject[] = [];
  const stops: Stop[] = [];
  const startedMs = Date.now();
  for (let i = 1; i <= RESTARTS; i += 1) {
    servers.push(...(await applyBatch(stage, `storm-${i}`)));
    // Not a wait for something: the moment is what is tried.
    await pause(random.between(0, 1_500));
    const atMs = Date.now();
    await stage.provisioner.kill(i % 2 === 1 ? 'SIGTERM' : 'SIGKILL');
    await stage.provisioner.start();
    stops.push({ atMs, backMs: Date.now() });
  }
  const lastMs = Date.now();
  await untilAllReady(servers);
  const [wholeMs, restMs] = [Date.now() - startedMs, Date.now() - lastMs];

  const cut = await expectNothingLost(servers, stops);
  const sum = (of: (one: CutOff) => number): number => cut.reduce((total, one) => total + of(one), 0);
  const made = servers.reduce((total, server) => total + madeCount(server), 0);
  tell(
    `restarts: ${RESTARTS} while ${servers.length} DittoServers were provisioned (${made} objects) in ${(wholeMs / 1_000).toFixed(1)} s, ` +
      `${(restMs / 1_000).toFixed(1)} s of it after the last; without restarts ${(calmMs / 1_000).toFixed(1)} s; ` +
      `of ${sum(({ steps }) => steps)} steps ${sum(({ again }) => again)} were taken again, at the latest ` +
      `${(Math.max(...cut.map(({ longestMs }) => longestMs)) / 1_000).toFixed(1)} s after the stop, with the provisioner away for up to ` +
      `${(Math.max(...stops.map(({ atMs, backMs }) => backMs - atMs)) / 1_000).toFixed(1)} s; ` +
      `${sum(({ tasks }) => tasks)} workflow tasks cut off`,
  );
}, TEST_MS); // prettier-ignore

test('a deploy in the middle of it, the newer version beside the old one before that ends: none waits for a long time-out (E3)', async () => {
  const startedMs = Date.now();
  const servers: Subject[] = [];
  const apply = async (from: number, to: number): Promise<void> => {
    for (let i = from; i <= to; i += 1) servers.push(...(await applyBatch(stage, `deploy-${i}`)));
  };
  await apply(1, BATCHES / 2);
  const [newer] = await Promise.all([stage.start(newerVersion), apply(BATCHES / 2 + 1, BATCHES)]);
  try {
    const atMs = Date.now();
    await stage.provisioner.kill('SIGTERM');
    await untilAllReady(servers);
    const wholeMs = Date.now() - startedMs;
    // Now, when the load of the last minute is still that of the deploy: what follows is a minute of reading.
    const second = aSecond();
    const cut = await expectNothingLost(servers, [{ atMs, backMs: atMs }]);
    const again = cut.reduce((total, one) => total + one.again, 0);
    const latestMs = Math.max(...cut.map(({ longestMs }) => longestMs));
    tell(
      `deploy: ${servers.length} DittoServers in ${(wholeMs / calmMs).toFixed(2)} times the time that they take without it; ` +
        `${again} steps were taken again, at the latest ${(latestMs / 1_000).toFixed(1)} s after the old version was told to end`,
    );
    expect(latestMs).toBeLessThan(5 * second);
  } finally {
    await newer.stop();
  }
}, TEST_MS); // prettier-ignore

// Floods of signals to one DittoServer's workflow: it keeps up, its history stays short, and nothing that was told is lost.
import { Client } from '@temporalio/client';
import { createNudges, type Nudges } from '../../src/watcher/nudges.ts';
import { temporalEngine } from '../../src/watcher/engine.ts';
import { CLUSTER_NAME, BASIC, type Subject } from '../cluster/support/subject.ts';
import { useStage } from '../cluster/support/stage.ts';
import { tell } from '../kit/tell.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { taskFailures } from '../workflow/history.ts';
import { flood, type Flood } from './support/flood.ts';
import { runsOf, signalled, type Signalled } from './support/runs.ts';

/** Temporal takes so many signals per run, and no more. */
const MOST_PER_RUN = 10_000;
const REFUSAL = 'exceeded workflow execution limit for signal events';

/** Ten thousand signals are seconds of work for one workflow task, and more where the machine is busy. */
const LONG_MS = 600_000;
const TEST_MS = 1_200_000;

const stage = useStage({ name: 'signals' });

/** Edits what the pod is given, so that it shows when the edit has been seen. */
const edited = { ...BASIC, logging: { level: 'DEBUG' } } as const;

async function readyServer(name: string): Promise<Subject> {
  const server = stage.subject(name);
  await server.apply(BASIC);
  await server.untilReady();
  await server.untilQuiet();
  return server;
}

/** The end of a flood: the edit has been seen, and so has everything that was told. */
async function expectSeen(server: Subject, what: string, sent: Flood): Promise<Signalled> {
  await server.untilReady({ timeoutMs: LONG_MS });
  await server.untilQuiet();
  const runs = await runsOf(stage.temporal, server.workflow().workflowId);
  const counts = signalled(runs);
  tell(
    `signals, ${what}: ${sent.accepted} taken and ${sent.refused} refused in ${sent.seconds.toFixed(1)} s; ` +
      `${counts.signals} in ${counts.runs} runs, longest ${counts.longest} events, ${counts.looks} looks`,
  );
  // The SDK gives a workflow five seconds for what a busy machine needs longer for; the task is taken again.
  expect(taskFailures(runs).filter((failure) => !/^Script execution timed out/.test(failure))).toEqual([]);
  expect(counts.ofFlood).toBe(sent.accepted);
  expect(counts.looksAfterLast).toBeGreaterThan(0);
  expect(counts.mostSignals).toBeLessThanOrEqual(MOST_PER_RUN);
  return counts;
}

test(
  '3,000 signals at 100 per second: each run stays under 1,500 events, and a look follows the last signal',
  async () => {
    const server = await readyServer('steady');
    const sent = await flood(server.workflow(), { count: 3_000, perSecond: 100 });
    expect(sent).toMatchObject({ accepted: 3_000, refused: 0 });
    await server.apply(edited);
    const { longest, runs } = await expectSeen(server, '100 per second', sent);
    expect(longest).toBeLessThan(1_500);
    expect(runs).toBeGreaterThan(1);
  },
  TEST_MS,
);

test(
  '10,000 signals as fast as they go: none is lost, none refused unless a run is full, and an edit in the middle of them is applied',
  async () => {
    const server = await readyServer('fast');
    const sent = await flood(server.workflow(), { count: 10_000, insist: true, halfWay: () => server.apply(edited) });
    expect(sent.accepted).toBe(10_000);
    const { mostSignals } = await expectSeen(server, 'as fast as they go', sent);
    // As a rule the workflow goes on in a new run long before one is full; but on a starved machine it cannot while signals come in during
    // each of its tasks, and Temporal's limit is met by the last few.
    if (mostSignals < MOST_PER_RUN) expect(sent).toMatchObject({ refused: 0, sentences: [] });
    else expect(sent.sentences).toEqual([REFUSAL]);
  },
  TEST_MS,
);

describe('12,000 signals while no worker runs', () => {
  let server: Subject;
  let watcher: Provisioner;
  let sent: Flood;
  let nudges: Nudges | undefined;

  beforeAll(async () => {
    server = await readyServer('full');
    await stage.provisioner.kill('SIGTERM');
    watcher = await stage.start({ verb: 'watch', name: 'watcher' });
    sent = await flood(server.workflow(), { count: 12_000 });
  }, TEST_MS);
  afterAll(async () => {
    await nudges?.stop();
    await watcher.stop();
  });

  const refusals = async (): Promise<number> => {
    const text = await (await fetch(`${watcher.url}/metrics`)).text();
    return Number(/^dittoserver_nudges_refused_total(?:\{.*\})? (\d+)/m.exec(text)?.[1] ?? 0);
  };

  test('Temporal refuses what is over its limit of 10,000 per run', () => {
    expect(sent.sentences).toEqual([REFUSAL]);
    expect(sent.accepted).toBeLessThanOrEqual(MOST_PER_RUN);
    expect(sent.accepted).toBeGreaterThan(MOST_PER_RUN - 100);
  });

  test(
    'the watcher sends refused nudges again until they arrive, and the edit that they told of is applied',
    async () => {
      await server.apply(edited);
      await waitFor('the watcher has been refused', async () => (await refusals()) > 0);

      // The same sender in this process, where it can be seen which nudges have arrived.
      const engine = temporalEngine(new Client({ connection: stage.temporal.connection }));
      const { namespace, name } = server;
      const arrived = new Set<string>();
      let refused = 0;
      nudges = createNudges({
        async send(_, nudge) {
          await engine.nudge({ cluster: CLUSTER_NAME, installation: stage.installation, namespace, name }, nudge);
          for (const { uid } of nudge.objects) arrived.add(uid);
        },
        refused: () => void (refused += 1),
      });
      const uids = Array.from({ length: 20 }, (_, i) => `object-${i}`);
      for (const uid of uids) nudges.add(`${namespace}/${name}`, [{ uid, version: '1' }], 'now');
      await waitFor('the sender has been refused', () => refused > 0);
      expect(arrived.size).toBe(0);
      expect(nudges.due().count).toBe(1);

      await stage.provisioner.start();
      await waitFor('all nudges have arrived', () => uids.every((uid) => arrived.has(uid)), { timeoutMs: LONG_MS });
      expect(nudges.due().count).toBe(0);
      const { mostSignals } = await expectSeen(server, 'while no worker runs', sent);
      tell(`signals, refused nudges: ${await refusals()} by the watcher and ${refused} here, all sent again`);
      expect(mostSignals).toBe(MOST_PER_RUN);
    },
    TEST_MS,
  );
});

// A new version of the rules, with one more step in front, over workflows that wait and workflows in mid-step: forwards, side by side
// with the old one as in a rolling update, and back. Rules are no workflow code, so nothing breaks.
import { madeTwiceOrDeleted } from './support/made.ts';
import { newerVersion } from './support/newer.ts';
import { runsOf, type Event } from './support/runs.ts';
import { useStage } from '../cluster/support/stage.ts';
import { BASIC, PERCONA, type Subject } from '../cluster/support/subject.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { tell } from '../kit/tell.ts';
import { waitFor } from '../kit/wait-for.ts';
import { taskFailures } from '../workflow/history.ts';

const LONG_MS = 180_000;
const NEW_STEP = 'sealVolumes';

const stage = useStage({ name: 'versions' });
const startNewer = (): Promise<Provisioner> => stage.start(newerVersion);

const apply = (names: readonly string[]): Promise<readonly Subject[]> =>
  Promise.all(names.map(async (name) => {
    const server = stage.subject(name);
    await server.apply(BASIC);
    return server;
  })); // prettier-ignore
const numbered = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);

const stepOf = (event: Event): string => event.activityTaskScheduledEventAttributes?.activityType?.name ?? '';

/** Ready, with everything made once and no task of its workflow failed; returns the steps that were taken. */
async function expectWhole(server: Subject): Promise<readonly string[]> {
  await server.untilReady({ timeoutMs: LONG_MS });
  await server.untilQuiet();
  const runs = await runsOf(stage.temporal, server.workflow().workflowId);
  expect([server.name, taskFailures(runs)]).toEqual([server.name, []]);
  expect([server.name, madeTwiceOrDeleted(server)]).toEqual([server.name, []]);
  expect([server.name, await server.revisions()]).toEqual([server.name, 1]);
  return runs.flatMap(({ events }) => events.map(stepOf).filter((name) => name !== ''));
}

/** So many DittoServers are in the middle of their steps. */
const midStep = (servers: readonly Subject[]): Promise<unknown> =>
  waitFor('some are in mid-step', () => servers.some((server) => server.writes().length > 0), { everyMs: 1 });

let running: Provisioner;
let waiting: Subject;

test('a version with one more step in front takes over workflows that wait and workflows in mid-step', async () => {
  waiting = stage.subject('waits');
  const pods = { namespace: stage.namespace, namePrefix: `${waiting.names.postgresCluster}-` };
  const release = await stage.cluster.controls.stickPods(pods, 'imagePull');
  await waiting.apply(PERCONA);
  await waiting.untilTold({ type: 'DatabaseReady', reason: 'PostgresPodsNotReady' }, { timeoutMs: LONG_MS });

  const servers = await apply(numbered('forward', 8));
  await midStep(servers);
  await stage.provisioner.kill('SIGTERM');
  running = await startNewer();
  await waiting.reconcileNow();
  expect((await waiting.state()).story.stage).toBe('WaitingForDatabase');
  await release();
  for (const server of [waiting, ...servers]) expect(await expectWhole(server)).toContain(NEW_STEP);
});

test('both versions side by side, as in a rolling update, bring DittoServers to Ready and come to rest', async () => {
  await stage.provisioner.start();
  const servers = await apply(numbered('beside', 8));
  const steps: string[] = [];
  for (const server of servers) {
    await server.untilReady({ timeoutMs: LONG_MS });
    await server.reconcileNow(2);
    const taken = await expectWhole(server);
    expect(taken.length).toBeLessThan(30);
    steps.push(...taken);
  }
  const asked = steps.filter((name) => name === NEW_STEP).length;
  tell(`versions side by side: ${servers.length} DittoServers, ${steps.length} steps, ${asked} of them known to one version only`);
}); // prettier-ignore

test('back to the old version, by a kill in mid-step: it does not know the step, and goes on', async () => {
  await stage.provisioner.kill('SIGTERM');
  const servers = await apply(numbered('back', 8));
  await midStep(servers);
  await running.kill();
  await stage.provisioner.start();
  for (const server of [waiting, ...servers]) {
    await server.untilReady({ timeoutMs: LONG_MS });
    await server.reconcileNow();
    await expectWhole(server);
    expect((await server.state()).story).toMatchObject({ stage: 'Ready' });
  }
  await running.stop();
});

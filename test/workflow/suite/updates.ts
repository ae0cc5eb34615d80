// reconcileNow: "look now, and answer at the end of the pass", whatever the workflow is doing.
import {
  applyDittoServer,
  BASIC,
  bringUp,
  deleteDittoServer,
  PERCONA,
  reportDatabase,
  runPods,
} from '../actors-stand-in.ts';
import type { Scenario } from '../suite.ts';
import { reconcileNow, type State } from '../../../workflows/messages.ts';

export function updates(scenario: Scenario): void {
  scenario(
    'reconcileNow looks at once, takes the steps that are due, and answers when they are done',
    async (world) => {
      applyDittoServer(world, PERCONA);
      await world.tell();
      expect((await world.reconcileNow()).story).toMatchObject({ stage: 'WaitingForDatabase' });
      reportDatabase(world, 'ready');
      expect((await world.reconcileNow()).story).toMatchObject({ reason: 'PodsStarting' });
      expect(world.kube.find('StatefulSet', 'files')).toBeDefined();
      runPods(world, false);
      expect((await world.reconcileNow()).story).toMatchObject({ stage: 'WaitingForPods', reason: 'PodsStarting' });
    },
  );

  scenario('reconcileNow that comes during a look is answered by a later one', async (world) => {
    await bringUp(world, BASIC);
    let answer: Promise<State> | undefined;
    world.onActivity(async (name) => {
      if (name !== 'look' || answer) return;
      answer = world.reconcileNow();
      // Told only now, after everything was read.
      world.kube.remove('Service', 'files-api');
      await Promise.resolve();
    });
    await world.nudge();
    expect((await answer)?.story).toMatchObject({ stage: 'Ready' });
    expect(world.kube.find('Service', 'files-api')).toBeDefined();
  });

  scenario(
    'reconcileNow is answered when the DittoServer is gone, and the run still ends',
    async (world) => {
      await bringUp(world, BASIC);
      deleteDittoServer(world);
      let answer: Promise<State> | undefined;
      world.onActivity(async (name, verdict) => {
        if (name !== 'reportLeftovers' || !verdict.gone || answer) return;
        const update = await world.handle().startUpdate(reconcileNow, { waitForStage: 'ACCEPTED' });
        answer = update.result();
      });
      await world.tell();
      expect((await answer)?.story).toMatchObject({ stage: 'Gone' });
      await world.settle();
      expect((await world.handle().describe()).status.name).toBe('COMPLETED');
    },
    { replayed: true, recorded: 'update-while-ending' },
  );

  scenario(
    'reconcileNow again and again is always answered, and does not keep the run from being continued as new',
    async (world) => {
      await bringUp(world, BASIC);
      const writes = world.writes().length;
      const runId = async (): Promise<string> => (await world.handle().describe()).runId;
      const first = await runId();
      let answers = 0;
      for (; answers < 300 && (await runId()) === first; answers += 1) {
        expect((await world.reconcileNow()).story.stage).toBe('Ready');
      }
      expect(answers).toBeLessThan(300);
      expect((await world.reconcileNow()).story.stage).toBe('Ready');
      expect(world.writes()).toHaveLength(writes);
    },
    { onlyReal: true, recorded: 'continued-as-new' },
  );

  scenario('what tells nothing new wakes nobody; what does, wakes once and changes nothing', async (world) => {
    await bringUp(world, BASIC);
    const before = { looks: world.activities.length, writes: world.writes().length };
    const objects = world.kube.all().map(({ metadata }) => ({ uid: metadata.uid, version: metadata.resourceVersion }));
    for (let i = 0; i < 3; i += 1) await world.signal({ objects });
    expect(world.activities).toHaveLength(before.looks);
    world.kube.edit('StatefulSet', 'files', 'kubectl-label', ({ metadata }) => {
      metadata.labels = { ...metadata.labels, team: 'storage' };
    });
    await world.tell();
    expect(world.activities).toHaveLength(before.looks + 1);
    expect(world.writes()).toHaveLength(before.writes);
  });

  scenario('a nudge that a person sends from the Temporal page, without arguments, is a look', async (world) => {
    await bringUp(world, BASIC);
    for (const args of [[], [null], ['now'], [{ objects: [null, 5] }]]) {
      const looks = world.activities.length;
      await world.handle().signal('nudge', ...args);
      await world.settle();
      expect(world.activities).toHaveLength(looks + 1);
    }
  });
}

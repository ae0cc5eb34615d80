// From applied to Ready and to the end: edits, pauses, deletion, and a DittoServer that is made again under the same name.
import { ANNOTATIONS, DITTO_SERVER } from '../../../src/api/names.ts';
import { nudge, WORKFLOW_TYPE } from '../../../workflows/messages.ts';
import { annotate, applyDittoServer, BASIC, bringUp, deleteDittoServer, editDittoServer, PERCONA, reportDatabase, runPods, USER } from '../actors-stand-in.ts'; // prettier-ignore
import type { Draft } from '../kube-stand-in.ts';
import type { Scenario } from '../suite.ts';
import type { World } from '../world.ts';

const DAY_MS = 24 * 60 * 60_000;

const statusOf = async (world: World): Promise<string> => (await world.handle().describe()).status.name;
const stageOf = async (world: World): Promise<string> => (await world.state()).story.stage;
const childrenOf = ({ kube }: World): string[] => kube.all().filter(({ kind }) => kind !== 'DittoServer').map(({ kind }) => kind); // prettier-ignore

/** The DittoServer is made again, and the workflow is told, while an activity that found nothing has not returned. */
function makeAgain(world: World): Promise<void> {
  const { metadata } = world.kube.put({ ...DITTO_SERVER, metadata: { name: 'files' }, spec: BASIC }, USER);
  const objects = [{ uid: metadata.uid, version: metadata.resourceVersion }];
  return world.handle().signal(nudge, { objects });
}

function pods(replicas: number): (draft: Draft) => void {
  return (draft) => void Object.assign(draft['spec'] as object, { percona: { ...PERCONA.percona, replicas } });
}

export function lifecycle(scenario: Scenario): void {
  scenario(
    'a DittoServer with a database goes from applied to Ready, one step per thing that happens',
    async (world) => {
      await bringUp(world, PERCONA);
      expect((await world.state()).story).toMatchObject({ stage: 'Ready', ready: true });
      expect(world.server().status).toMatchObject({ phase: 'Running', readyReplicas: 1 });
      expect(world.activities.filter((name) => name !== 'look')).toEqual([
        'createPostgresCluster',
        'applyStatefulSet',
        'connectServerApi',
      ]);
      expect(world.writes({ kind: 'StatefulSet' })).toHaveLength(1);
    },
    { replayed: true, recorded: 'applied-to-ready' },
  );

  scenario('a change of spec.percona reaches the database while it is waited for', async (world) => {
    applyDittoServer(world, PERCONA);
    await world.tell();
    reportDatabase(world, 'initializing');
    await world.tell();
    editDittoServer(world, pods(3));
    await world.tell();
    expect(world.kube.find('PerconaPGCluster', 'files-postgres')).toMatchObject({
      spec: { instances: [{ replicas: 3 }] },
    });
    expect(world.server().status?.observedGeneration).toBe(world.server().metadata.generation);
    expect(await stageOf(world)).toBe('WaitingForDatabase');
  });

  scenario(
    'a deletion ends the wait for the database: nothing more is created, and what is left is told',
    async (world) => {
      applyDittoServer(world, PERCONA);
      await world.tell();
      reportDatabase(world, 'ready');
      editDittoServer(world, ({ metadata }) => void (metadata['deletionTimestamp'] = new Date().toISOString()));
      const children = childrenOf(world);
      await world.tell();
      expect(await stageOf(world)).toBe('Deleting');
      expect(world.server().status?.phase).toBe('Deleting');
      expect(childrenOf(world)).toEqual(children);
      deleteDittoServer(world);
      await world.tell();
      expect(await statusOf(world)).toBe('COMPLETED');
      expect(await world.handle().result()).toMatchObject({ story: { stage: 'Gone' } });
      expect(world.events.map(({ reason }) => reason)).toEqual(['DataLeft']);
      expect(world.events[0]?.note).toContain('files-postgres-instance1-abcd-pgdata');
    },
    { recorded: 'deleted-while-waiting' },
  );

  scenario(
    'a DittoServer that is made again while the last look finds nothing is served',
    async (world) => {
      await bringUp(world, BASIC);
      deleteDittoServer(world);
      let again = false;
      world.onActivity(async (name, verdict) => {
        if (name !== 'reportLeftovers' || !verdict.gone || again) return;
        again = true;
        await makeAgain(world);
      });
      await world.tell();
      expect(again).toBe(true);
      runPods(world);
      await world.tell();
      expect((await world.state()).story).toMatchObject({ stage: 'Ready' });
      expect(world.runIds.size).toBe(1);
    },
    { replayed: true, recorded: 'made-again-while-ending' },
  );

  scenario('a DittoServer that is made while the first look of a run finds nothing is served', async (world) => {
    let made = false;
    world.onActivity(async (name, verdict) => {
      if (name !== 'look' || !verdict.gone || made) return;
      made = true;
      await makeAgain(world);
    });
    await world.ensure();
    expect(made).toBe(true);
    runPods(world);
    await world.tell();
    expect((await world.state()).story).toMatchObject({ stage: 'Ready' });
  });

  scenario('a workflow that finds no DittoServer ends, and a later one begins anew', async (world) => {
    await world.ensure();
    expect(await statusOf(world)).toBe('COMPLETED');
    expect(world.activities).toEqual(['look']);
    await bringUp(world, BASIC);
    expect((await world.state()).story).toMatchObject({ stage: 'Ready' });
    expect(WORKFLOW_TYPE).toBe((await world.handle().describe()).type);
  });

  scenario(
    'paused holds every step and tells so; without the annotation it goes on',
    async (world) => {
      const pause = annotate(ANNOTATIONS.paused, 'true');
      const resume = annotate(ANNOTATIONS.paused, undefined);
      applyDittoServer(world, BASIC);
      editDittoServer(world, pause);
      await world.tell();
      await world.skip(DAY_MS);
      expect(await stageOf(world)).toBe('Paused');
      expect(world.condition('Progressing')).toMatchObject({ status: 'False', reason: 'Paused' });
      expect(world.writes().map(({ kind, subresource }) => [kind, subresource])).toEqual([['DittoServer', 'status']]);
      editDittoServer(world, resume);
      await world.tell();
      runPods(world);
      await world.tell();
      expect(await stageOf(world)).toBe('Ready');

      editDittoServer(world, pause);
      await world.tell();
      world.kube.remove('Service', 'files-api');
      await world.tell();
      expect(world.kube.find('Service', 'files-api')).toBeUndefined();
      editDittoServer(world, resume);
      await world.tell();
      expect(world.kube.find('Service', 'files-api')).toBeDefined();
    },
    { skips: true, replayed: true, recorded: 'paused-and-resumed' },
  );
}

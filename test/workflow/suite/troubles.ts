// Things that go wrong for long: an API that refuses, another writer, a role that lacks a verb, a fault of ours.
import { ApplicationFailure } from '@temporalio/common';
import { applyDittoServer, BASIC, bringUp, PERCONA, reportDatabase, runPods } from '../actors-stand-in.ts';
import { attributesOf, detailsOf, runsOf } from '../history.ts';
import type { ApiCall } from '../kube-stand-in.ts';
import type { Scenario } from '../suite.ts';
import type { World } from '../world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const tries = ({ activities }: World, step: string): number => activities.filter((name) => name === step).length;
const isCreate = ({ verb, kind }: ApiCall): boolean => verb === 'create' && kind === 'PerconaPGCluster';
const isDittoServer = ({ kind }: ApiCall): boolean => kind === 'DittoServer';

export function troubles(scenario: Scenario): void {
  scenario(
    'a step that fails for an hour is tried ever less often, says why, and goes on at the next nudge once it can',
    async (world) => {
      const mend = world.kube.refuse(isCreate, 500);
      applyDittoServer(world, PERCONA);
      await world.tell();
      expect((await world.state()).story).toMatchObject({ stage: 'WaitingForDatabase', reason: 'ApiUnavailable' });
      expect(world.condition('DatabaseReady')).toMatchObject({ status: 'False', reason: 'ApiUnavailable' });
      expect(await detailsOf(world)).toContain('The API server failed (HTTP 500)');
      await world.skip(HOUR_MS);
      expect(world.condition('Stalled')).toMatchObject({ status: 'True', message: expect.stringContaining('HTTP 500') as string }); // prettier-ignore
      expect(tries(world, 'createPostgresCluster')).toBeLessThan(15);
      expect(tries(world, 'createPostgresCluster')).toBeGreaterThan(5);
      mend();
      await world.nudge();
      expect(world.kube.find('PerconaPGCluster', 'files-postgres')).toBeDefined();
      reportDatabase(world, 'ready');
      await world.tell();
      runPods(world);
      await world.tell();
      expect(world.condition('Stalled')).toMatchObject({ status: 'False' });
      expect(world.condition('Ready')).toMatchObject({ status: 'True' });
    },
    { skips: true },
  );

  scenario(
    'a step that the role does not allow names the verb and the resource',
    async (world) => {
      world.kube.refuse(isCreate, 403);
      applyDittoServer(world, PERCONA);
      await world.tell();
      const { story } = await world.state();
      expect(story.reason).toBe('Forbidden');
      expect(story.message).toContain('lacks the verb "create" on perconapgclusters.pgv2.percona.com');
      await world.skip(30 * MINUTE_MS);
      expect(world.server().status?.phase).toBe('Failed');
    },
    { skips: true },
  );

  scenario('a DittoServer that may not be read is told as such, and is not taken for deleted', async (world) => {
    await bringUp(world, BASIC);
    const mend = world.kube.refuse(isDittoServer, 403);
    await world.nudge();
    expect((await world.state()).story).toMatchObject({ stage: 'Unreachable', reason: 'Forbidden' });
    expect(world.events).toEqual([]);
    expect((await world.handle().describe()).status.name).toBe('RUNNING');
    mend();
    await world.nudge();
    expect((await world.state()).story).toMatchObject({ stage: 'Ready' });
  });

  scenario(
    'an API server that is away for eight hours: the clock goes on when the run is continued as new',
    async (world) => {
      await bringUp(world, BASIC);
      const mend = world.kube.refuse(() => true, 'unreachable');
      await world.nudge();
      const { since } = (await world.state()).story;
      await world.skip(8 * HOUR_MS);
      expect((await runsOf(world)).length).toBeGreaterThan(1);
      expect((await world.state()).story).toMatchObject({ stage: 'Unreachable', reason: 'ApiUnavailable', since });
      expect(await attributesOf(world)).toMatchObject({ DittoStage: 'Unreachable', DittoReady: false });
      const looks = world.activities.length;
      await world.skip(HOUR_MS);
      expect(world.activities.length - looks).toBeLessThan(8);
      const writes = world.writes().length;
      mend();
      await world.skip(11 * MINUTE_MS);
      expect((await world.state()).story).toMatchObject({ stage: 'Ready' });
      expect(world.writes()).toHaveLength(writes);
    },
    { onlyReal: true, skips: true },
  );

  scenario(
    'two writers that fight are a contest, not a loop: ever longer pauses, and the other one is named',
    async (world) => {
      await bringUp(world, BASIC);
      const scaledBy = 'horizontal-scaler';
      let fighting = true;
      world.kube.after(({ kind, spec }, manager) => {
        if (
          !fighting ||
          kind !== 'StatefulSet' ||
          manager === scaledBy ||
          (spec as { replicas: number }).replicas === 3
        )
          return;
        world.kube.edit('StatefulSet', 'files', scaledBy, (draft) => void Object.assign(draft['spec'] as object, { replicas: 3 })); // prettier-ignore
      });
      const applies = (): number => world.writes({ kind: 'StatefulSet' }).length;
      const first = applies();
      world.kube.edit('StatefulSet', 'files', scaledBy, (draft) => void Object.assign(draft['spec'] as object, { replicas: 3 })); // prettier-ignore
      await world.tell();
      expect(applies() - first).toBe(3);
      expect((await world.state()).story).toMatchObject({ reason: 'Contest' });
      expect(world.condition('Progressing')).toMatchObject({ reason: 'Contest', message: expect.stringContaining(scaledBy) as string }); // prettier-ignore
      const [applied, looks] = [applies(), world.activities.length];
      for (let minutes = 0; minutes < 60; minutes += 5) {
        await world.skip(5 * MINUTE_MS);
        await world.tell();
      }
      expect(applies() - applied).toBeGreaterThan(3);
      expect(applies() - applied).toBeLessThan(12);
      expect(world.activities.length - looks).toBeLessThan(60);
      fighting = false;
      await world.skip(HOUR_MS);
      await world.tell();
      expect(world.kube.find('StatefulSet', 'files')).toMatchObject({ spec: { replicas: 1 } });
      runPods(world);
      await world.tell();
      expect(world.condition('Ready')).toMatchObject({ status: 'True' });
    },
    { skips: true },
  );

  scenario(
    'an activity that breaks is shown, waited for and tried again; since when it broke stays',
    async (world) => {
      await bringUp(world, BASIC);
      let broken = true;
      world.onActivity(() =>
        broken ? Promise.reject(ApplicationFailure.nonRetryable('broken', 'Broken')) : Promise.resolve(),
      );
      await world.nudge();
      const { story } = await world.state();
      expect(story).toMatchObject({ stage: 'Unreachable', reason: 'EngineTrouble', ready: false });
      expect(await attributesOf(world)).toMatchObject({ DittoStage: 'Unreachable' });
      const looks = world.activities.length;
      await world.skip(HOUR_MS);
      expect(world.activities.length - looks).toBeLessThan(20);
      expect((await world.state()).story.since).toBe(story.since);
      broken = false;
      await world.skip(11 * MINUTE_MS);
      expect((await world.state()).story).toMatchObject({ stage: 'Ready' });
    },
    { skips: true, recorded: 'broken-activity' },
  );
}

// The Temporal page tells the story: at each stage, details and search attributes name stage, since when, why, the next look and
// the deadline; the history has one readable bar per thing that happened.
import { ANNOTATIONS } from '../../../src/api/names.ts';
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { annotate, applyDittoServer, BASIC, deleteDittoServer, editDittoServer, PERCONA, reportDatabase, runPods } from '../actors-stand-in.ts'; // prettier-ignore
import { attributesOf, detailsOf, runsOf, staticSummaryOf, summariesOf } from '../history.ts';
import type { Scenario } from '../suite.ts';
import type { World } from '../world.ts';

const MINUTE_MS = 60_000;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z/;
const NEEDS_SECRET: DittoServerSpec = { ...BASIC, identity: { jwt: { secretRef: { name: 'my-jwt', key: 'key' } } } };

/** The table of the details, by its first column. */
/** Long enough for the server (32 bytes). */
const SIGNING_KEY = Buffer.from('k'.repeat(32)).toString('base64');

async function pageOf(world: World): Promise<Readonly<Record<string, string>>> {
  const rows = (await detailsOf(world)).split('\n').map((line) => line.split(' | '));
  return Object.fromEntries(rows.map(([name = '', value = '']) => [name.replace('| ', ''), value.replace(' |', '')]));
}

const timeIn = (text = ''): number => Date.parse(TIME.exec(text)?.[0] ?? '');

/** Stage and reason are told, with since when, the next look, and the deadline where one runs. */
async function expectStory(world: World, stage: string, reason: RegExp, budgetMs?: number): Promise<void> {
  const page = await pageOf(world);
  expect(page['DittoServer']).toBe(`${world.target.namespace}/files (cluster test)`);
  expect(page['Stage']).toBe(stage);
  expect(page['Reason']).toMatch(reason);
  expect(page['Since']).toMatch(TIME);
  expect(page['Next']).toMatch(new RegExp(`^look at ${TIME.source} or when nudged$`));
  expect(timeIn(page['Next'])).toBeGreaterThanOrEqual(timeIn(page['Since']));
  const deadline = page['Deadline'];
  expect(deadline === undefined ? undefined : timeIn(deadline) - timeIn(page['Since'])).toBe(budgetMs);
  const { target } = world;
  expect(await attributesOf(world)).toMatchObject({
    DittoCluster: target.cluster,
    DittoNamespace: target.namespace,
    DittoServer: target.name,
    DittoStage: stage.replace(', **stalled**', ''),
    DittoReady: stage === 'Ready',
    DittoStalled: stage.includes('stalled'),
  });
}

export function story(scenario: Scenario): void {
  scenario(
    'the page of a workflow tells stage, reason, since when, next look and deadline at every stage',
    async (world) => {
      applyDittoServer(world, { ...NEEDS_SECRET, ...PERCONA });
      await world.ensure();
      await world.tell();
      await expectStory(world, 'Blocked', /^InputsMissing: missing: Secret "my-jwt"/, 10 * MINUTE_MS);

      world.kube.put(
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'my-jwt' }, data: { key: SIGNING_KEY } },
        'vault',
      );
      let during: Readonly<Record<string, string>> = {};
      world.onActivity(async (name) => {
        if (name === 'createPostgresCluster') during = await pageOf(world);
      });
      await world.tell();
      expect(during).toMatchObject({ Stage: 'Provisioning', Next: 'create PerconaPGCluster files-postgres' });
      await expectStory(world, 'WaitingForDatabase', /^PostgresOperatorSilent: /, 20 * MINUTE_MS);

      reportDatabase(world, 'initializing');
      await world.tell();
      await expectStory(
        world,
        'WaitingForDatabase',
        /^PostgresInitializing: PostgreSQL is initializing, 0 of 1 /,
        20 * MINUTE_MS,
      );
      expect(await detailsOf(world)).toContain('- PerconaPGCluster/files-postgres: initializing, 0 of 1 ready');
      await world.skip(21 * MINUTE_MS);
      await expectStory(world, 'WaitingForDatabase, **stalled**', /^PostgresInitializing: /, 20 * MINUTE_MS);

      reportDatabase(world, 'ready');
      await world.tell();
      runPods(world, false);
      await world.tell();
      await expectStory(world, 'WaitingForPods', /^PodsStarting: 0 of 1 pods are ready/, 10 * MINUTE_MS);
      runPods(world);
      await world.tell();
      await expectStory(world, 'Ready', /^AllConditionsMet: /);
      editDittoServer(world, annotate(ANNOTATIONS.paused, 'true'));
      await world.tell();
      expect(await pageOf(world)).toMatchObject({ Stage: 'Paused' });
      expect(await attributesOf(world)).toMatchObject({ DittoStage: 'Paused', DittoReady: true });

      const runs = await runsOf(world);
      expect(summariesOf(runs)).toEqual({
        activities: [
          expect.stringMatching(/^apply ConfigMap/),
          'create PerconaPGCluster files-postgres',
          'provision',
          'ask the server’s API',
        ] as unknown,
        timers: ['next look'],
      });
      expect(staticSummaryOf(runs)).toBe(`DittoServer ${world.target.namespace}/files`);
    },
    { skips: true, recorded: 'every-stage' },
  );

  scenario('the end of a DittoServer is told too', async (world) => {
    applyDittoServer(world, BASIC);
    await world.tell();
    deleteDittoServer(world);
    await world.tell();
    expect(await pageOf(world)).toMatchObject({ Stage: 'Gone', Next: 'this run ends' });
    expect(summariesOf(await runsOf(world)).activities).toContain('tell what the deleted DittoServer leaves');
  });
}

// Whatever is stored as a DittoServer's specification: its activities end with a verdict, write no child of one that is told as wrong,
// and read no Secret by a name that is none (V4, C1).
import { numbersFrom } from '../../kit/random.ts';
import type { DittoServer, DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER, PERCONA_PG_CLUSTER } from '../../../src/api/names.ts';
import { hostileSpec } from '../hostile.ts';
import { smallWorld } from './small-world.ts';

const ROUNDS = 200;

test(`${ROUNDS} DittoServers with fields of any kind: each is told as wrong and nothing is made, or its children are (V4)`, async () => {
  const random = numbersFrom(7);
  const tally = { wrong: 0, made: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const world = smallWorld(hostileSpec(random) as DittoServerSpec);
    const { steps, verdict } = await world.pass();
    const server = world.kube.find(DITTO_SERVER.kind, 'files') as unknown as DittoServer;
    const config = server.status?.conditions?.find(({ type }) => type === 'ConfigReady');
    expect(verdict.story.stage).not.toBe('Unreachable');
    expect(verdict.recheckAfterMs).toBeGreaterThan(0);
    if (['InvalidSpec', 'TwoDatabases'].includes(config?.reason ?? '')) {
      expect(steps).toEqual([]);
      expect(world.kube.find('StatefulSet', 'files')).toBeUndefined();
      expect(world.kube.find(PERCONA_PG_CLUSTER.kind, 'files-postgres')).toBeUndefined();
      tally.wrong += 1;
    } else if (steps.length > 0) tally.made += 1;
    // Again, over what was told the first time.
    expect((await world.pass()).steps).toEqual([]);
  }
  expect(tally.wrong).toBeGreaterThan(ROUNDS / 4);
  expect(tally.made).toBeGreaterThan(ROUNDS / 50);
});

test('one that runs, and whose specification then becomes nonsense, is left alone; its pods are still told of (V4)', async () => {
  const world = smallWorld({ storage: { metadataSize: '1Gi' } });
  await world.pass();
  world.podsRun();
  await world.pass();
  const before = world.kube.find('StatefulSet', 'files');
  world.edit((spec) => Object.assign(spec, { storage: 'big', replicas: 'many' }));
  const { steps, verdict } = await world.pass();
  expect(steps).toEqual([]);
  expect(verdict.story.reason).toBe('InvalidSpec');
  expect(world.kube.find('StatefulSet', 'files')).toEqual(before);
  const { status } = world.kube.find(DITTO_SERVER.kind, 'files') as unknown as DittoServer;
  expect(status?.phase).toBe('Running');
  expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True' }));
  expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Stalled', status: 'False' }));
});

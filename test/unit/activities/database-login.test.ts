// When a login to the database is tried from here, and what is told of its outcome.
import { PERCONA, running, SQLITE, the } from './running-world.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const MINUTE_MS = 60_000;

/** How often a login is tried where nothing changes for an hour. */
async function askedInAnHour(world: SmallWorld): Promise<number> {
  let asked = 0;
  for (let minute = 0; minute < 60; minute += 1) {
    world.later(MINUTE_MS);
    if ((await world.pass()).steps.includes('verifyDatabaseLogin')) asked += 1;
  }
  return asked;
}

describe('the login to the database', () => {
  const roll = async (world: SmallWorld): Promise<void> => {
    world.later(10_000); // it has been ready for longer than a stale report lasts
    world.databaseIs('ready', 'second');
    expect((await world.pass()).steps).toEqual([]);
    world.later(5_000); // and the new credentials stay as they are
  };
  const hashOf = (world: SmallWorld): unknown => JSON.stringify(world.kube.find('StatefulSet', 'files')?.['spec']).match(/config-hash":"(\w+)/)?.[1]; // prettier-ignore

  test('is tried once per new configuration, and the server is rolled when it is accepted', async () => {
    const world = await running(PERCONA);
    await world.pass();
    const before = hashOf(world);
    const passwords: string[] = [];
    world.databaseSays(({ password }) => (passwords.push(password), { outcome: 'accepted' }));
    await roll(world);
    expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin', 'applyStatefulSet']);
    expect(passwords).toEqual(['second']);
    expect(hashOf(world)).not.toBe(before);
  });

  test('refused, or not to be tried from here: the pods keep what they have, and the cause is told', async () => {
    for (const [outcome, reason] of [
      ['refused', 'DatabaseLoginRefused'],
      ['unreachable', 'DatabaseLoginUnchecked'],
    ] as const) {
      // prettier-ignore
      const world = await running(PERCONA);
      await world.pass();
      const before = hashOf(world);
      world.databaseSays(() => ({ outcome, why: 'because of this' }));
      await roll(world);
      expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin']);
      expect(hashOf(world)).toBe(before);
      expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason });
      expect(the(world, 'DatabaseReady')?.message).toContain('because of this');
      expect((await world.pass()).steps).toEqual([]);
      world.databaseSays(() => ({ outcome: 'accepted' }));
      world.later(10_000);
      expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin', 'applyStatefulSet']);
    }
  });

  test('holds no first start up; a pod that does not get through it is a reason to ask, and the answer is told', async () => {
    const world = smallWorld(PERCONA);
    world.databaseSays(() => ({ outcome: 'unreachable', why: 'no route' }));
    await world.pass();
    world.databaseIs('ready');
    expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
    world.podWaits();
    expect((await world.pass()).steps).toEqual([]);
    world.later(6_000);
    expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin']);
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseUnreachable' });
    expect(the(world, 'Ready')?.message).toContain('no route');
    expect((await world.pass()).steps).toEqual([]);
    world.databaseSays(() => ({ outcome: 'refused', why: 'a wrong password' }));
    world.later(6_000);
    expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin']);
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseLoginRefused' });
    expect(the(world, 'Available')).toMatchObject({ status: 'False', reason: 'InitContainerWaiting' });
    world.podsRun();
    expect((await world.pass()).verdict.story.ready).toBe(true);
  });

  test('is asked why a running server has lost its database, every five minutes at last, and not any more when it is back', async () => {
    const world = await running(PERCONA);
    await world.pass();
    world.databaseSays(() => ({ outcome: 'refused', why: 'another password' }));
    world.server.database = 'unreachable';
    world.tell('dead');
    expect((await world.pass()).steps).toEqual(['connectServerApi', 'verifyDatabaseLogin']);
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseLoginRefused' });
    expect(the(world, 'Ready')?.message).toContain('another password');
    const asked = await askedInAnHour(world);
    expect(asked).toBeGreaterThan(8);
    expect(asked).toBeLessThan(20);
    world.databaseSays(() => ({ outcome: 'accepted' }));
    world.later(6 * MINUTE_MS);
    await world.pass();
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseUnreachable' });
    world.server.database = 'reachable';
    world.tell('back');
    expect((await world.pass()).verdict.story.ready).toBe(true);
  });

  test('is asked again soon where it explained nothing: what keeps the server out may begin later, or be over', async () => {
    const world = await running(PERCONA);
    await world.pass();
    world.server.database = 'unreachable';
    world.tell('dead');
    expect((await world.pass()).steps).toContain('verifyDatabaseLogin');
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseUnreachable' });
    expect((await world.pass()).steps).toEqual([]);
    const asked = await askedInAnHour(world);
    expect(asked).toBeGreaterThan(8);
    expect(asked).toBeLessThan(20);
    world.server.database = 'reachable';
    world.tell('back');
    await world.pass();
    world.server.database = 'unreachable';
    world.tell('dead again');
    await world.pass();
    world.databaseSays(() => ({ outcome: 'refused', why: 'another password' }));
    world.later(6_000);
    expect((await world.pass()).steps).toContain('verifyDatabaseLogin');
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseLoginRefused' });
  });

  test('an external PostgreSQL is judged by what the server says of it', async () => {
    const world = smallWorld({ ...SQLITE, database: { postgresSecretRef: { name: 'own', key: '' } } });
    const values = { host: 'db.example.com', user: 'dittofs', password: 'a-password', database: 'dittofs' };
    const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])); // prettier-ignore
    world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'own' }, data }, 'kubectl');
    await world.pass();
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'Unknown', reason: 'DatabaseBlocked' });
    world.podsRun();
    expect((await world.pass()).verdict.story.ready).toBe(true);
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'True' });
    world.server.database = 'unreachable';
    world.databaseSays(({ host }) => ({ outcome: 'unreachable', why: `nobody at ${host}` }));
    world.tell('dead');
    await world.pass();
    expect(the(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'DatabaseUnreachable' });
    expect(the(world, 'DatabaseReady')?.message).toContain('nobody at db.example.com');
  });
});

// A new password of the database, from the Secret to the roll: only a whole one, only one that stays, and once.
import type { Condition } from '../../../src/api/kubernetes.ts';
import { smallWorld, userSecretData, type SmallWorld } from './small-world.ts';

const SPEC = { storage: { metadataSize: '5Gi' }, percona: { enabled: true } };
const SECRET = 'files-postgres-pguser-dittofs';
const SECOND_MS = 1_000;

async function settled(): Promise<SmallWorld> {
  const world = smallWorld(SPEC);
  await world.pass();
  world.databaseIs('ready');
  await world.pass();
  world.podsRun();
  await world.pass();
  world.later(60 * SECOND_MS);
  await world.pass();
  return world;
}

const conditionOf = ({ kube }: SmallWorld, type: string): Condition | undefined =>
  (kube.find('DittoServer', 'files')?.['status'] as { conditions: readonly Condition[] }).conditions.find(
    (condition) => condition.type === type,
  );
const hashOf = ({ kube }: SmallWorld): string | undefined =>
  /config-hash":"(\w+)/.exec(JSON.stringify(kube.find('StatefulSet', 'files')))?.[1];
/** Somebody writes the whole Secret. */
const put = ({ kube }: SmallWorld, manager: string, data: Record<string, string>): void =>
  void kube.edit('Secret', SECRET, manager, (draft) => (draft['data'] = data));

test('a password that the database was not given restarts nothing, and the Secret that is to be mended is named', async () => {
  const world = await settled();
  const before = hashOf(world);
  world.later(10_000);
  world.databaseIs('ready', 'second');
  world.kube.edit('Secret', 'files-postgres-pguser-dittofs', 'kubectl', (draft) => {
    (draft['data'] as Record<string, string>)['verifier'] = userSecretData('first')['verifier'] ?? '';
  });
  for (const ms of [0, 6_000, 60_000]) {
    world.later(ms);
    expect((await world.pass()).steps).toEqual([]);
    expect(hashOf(world)).toBe(before);
  }
  expect(conditionOf(world, 'DatabaseReady')).toMatchObject({
    reason: 'CredentialsIncomplete',
    message: expect.stringContaining('has a verifier of another password') as string,
  });
});

test('a Secret that two controllers rewrite in turns rolls nothing until it rests, and then once (R1)', async () => {
  const world = await settled();
  const before = hashOf(world);
  const whole = userSecretData('second');
  const half = { password: whole['password'] ?? '' };
  const steps: string[] = [];
  for (let flip = 0; flip < 100; flip += 1) {
    put(world, flip % 2 === 0 ? 'external-sync' : 'postgrescluster-controller', flip % 2 === 0 ? half : whole);
    steps.push(...(await world.pass()).steps);
    world.later(2 * SECOND_MS);
  }
  expect(steps).toEqual([]);
  expect(hashOf(world)).toBe(before);
  expect(conditionOf(world, 'DatabaseReady')).toMatchObject({ status: 'False', reason: 'CredentialsUnstable' });

  expect((await world.pass()).verdict.recheckAfterMs).toBe(3 * SECOND_MS);
  world.later(3 * SECOND_MS);
  expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin', 'applyStatefulSet']);
  expect(hashOf(world)).not.toBe(before);
  world.later(60 * SECOND_MS);
  expect((await world.pass()).steps).toEqual([]);
  expect(conditionOf(world, 'DatabaseReady')).toMatchObject({ status: 'True' });
});

test('the same, resting on the password that the pod has: nothing is rolled (R1)', async () => {
  const world = await settled();
  const before = hashOf(world);
  const whole = userSecretData('first');
  for (let flip = 0; flip < 9; flip += 1) {
    put(
      world,
      flip % 2 === 0 ? 'external-sync' : 'postgrescluster-controller',
      flip % 2 === 0 ? { password: whole['password'] ?? '' } : whole,
    );
    expect((await world.pass()).steps).toEqual([]);
    world.later(2 * SECOND_MS);
  }
  put(world, 'postgrescluster-controller', whole);
  await world.pass();
  world.later(60 * SECOND_MS);
  expect((await world.pass()).steps).toEqual([]);
  expect(hashOf(world)).toBe(before);
  expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True' });
});

test('labels, annotations and the verifier, written every second, move nothing (R2)', async () => {
  const world = await settled();
  const { length } = world.kube.calls;
  for (let second = 0; second < 100; second += 1) {
    world.kube.edit('Secret', SECRET, 'external-sync', (draft) => {
      draft.metadata.labels = { ...draft.metadata.labels, touched: String(second) };
      draft.metadata.annotations = { touched: String(second) };
      (draft['data'] as Record<string, string>)['verifier'] = String(second);
    });
    expect((await world.pass()).steps).toEqual([]);
    world.later(SECOND_MS);
  }
  expect(world.kube.calls.slice(length).filter(({ changed }) => changed)).toEqual([]);
});

test('a change of another field is rolled at once: the credentials have rested', async () => {
  const world = await settled();
  world.edit((spec) => (spec['logging'] = { level: 'DEBUG' }));
  expect((await world.pass()).steps).toContain('applyStatefulSet');
  expect(world.log.map(({ message }) => message)).toContain('roll: configuration changed');
});

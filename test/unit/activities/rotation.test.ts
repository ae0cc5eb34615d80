// A new password of the database, from the Secret to the roll: only a whole one, only one that stays, and once.
import type { Condition } from '../../../src/api/kubernetes.ts';
import { smallWorld, userSecretData, type SmallWorld } from './small-world.ts';

const SPEC = { storage: { metadataSize: '5Gi' }, percona: { enabled: true } };
const SECRET = 'files-postgres-pguser-dittofs';
const SECOND_MS = 1_000;

/** From applied to Ready, and some time of rest. */
async function bringUp(world: SmallWorld): Promise<void> {
  await world.pass();
  world.databaseIs('ready');
  await world.pass();
  world.podsRun();
  await world.pass();
  world.later(60 * SECOND_MS);
  await world.pass();
}

/** Calls until a world had settled: what was written down on the Secret by then is no rotation. */
const callsOfSettling = new WeakMap<SmallWorld, number>();

async function settled(): Promise<SmallWorld> {
  const world = smallWorld(SPEC);
  await bringUp(world);
  callsOfSettling.set(world, world.kube.calls.length);
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

describe('the annotation dittofs.io/rotate-password', () => {
  const ASKED = 'dittofs.io/rotate-password';
  const dataOf = ({ kube }: SmallWorld) => kube.find('Secret', SECRET)?.['data'] as Record<string, string>;
  const emptied = (world: SmallWorld): number =>
    world.kube.calls
      .slice(callsOfSettling.get(world) ?? 0)
      .filter(({ kind, name, verb }) => kind === 'Secret' && name === SECRET && verb === 'patch').length;

  /** The operator answers, and the server is rolled. */
  async function carryOut(world: SmallWorld, password: string): Promise<void> {
    put(world, 'postgrescluster-controller', userSecretData(password));
    expect((await world.pass()).steps).toEqual([]);
    world.later(5 * SECOND_MS);
    expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin', 'applyStatefulSet']);
    world.later(60 * SECOND_MS);
    await world.pass();
  }

  test('has the operator make a new password, and the server is rolled to it once', async () => {
    const world = await settled();
    const before = hashOf(world);
    world.annotate(ASKED, 'monday');
    const { steps, verdict } = await world.pass();
    expect(steps).toEqual(['rotateDatabasePassword']);
    const message = expect.stringContaining('a new password was asked for') as string;
    expect(verdict.story).toMatchObject({ ready: false, reason: 'CredentialsMissing', message });
    expect(conditionOf(world, 'Progressing')).toMatchObject({ reason: 'HeldBack', message });
    expect(dataOf(world)).toMatchObject({ password: '', user: expect.stringMatching(/./) as string });
    expect(hashOf(world)).toBe(before);
    await carryOut(world, 'second');
    expect(hashOf(world)).not.toBe(before);
    expect((await world.pass()).steps).toEqual([]);
    expect(world.events.map(({ reason }) => reason)).toEqual(['PasswordRotated']);
    expect(emptied(world)).toBe(1);
  });

  test('does it once for each value, also when everything that was remembered is lost', async () => {
    const world = await settled();
    for (const [value, password] of [['monday', 'second'], ['tuesday', 'third']] as const) {
      world.annotate(ASKED, value);
      expect((await world.pass()).steps).toEqual(['rotateDatabasePassword']);
      await carryOut(world, password);
      world.forget();
      await world.pass();
    }
    expect(emptied(world)).toBe(2);
  }); // prettier-ignore

  test('when it was done stands on the Secret, and stays when the same value is asked for again', async () => {
    const world = await settled();
    const doneAt = () => world.kube.find('Secret', SECRET)?.metadata.annotations?.['dittofs.io/password-rotated-at'];
    world.annotate(ASKED, 'monday');
    await world.pass();
    const first = doneAt();
    expect(first).toMatch(/^2026-03-01T12:01:00Z$/);
    await carryOut(world, 'second');
    world.annotate(ASKED, 'monday');
    expect((await world.pass()).steps).toEqual([]);
    expect(doneAt()).toBe(first);
    world.annotate(ASKED, 'tuesday');
    await world.pass();
    expect(doneAt()).toBe('2026-03-01T12:02:05Z');
  });

  test('a value is not told on: somebody may put a password there', async () => {
    const world = await settled();
    world.annotate(ASKED, 'canary-password');
    const { verdict } = await world.pass();
    const others = world.kube.all().filter(({ kind }) => kind !== 'DittoServer');
    const told = world.kube.find('DittoServer', 'files')?.['status'];
    expect(JSON.stringify([verdict, others, told, world.events, world.log])).not.toContain('canary');
  });

  test('waits while the database is not ready, and while the operator has not taken the Secret up', async () => {
    const world = await settled();
    world.databaseIs('initializing', 'first');
    world.annotate(ASKED, 'monday');
    expect((await world.pass()).steps).toEqual([]);
    world.databaseIs('ready', 'first');
    world.kube.edit('Secret', SECRET, 'kubectl', ({ metadata }) => (metadata.labels = {}));
    expect((await world.pass()).steps).toEqual([]);
    expect(emptied(world)).toBe(0);
  });

  test.each([
    ['SQLite', { storage: { metadataSize: '5Gi' } }],
    ['an external PostgreSQL', { storage: { metadataSize: '5Gi' }, database: { postgresSecretRef: { name: SECRET, key: '' } } }],
  ])('changes nothing of %s, and says so', async (_, spec) => {
    const world = smallWorld(spec);
    const [host, database, user, password] = ['h', 'd', 'u', 'p'].map((text) => Buffer.from(text).toString('base64'));
    world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: SECRET }, data: { host, database, user, password } }, 'kubectl');
    world.annotate(ASKED, 'monday');
    await world.pass();
    world.podsRun();
    expect((await world.pass()).steps).not.toContain('rotateDatabasePassword');
    expect(emptied(world)).toBe(0);
    expect(conditionOf(world, 'ConfigReady')?.message).toContain(`without effect: the annotation ${ASKED}`);
  }); // prettier-ignore

  test('a password that the database refuses is not rolled out, and the condition says why', async () => {
    const world = await settled();
    const before = hashOf(world);
    world.databaseSays(() => ({ outcome: 'refused', why: 'the password of user "dittofs" is not accepted' }));
    world.annotate(ASKED, 'monday');
    await world.pass();
    put(world, 'postgrescluster-controller', userSecretData('second'));
    await world.pass();
    world.later(5 * SECOND_MS);
    expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin']);
    expect(hashOf(world)).toBe(before);
    expect(conditionOf(world, 'DatabaseReady')).toMatchObject({ reason: 'DatabaseLoginRefused', message: expect.stringContaining('not accepted') as string }); // prettier-ignore
    expect(conditionOf(world, 'Progressing')).toMatchObject({ reason: 'HeldBack' });
  });

  test('a process that dies after the write does not do it again', async () => {
    const world = await settled();
    world.annotate(ASKED, 'monday');
    const refuse = world.kube.refuse(({ kind, subresource }) => kind === 'DittoServer' && subresource === 'status', 'unreachable'); // prettier-ignore
    await world.pass();
    world.forget();
    refuse();
    put(world, 'postgrescluster-controller', userSecretData('second'));
    await world.pass();
    world.later(6 * SECOND_MS);
    await world.pass();
    expect(emptied(world)).toBe(1);
    expect(dataOf(world)['password']).toBe(userSecretData('second')['password']);
  });
});

describe('the CA of the database', () => {
  const CERT = 'files-postgres-cluster-cert';
  const pem = (text: string) => ({ 'ca.crt': Buffer.from(`-----BEGIN CERTIFICATE-----\n${text}`).toString('base64') });

  /** Ready, with the operator's certificate there. */
  async function withCa(percona: object): Promise<SmallWorld> {
    const world = smallWorld({ ...SPEC, percona: { ...SPEC.percona, ...percona } });
    world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: CERT }, data: pem('first') }, 'operator');
    await bringUp(world);
    return world;
  }
  const renew = ({ kube }: SmallWorld): void =>
    void kube.edit('Secret', CERT, 'operator', (draft) => (draft['data'] = pem('second')));

  test('renewed, is one restart where the pod checks it (R4)', async () => {
    const world = await withCa({ sslMode: 'verify-full' });
    renew(world);
    expect((await world.pass()).steps).toEqual(['verifyDatabaseLogin', 'applyStatefulSet']);
    world.later(60 * SECOND_MS);
    expect((await world.pass()).steps).toEqual([]);
  });

  test('renewed, is none where it does not (R4)', async () => {
    const world = await withCa({});
    const { length } = world.kube.calls;
    renew(world);
    expect((await world.pass()).steps).toEqual([]);
    expect(world.kube.calls.slice(length).filter(({ changed }) => changed)).toEqual([]);
  });
});

test('a new server with Percona, TLS and metrics, left alone for ten minutes, has one template (S14)', async () => {
  const world = smallWorld({
    ...SPEC,
    controlPlane: { certSecretName: 'tls' },
    metrics: { enabled: true },
  });
  const text = { 'tls.crt': '-----BEGIN CERTIFICATE-----', 'tls.key': '-----BEGIN PRIVATE KEY-----' };
  const data = Object.fromEntries(Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')])); // prettier-ignore
  world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tls' }, data }, 'kubectl');
  await bringUp(world);
  for (let half = 0; half < 20; half += 1) {
    world.later(30 * SECOND_MS);
    await world.pass();
  }
  expect(world.kube.calls.filter(({ kind, changed }) => kind === 'StatefulSet' && changed)).toHaveLength(1);
});

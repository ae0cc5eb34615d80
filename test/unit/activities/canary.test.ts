// No value of a Secret is in anything that leaves an activity: facts, verdict, status, events, log (C3).
import type { DittoServer } from '../../../src/api/generated/ditto-server.ts';
import { smallWorld, userSecretData } from './small-world.ts';

const CANARY = 'canary pass/word+Zk3mQ9%';
const FORMS = [
  CANARY,
  encodeURIComponent(CANARY),
  Buffer.from(CANARY).toString('base64'),
  JSON.stringify(CANARY).slice(1, -1),
];
/** The generated key and password of the stand-in's random bytes. */
const GENERATED = [32, 18].map((size) => Buffer.alloc(size, 7).toString('base64url'));
const ALL = [...FORMS, ...GENERATED, ...GENERATED.map((value) => Buffer.from(value).toString('base64'))];

function leaks(...things: readonly unknown[]): readonly string[] {
  const text = things.map((thing) => JSON.stringify(thing)).join('\n');
  return ALL.filter((form) => text.includes(form));
}

test('not on the calm way, nor while a Secret is half written, nor when an API answer fails', async () => {
  const world = smallWorld({ storage: { metadataSize: '5Gi' }, percona: { enabled: true } });
  const verdicts: unknown[] = [];
  const pass = async (): Promise<void> => void verdicts.push(await world.pass());
  const outside = () => world.kube.all().filter(({ kind }) => kind !== 'Secret');

  await pass();
  world.databaseIs('ready', CANARY);
  await pass();
  world.podsRun();
  await pass();
  world.kube.edit('Secret', 'files-postgres-pguser-dittofs', 'postgres-operator', (draft) => {
    draft['data'] = userSecretData(CANARY, 'old');
  });
  await pass();
  world.kube.refuse(({ kind }) => kind === 'StatefulSet', 500);
  world.databaseIs('ready', `${CANARY}2`);
  await pass();

  expect(world.kube.find('Secret', 'files-jwt-secret')).toBeDefined();
  expect(leaks(world.kube.find('Secret', 'files-jwt-secret'))).not.toEqual([]);
  expect(leaks(verdicts, outside(), world.events, world.log)).toEqual([]);
});

test.each(ALL.map((form) => [form]))('a planted leak would be seen: %s', (form) => {
  expect(leaks({ story: { message: `FATAL: ${form} is wrong` } })).toContain(form);
});

const jwt = (secretRef: unknown): unknown => ({ identity: { jwt: { secretRef } } });
const admin = (passwordSecretRef: unknown): unknown => ({ identity: { admin: { passwordSecretRef } } });

test.each([
  ['for the key of a Secret', jwt({ name: 'own', key: CANARY })],
  ['for the name of a Secret', jwt({ name: CANARY, key: 'key' })],
  ['for a reference', jwt(CANARY)],
  ['for the whole of a part', { identity: { jwt: { secretRef: { name: 'own', key: [CANARY] } } } }],
  ['for the reference to a password', admin(CANARY)],
  ['for the name of the Secret of a password', admin({ name: CANARY, key: 'password' })],
  ['for the key of the Secret of a password', admin({ name: 'own', key: CANARY })],
  ['for how long a token is good', { identity: { jwt: { secretRef: { key: '' }, accessTokenDuration: CANARY } } }],
  ['for the Secret of backups', { percona: { enabled: true, backup: { credentialsSecretRef: CANARY } } }],
  ['for the name of the Secret of backups', { percona: { enabled: true, backup: { credentialsSecretRef: { name: CANARY } } } }],
])('not when somebody has put it into the specification %s', async (_, spec) => {
  const world = smallWorld({ storage: { metadataSize: '5Gi' }, ...(spec as object) });
  const { steps, verdict } = await world.pass();
  const { status } = world.kube.find('DittoServer', 'files') as unknown as DittoServer;
  expect(steps).toEqual([]);
  expect(verdict.story.reason).toBe('InvalidSpec');
  expect(JSON.stringify(status)).toMatch(/spec\.(identity|percona)\.[\w.]*(secretRef|SecretRef|Duration)\b/);
  expect(leaks(verdict, status, world.events, world.log)).toEqual([]);
}); // prettier-ignore

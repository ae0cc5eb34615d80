// No value of a Secret is in anything that leaves an activity: facts, verdict, status, events, log (C3).
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

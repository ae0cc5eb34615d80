// A new version of the provisioner over a StatefulSet of an older one: nothing moves until something asks for it (S10).
import type { Draft } from '../../workflow/kube-stand-in.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const SQLITE = { storage: { metadataSize: '5Gi' } };
const OLDER = '1';
const OLD_CONFIG = 'what the older version wrote';

type Pod = { metadata: { annotations: Record<string, string> }; spec: { terminationGracePeriodSeconds: number } };
const templateOf = (set: Draft): Pod => (set['spec'] as { template: Pod }).template;
const live = ({ kube }: SmallWorld): Pod => templateOf(kube.find('StatefulSet', 'files') as unknown as Draft);
const config = ({ kube }: SmallWorld): unknown => (kube.find('ConfigMap', 'files-config')?.['data'] as Record<string, string>)['config.yaml']; // prettier-ignore
const revision = (world: SmallWorld) => live(world).metadata.annotations['dittofs.io/template-revision'];

/** A server that an older version made: its template and its configuration differ from what this one would make, and nobody remembers. */
async function ofOlderVersion(): Promise<SmallWorld> {
  const world = smallWorld(SQLITE);
  await world.pass();
  world.podsRun();
  await world.pass();
  world.later(60_000);
  world.kube.edit('StatefulSet', 'files', 'dittoserver-provisioner', (set) => {
    const template = templateOf(set);
    template.metadata.annotations['dittofs.io/template-revision'] = OLDER;
    template.spec.terminationGracePeriodSeconds = 33;
  });
  world.kube.edit('ConfigMap', 'files-config', 'dittoserver-provisioner', (map) => {
    map['data'] = { 'config.yaml': OLD_CONFIG };
  });
  world.podsRun();
  world.forget();
  return world;
}

test('the template and what its pod reads stay, and that is told', async () => {
  const world = await ofOlderVersion();
  for (let pass = 0; pass < 5; pass += 1) await world.pass();
  expect([revision(world), live(world).spec.terminationGracePeriodSeconds, config(world)]).toEqual([OLDER, 33, OLD_CONFIG]); // prettier-ignore
  expect(JSON.stringify(world.kube.find('DittoServer', 'files')?.['status'])).toContain(
    'the pod template is of revision 1',
  );
});

test('stopping and starting leaves the template alone', async () => {
  const world = await ofOlderVersion();
  for (const replicas of [0, 1]) {
    world.edit((spec) => (spec['replicas'] = replicas));
    await world.pass();
    expect(world.kube.find('StatefulSet', 'files')?.['spec']).toMatchObject({ replicas });
    expect([revision(world), config(world)]).toEqual([OLDER, OLD_CONFIG]);
  }
});

test.each<[string, (world: SmallWorld) => void]>([
  ['an input changes', (world) => world.edit((spec) => (spec['logging'] = { level: 'DEBUG' }))],
  ['the user asks for this revision', (world) => world.annotate('dittofs.io/admit-template', '2')],
  ['the user always wants the new', (world) => world.annotate('dittofs.io/admit-template', 'always')],
  ['a rollout admits it', ({ kube }) => void kube.edit('StatefulSet', 'files', 'dittoserver-provisioner', ({ metadata }) => (metadata.annotations = { 'dittofs.io/admit-template': '2' }))],
])('both come together, in one write each, when %s', async (_, ask) => {
  const world = await ofOlderVersion();
  await world.pass();
  const { length } = world.kube.calls;
  ask(world);
  // Not one after the other: the pod that comes must not read what is about to change.
  const steps = [...(await world.pass()).steps, ...(await world.pass()).steps];
  expect(steps).toContain('applyStatefulSet');
  expect(steps).not.toContain('applyFoundation');
  const writes = world.kube.calls.slice(length).filter(({ changed, kind }) => changed && kind !== 'DittoServer');
  expect(writes.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'StatefulSet']);
  expect(revision(world)).toBe('2');
  expect(live(world).spec.terminationGracePeriodSeconds).toBe(105);
  expect(config(world)).toContain('controlplane:');
}); // prettier-ignore

test('a ConfigMap that somebody deletes comes back', async () => {
  const world = await ofOlderVersion();
  world.kube.remove('ConfigMap', 'files-config');
  await world.pass();
  expect(config(world)).toContain('controlplane:');
  expect(revision(world)).toBe(OLDER);
});

// What a rollout of pod templates sees and does.
import { createRolloutActivities } from '../../../activities/index.ts';
import type { Survey } from '../../../src/api/rollout.ts';
import { TEMPLATE_REVISION } from '../../../src/manifests/index.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const OF = { cluster: 'c1', installation: 'main' };
const SERVER = 'prod/files';
const ADMIT = 'dittofs.io/admit-template';

type Annotated = { metadata: { annotations: Record<string, string> } };

async function worldWith(revision: string | undefined): Promise<SmallWorld> {
  const world = smallWorld({ storage: { metadataSize: '5Gi' } });
  await world.pass();
  world.kube.edit('StatefulSet', 'files', 'dittoserver-provisioner', (set) => {
    const { annotations } = (set['spec'] as { template: Annotated }).template.metadata;
    if (revision === undefined) Reflect.deleteProperty(annotations, 'dittofs.io/template-revision');
    else annotations['dittofs.io/template-revision'] = revision;
  });
  world.podsRun();
  await world.pass();
  await world.pass();
  return world;
}

/** The pod that runs is made from the template of this revision. */
function podOf({ kube }: SmallWorld, revision: string): void {
  if (kube.find('Pod', 'files-0')) kube.remove('Pod', 'files-0');
  const annotations = { 'dittofs.io/template-revision': revision };
  const labels = { app: 'dittofs-server', instance: 'files' };
  const metadata = { name: 'files-0', labels, annotations };
  kube.put({ apiVersion: 'v1', kind: 'Pod', metadata, status: { phase: 'Running' } }, 'kube-controller-manager');
}

const activitiesOf = ({ kube }: SmallWorld, namespaces: readonly string[] = []) =>
  createRolloutActivities({ kube: kube.kube, self: OF, namespaces });
const survey = (world: SmallWorld, more: { turns?: string[]; had?: string[] } = {}): Promise<Survey> =>
  activitiesOf(world).surveyTemplates({ ...OF, turns: [], had: [], most: 2, ...more });

test.each([
  ['of an older version is next', '1', { next: [SERVER], left: 1 }],
  ['of this version is left alone', TEMPLATE_REVISION, { next: [], left: 0 }],
  ['that another program made is taken over otherwise', undefined, { next: [], left: 0 }],
])('a template %s', async (_, revision, found) => {
  expect(await survey(await worldWith(revision))).toEqual({ revision: TEMPLATE_REVISION, ended: [], ...found });
});

test('one that has a turn, or had one, gets no other', async () => {
  const world = await worldWith('1');
  expect(await survey(world, { turns: [SERVER] })).toMatchObject({ ended: [], next: [], left: 0 });
  expect(await survey(world, { had: [SERVER] })).toMatchObject({ next: [], left: 0 });
});

test('one that is paused keeps nobody from a turn', async () => {
  const world = await worldWith('1');
  world.annotate('dittofs.io/paused', 'true');
  expect(await survey(world)).toMatchObject({ next: [], left: 1 });
});

test('an admitted one takes the template, and its turn is over when it is Ready with it', async () => {
  const world = await worldWith('1');
  expect(await activitiesOf(world).admitTemplate({ ...OF, server: SERVER, revision: TEMPLATE_REVISION })).toBe(true);
  expect(world.kube.find('StatefulSet', 'files')?.metadata.annotations).toMatchObject({ [ADMIT]: TEMPLATE_REVISION });
  expect((await survey(world, { turns: [SERVER] })).ended).toEqual([]);
  expect((await world.pass()).steps).toContain('applyStatefulSet');
  expect((await survey(world, { turns: [SERVER] })).ended).toEqual([]);
  world.podsRun();
  podOf(world, TEMPLATE_REVISION);
  await world.pass();
  await world.pass();
  expect(await survey(world, { turns: [SERVER] })).toMatchObject({ ended: [SERVER], next: [], left: 0 });
});

describe('its controller keeps a status that it wrote for a StatefulSet of before', () => {
  /** The new template is stored, and not yet seen; all that status says is of the pod that runs. */
  async function unseen(): Promise<SmallWorld> {
    const world = await worldWith('1');
    podOf(world, '1');
    world.kube.edit('StatefulSet', 'files', 'kube-controller-manager', (set) => {
      set['status'] = { ...(set['status'] as object), observedGeneration: 99 };
    });
    await activitiesOf(world).admitTemplate({ ...OF, server: SERVER, revision: TEMPLATE_REVISION });
    expect((await world.pass()).steps).toContain('applyStatefulSet');
    return world;
  }

  test('the turn goes on while the pod of the earlier template runs', async () => {
    const world = await unseen();
    expect((await survey(world, { turns: [SERVER] })).ended).toEqual([]);
    world.kube.remove('Pod', 'files-0');
    expect((await survey(world, { turns: [SERVER] })).ended).toEqual([]);
    podOf(world, TEMPLATE_REVISION);
    expect((await survey(world, { turns: [SERVER] })).ended).toEqual([SERVER]);
  });

  test('where pods may not be read, what the StatefulSet says must do', async () => {
    const world = await unseen();
    world.kube.refuse(({ kind }) => kind === 'Pod', 403);
    expect((await survey(world, { turns: [SERVER] })).ended).toEqual([SERVER]);
  });
});

test('one that is scaled to 0 has no pod to wait for', async () => {
  const world = await worldWith(TEMPLATE_REVISION);
  world.edit((spec) => (spec['replicas'] = 0));
  await world.pass();
  world.podsRun();
  await world.pass();
  expect((await survey(world, { turns: [SERVER] })).ended).toEqual([SERVER]);
});

test('one that is gone has no turn, and is not admitted', async () => {
  const world = await worldWith('1');
  world.kube.remove('DittoServer', 'files');
  expect(await survey(world, { turns: [SERVER] })).toMatchObject({ ended: [SERVER], next: [] });
  expect(await activitiesOf(world).admitTemplate({ ...OF, server: SERVER, revision: '2' })).toBe(false);
});

test('an annotation that somebody writes at the same moment stays', async () => {
  const world = await worldWith('1');
  world.kube.edit('StatefulSet', 'files', 'somebody', ({ metadata }) => delete metadata.annotations);
  const admit = () => activitiesOf(world).admitTemplate({ ...OF, server: SERVER, revision: TEMPLATE_REVISION });
  const done = world.kube.before(({ verb, kind }) => {
    if (verb !== 'patch' || kind !== 'StatefulSet') return;
    done();
    world.kube.edit('StatefulSet', 'files', 'somebody', ({ metadata }) => (metadata.annotations = { team: 'shop' }));
  });
  // Temporal tries it again.
  await expect(admit()).rejects.toThrow('changed since it was read');
  expect(await admit()).toBe(true);
  expect(world.kube.find('StatefulSet', 'files')?.metadata.annotations).toEqual({
    team: 'shop',
    [ADMIT]: TEMPLATE_REVISION,
  });
});

test('one whose time is over has its admission taken back: it restarts at no later moment', async () => {
  const world = await worldWith('1');
  const activities = activitiesOf(world);
  const input = { ...OF, server: SERVER, revision: TEMPLATE_REVISION };
  await activities.admitTemplate(input);
  await activities.withdrawTemplate(input);
  expect(world.kube.find('StatefulSet', 'files')?.metadata.annotations?.[ADMIT]).toBeUndefined();
  expect((await world.pass()).steps).not.toContain('applyStatefulSet');
  // Nothing to take back is nothing to do.
  await activities.withdrawTemplate(input);
});

test('one that has taken the template is left as it is', async () => {
  const world = await worldWith('1');
  const activities = activitiesOf(world);
  const input = { ...OF, server: SERVER, revision: TEMPLATE_REVISION };
  await activities.admitTemplate(input);
  await world.pass();
  const since = world.kube.calls.length;
  await activities.withdrawTemplate(input);
  expect(world.kube.calls.slice(since).filter(({ changed }) => changed)).toEqual([]);
});

describe('where the workers may not look or write', () => {
  test('a namespace is told and left out, and a turn in it goes on until its time is over', async () => {
    const world = await worldWith('1');
    world.kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && verb === 'list', 403);
    const found = await activitiesOf(world, ['prod']).surveyTemplates({ ...OF, turns: [SERVER], had: [], most: 2 });
    expect(found).toMatchObject({
      ended: [],
      next: [],
      left: 0,
      unseen: [expect.stringMatching(/^prod: .*lacks the verb "list"/)],
    });
  });

  test('a DittoServer that may not be read is not next, and one that may not be written is not admitted', async () => {
    const world = await worldWith('1');
    const mend = world.kube.refuse(({ kind }) => kind === 'DittoServer', 403);
    expect(await survey(world, { turns: [] })).toMatchObject({ next: [], left: 1 });
    mend();
    world.kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && verb === 'patch', 403);
    const input = { ...OF, server: SERVER, revision: TEMPLATE_REVISION };
    expect(await activitiesOf(world).admitTemplate(input)).toBe(false);
    await activitiesOf(world).withdrawTemplate(input);
  });

  test('an API server that does not answer is waited for', async () => {
    const world = await worldWith('1');
    world.kube.refuse(({ kind }) => kind === 'StatefulSet', 'unreachable');
    await expect(survey(world)).rejects.toThrow();
  });
});

test('a task of another installation is refused', async () => {
  const activities = activitiesOf(await worldWith('1'));
  const other = { cluster: 'c1', installation: 'other' };
  await expect(activities.surveyTemplates({ ...other, turns: [], had: [], most: 1 })).rejects.toThrow(
    'this worker serves c1/main',
  );
  await expect(activities.admitTemplate({ ...other, server: SERVER, revision: '2' })).rejects.toThrow(
    'this worker serves',
  );
});

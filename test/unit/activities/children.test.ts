// Children that are written and removed side by side: what succeeded is remembered beside what failed, and what is gone is forgotten.
import type { Call, Deps } from '../../../activities/deps.ts';
import { applyDue, dueOf, removeDue, together, withWritten, type Written } from '../../../activities/children.ts';
import { intentOf } from '../../../activities/observe/children.ts';
import type { KubeObject, Stored } from '../../../src/api/kubernetes.ts';
import { isDue } from '../../../src/requirements/children.ts';
import { ABSENT, type ChildFact } from '../../../src/requirements/facts.ts';
import { child, factsWith, live, SERVER_API_FACT } from '../requirements/facts.ts';
import { bareDeps, TARGET } from './bare-deps.ts';

const service = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name } });
const stored = (object: KubeObject): Stored => ({
  ...object,
  metadata: { ...object.metadata, uid: `u-${object.metadata.name}`, resourceVersion: '9' },
});

/** An API server that takes everything but what concerns one name. */
function callTo(refusing?: string): Call {
  const answer = async <T>({ metadata }: KubeObject, value: T): Promise<T> => {
    await Promise.resolve();
    if (metadata.name === refusing) throw new Error(`${metadata.name} is refused`);
    return value;
  };
  const deps = bareDeps(() => Promise.resolve(undefined));
  const kube = {
    apply: (object: KubeObject) => answer(object, stored(object)),
    delete: (object: KubeObject) => answer(object, undefined),
  } as unknown as Deps['kube'];
  return { deps: { ...deps, kube }, target: TARGET, signal: new AbortController().signal };
}

const due = (name: string) => ({ object: service(name), live: live({ uid: `u-${name}` }) });
const BOTH = [due('files-api'), due('files-headless')];
const nothing: Written = { objects: [], marks: {}, removed: [] };

test('one that is refused does not keep the others from being applied and remembered', async () => {
  const { objects, marks, error } = await applyDue(callTo('files-api'), BOTH);
  expect(objects.map(({ metadata }) => metadata.name)).toEqual(['files-headless']);
  expect(Object.keys(marks)).toEqual(['Service/files-headless']);
  expect(error?.message).toBe('files-api is refused');
});

test('one that cannot be removed is not told as removed, and the others are', async () => {
  const { removed, error } = await removeDue(callTo('files-api'), BOTH);
  expect(removed).toEqual(['Service/files-headless']);
  expect(error?.message).toBe('files-api is refused');
});

test('what is not there is not removed', async () => {
  const gone = { object: service('files-metrics'), live: undefined };
  expect(await removeDue(callTo('files-metrics'), [gone])).toEqual(nothing);
});

test('all is well: no error is told', async () => {
  expect(await applyDue(callTo(), BOTH)).not.toHaveProperty('error');
  expect(together([nothing, nothing])).toEqual(nothing);
});

test('a failure in one part is told for all', async () => {
  const parts = await Promise.all([applyDue(callTo(), BOTH), removeDue(callTo('files-metrics'), [due('files-metrics')])]); // prettier-ignore
  const { objects, error } = together(parts);
  expect(objects).toHaveLength(2);
  expect(error?.message).toBe('files-metrics is refused');
});

test('what was applied is not due again, whichever list it is in', async () => {
  const fact = (name: string): ChildFact => child(`Service/${name}`, { intent: intentOf(service(name)), live: ABSENT });
  const before = factsWith({
    foundation: [fact('files-api')],
    serverApi: { ...SERVER_API_FACT, adapters: [fact('files-adapter-nfs')] },
    memory: { applied: {} },
  });
  const objects = [service('files-api'), service('files-adapter-nfs'), service('of-somebody-else')];
  const wanted = dueOf([...before.foundation, ...before.serverApi.adapters], before.memory, objects);
  expect(wanted.map(({ object }) => object.metadata.name)).toEqual(['files-api', 'files-adapter-nfs']);
  const written = await applyDue(callTo(), wanted.map(({ object }) => ({ object, live: undefined }))); // prettier-ignore
  const labelled = written.objects.map((object): Stored => ({ ...object, metadata: { ...object.metadata, labels: { 'dittofs.io/owner-uid': before.server.metadata.uid } } })); // prettier-ignore
  const after = withWritten(before, { ...written, objects: labelled });
  expect(after.seen).toMatchObject({ 'u-files-api': '9', 'u-files-adapter-nfs': '9' });
  for (const one of [...after.foundation, ...after.serverApi.adapters]) {
    expect(isDue(one, after.memory.applied)).toBe(false);
  }
});

test('what was removed is neither there nor remembered: it is made anew when it is wanted again', () => {
  const unwanted = child('Service/files-metrics', { policy: 'unwanted', intent: '' });
  const applied = { 'Service/files-metrics': 'mark', 'Service/files-api': 'mark' };
  const after = withWritten(factsWith({ foundation: [unwanted], memory: { applied } }), { ...nothing, removed: ['Service/files-metrics'] }); // prettier-ignore
  expect(after.foundation).toMatchObject([{ live: ABSENT }]);
  expect(Object.keys(after.memory.applied)).toEqual(['Service/files-api']);
});

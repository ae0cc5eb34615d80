// The pod of a DittoServer that was deleted while its StatefulSet was gone for larger volumes, or was about to go: it does not stay for good.
import { smallWorld, type SmallWorld } from './small-world.ts';

const LABELS = { app: 'dittofs-server', instance: 'files', 'statefulset.kubernetes.io/pod-name': 'files-0' };

/** The DittoServer is gone. Its StatefulSet was told to leave its pod, which nothing owns any more, and is about to go. */
async function leaving(phase = 'Running'): Promise<SmallWorld> {
  const world = smallWorld({ storage: { metadataSize: '5Gi' } });
  await world.pass();
  world.kube.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'files-0', labels: LABELS }, status: { phase } }, 'kube-controller-manager'); // prettier-ignore
  world.kube.edit('StatefulSet', 'files', 'kubectl', ({ metadata }) => {
    Reflect.deleteProperty(metadata, 'ownerReferences');
    metadata['finalizers'] = ['orphan'];
    metadata['deletionTimestamp'] = '2026-03-01T12:00:00Z';
  });
  world.kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'metadata-files-0' } }, 'kube-controller-manager'); // prettier-ignore
  world.kube.remove('DittoServer', 'files');
  return world;
}

/** A pass, on a clock that is turned until it has ended. */
async function passOf(world: SmallWorld): ReturnType<SmallWorld['pass']> {
  jest.useFakeTimers();
  try {
    const passing = world.pass();
    await jest.advanceTimersByTimeAsync(10_000);
    return await passing;
  } finally {
    jest.useRealTimers();
  }
}
const eventsOf = ({ events }: SmallWorld) => events.filter(({ reason }) => reason === 'DataLeft').length;
const goes = ({ kube }: SmallWorld): void => kube.remove('StatefulSet', 'files');

test('a StatefulSet that takes long to go is waited for, pass by pass, and then its pod is removed', async () => {
  const world = await leaving();
  for (let pass = 0; pass < 2; pass += 1) {
    const { verdict } = await passOf(world);
    expect(verdict).toMatchObject({ gone: false, recheckAfterMs: 5_000, story: { stage: 'Gone' } });
    expect(verdict.memory.serverUid).not.toBe('');
  }
  expect(eventsOf(world)).toBe(0);
  expect(world.kube.find('Pod', 'files-0')).toBeDefined();
  goes(world);
  const { steps, verdict } = await world.pass();
  expect([steps, verdict.gone]).toEqual([['reportLeftovers'], true]);
  expect(world.kube.find('Pod', 'files-0')).toBeUndefined();
  expect(eventsOf(world)).toBe(1);
});

test('its pod is removed also by a workflow that remembers nothing', async () => {
  const world = await leaving();
  world.forget();
  expect((await passOf(world)).verdict.gone).toBe(false);
  goes(world);
  world.forget();
  expect((await world.pass()).steps).toEqual(['reportLeftovers']);
  expect(world.kube.find('Pod', 'files-0')).toBeUndefined();
  expect((await world.pass()).steps).toEqual([]);
});

test('one that does not run yet, where nothing is remembered, may be of a restore that has just begun: it stays', async () => {
  const world = await leaving('Pending');
  goes(world);
  world.forget();
  expect((await world.pass()).steps).toEqual([]);
  expect(world.kube.find('Pod', 'files-0')).toBeDefined();
});

// A deletion that waits for the take-over, since only that takes the Go operator's finalizer off: it waits for what keeps data, and for nothing
// else.
import { PREDECESSOR_FINALIZER } from '../../../src/api/predecessor.ts';
import { DITTO_SERVER } from '../../../src/api/names.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';
import { the } from './running-world.ts';

const OTHERS = 'example.com/other';
/** What it wrote, long ago; as coarse as the stand-in keeps it. */
const managedFields = [
  { manager: 'manager', operation: 'Update', time: '2026-03-01T10:00:00Z', fieldsV1: { 'f:spec': {}, 'f:data': {} } },
] as const;

/** A DittoServer that the Go operator served, with a StatefulSet, a Service and a generated Secret, on its way out. */
function served({ deleted = true, finalizers = [PREDECESSOR_FINALIZER] } = {}): SmallWorld {
  const world = smallWorld({ storage: { metadataSize: '5Gi' } });
  const server = world.kube.edit('DittoServer', 'files', 'kubectl', ({ metadata }) => (metadata['finalizers'] = finalizers)); // prettier-ignore
  const owner = { ...DITTO_SERVER, name: 'files', uid: server.metadata.uid, controller: true };
  const made = { managedFields, ownerReferences: [owner] };
  const put = (apiVersion: string, kind: string, name: string, more: object) => world.kube.put({ apiVersion, kind, metadata: { name, ...made }, ...more }, 'kubectl'); // prettier-ignore
  put('apps/v1', 'StatefulSet', 'files', { spec: { replicas: 1, template: { spec: { containers: [] } } } });
  put('v1', 'Service', 'files-api', { spec: { ports: [] } });
  put('v1', 'Secret', 'files-jwt-secret', { data: { 'jwt-secret': 'c2VjcmV0' } });
  world.kube.put(
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'metadata-files-0' } },
    'kubectl',
  );
  if (deleted) world.kube.delete('DittoServer', 'files');
  return world;
}

const finalizersOf = ({ kube }: SmallWorld) => kube.find('DittoServer', 'files')?.metadata.finalizers;
const refuse = ({ kube }: SmallWorld, kind: string, code = 403) => kube.refuse((call) => call.kind === kind && (kind !== 'DittoServer'), code); // prettier-ignore

test.each(['StatefulSet', 'Service', 'NetworkPolicy', 'ConfigMap'])('it is not held up by what goes anyway: a %s that may not be touched', async (kind) => {
  const world = served();
  refuse(world, kind);
  expect((await world.pass()).verdict.gone).toBe(true);
  expect(world.kube.find('DittoServer', 'files')).toBeUndefined();
  // It unlocks data: without the take-over it would have gone along.
  expect(world.kube.find('Secret', 'files-jwt-secret')?.metadata).not.toHaveProperty('ownerReferences');
}); // prettier-ignore

test.each([
  ['Secret', 403],
  ['PerconaPGCluster', 500],
])('it waits while a %s could go that is to stay, and says so', async (kind, code) => {
  const world = served();
  const mend = refuse(world, kind, code);
  expect((await world.pass()).verdict.gone).toBe(false);
  expect(finalizersOf(world)).toEqual([PREDECESSOR_FINALIZER]);
  mend();
  world.later(60_000);
  expect((await world.pass()).verdict.gone).toBe(true);
  expect(world.kube.find('Secret', 'files-jwt-secret')).toBeDefined();
});

test('held by somebody else’s finalizer, it is not tried again and again', async () => {
  const world = served({ finalizers: [PREDECESSOR_FINALIZER, OTHERS] });
  refuse(world, 'StatefulSet');
  expect((await world.pass()).steps).toEqual(['takeOver']);
  expect(finalizersOf(world)).toEqual([OTHERS]);
  expect((await world.pass()).steps).toEqual([]);
  expect(the(world, 'TakenOver')).toBeUndefined();
});

test('a DittoServer that stands keeps its finalizer until everything is taken over', async () => {
  const world = served({ deleted: false });
  const mend = refuse(world, 'Service');
  await world.pass();
  expect(finalizersOf(world)).toEqual([PREDECESSOR_FINALIZER]);
  mend();
  world.later(60_000);
  await world.pass();
  expect(finalizersOf(world) ?? []).toEqual([]);
});

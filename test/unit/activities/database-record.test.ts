// What is on the volume of a database is written down where it lives as long as that: another PostgreSQL major or database name would begin
// empty beside the data, also when nothing but the volume is left.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER } from '../../../src/api/names.ts';
import type { Verdict } from '../../../src/api/verdict.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const spec = (percona: object = {}): DittoServerSpec => ({
  storage: { metadataSize: '5Gi' },
  percona: { enabled: true, ...percona },
});
const SECRET = 'files-postgres-pguser-dittofs';
const RECORD = { 'dittofs.io/postgres-version': '16', 'dittofs.io/databases': '["dittofs"]' };
const VOLUME = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: {
    name: 'files-postgres-instance1-abcd-pgdata',
    labels: {
      'postgres-operator.crunchydata.com/cluster': 'files-postgres',
      'postgres-operator.crunchydata.com/data': 'postgres',
    },
  },
};

async function untilReady(world: SmallWorld): Promise<Verdict> {
  await world.pass();
  world.databaseIs('ready');
  await world.pass();
  world.podsRun();
  return (await world.pass()).verdict;
}

async function settled(): Promise<SmallWorld> {
  const world = smallWorld(spec());
  await untilReady(world);
  return world;
}

/** Deleted with its database, of which the volume and the user Secret stay, and made again with this specification. */
async function again(percona: object, left: (world: SmallWorld) => void = () => undefined): Promise<SmallWorld> {
  const world = await settled();
  world.kube.put(VOLUME, 'postgres-operator');
  world.kube.remove('PerconaPGCluster', 'files-postgres');
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  left(world);
  world.kube.put({ ...DITTO_SERVER, metadata: { name: 'files' }, spec: spec(percona) }, 'kubectl');
  await world.pass();
  return world;
}

const annotationsOf = ({ kube }: SmallWorld) => kube.find('Secret', SECRET)?.metadata.annotations;
const writesTo = ({ kube }: SmallWorld, since = 0) => kube.calls.slice(since).filter(({ changed, name }) => changed && name === SECRET); // prettier-ignore
const isMade = ({ kube }: SmallWorld) => kube.find('PerconaPGCluster', 'files-postgres') !== undefined;
const toldOf = ({ kube }: SmallWorld, wanted = 'ConfigReady') => {
  const status = kube.find('DittoServer', 'files')?.['status'] as { conditions: readonly { type: string }[] };
  return status.conditions.find(({ type }) => type === wanted);
};
const reuseOf = ({ events }: SmallWorld) => events.filter(({ reason }) => reason === 'VolumeReused').map(({ note }) => note); // prettier-ignore

test('it is written once, beside the first StatefulSet, and never again', async () => {
  const world = smallWorld(spec());
  await world.pass();
  world.databaseIs('initializing');
  await world.pass();
  expect(annotationsOf(world)).toBeUndefined();
  world.databaseIs('ready');
  expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
  expect(annotationsOf(world)).toEqual(RECORD);
  expect(writesTo(world)).toHaveLength(1);
  world.podsRun();
  await world.pass();
  world.forget();
  expect((await world.pass()).steps).not.toContain('applyFoundation');
  expect(writesTo(world)).toHaveLength(1);
});

test('a database that was there before gets it at the next look, in one write', async () => {
  const world = await settled();
  world.kube.edit('Secret', SECRET, 'somebody', ({ metadata }) => (metadata.annotations = { team: 'shop' }));
  world.forget();
  const since = world.kube.calls.length;
  await world.pass();
  expect(annotationsOf(world)).toEqual({ team: 'shop', ...RECORD });
  await world.pass();
  expect(writesTo(world, since)).toHaveLength(1);
});

test('somebody who takes it off is not contradicted, but it comes back with what is written anyway', async () => {
  const world = await settled();
  world.kube.edit('Secret', SECRET, 'external-sync', ({ metadata }) => (metadata.annotations = { team: 'shop' }));
  expect((await world.pass()).steps).toEqual([]);
  world.kube.remove('Service', 'files-api');
  expect((await world.pass()).steps).toEqual(['applyFoundation']);
  expect(annotationsOf(world)).toEqual({ team: 'shop', ...RECORD });
});

const isOfNote = ({ verb, kind, name }: { verb: string; kind: string; name: string }): boolean => verb === 'patch' && kind === 'Secret' && name === SECRET; // prettier-ignore

test.each([
  ['a policy refuses it', 403],
  ['a webhook fails', 500],
])('where %s, the server is made all the same, and is Ready', async (_, status) => {
  const world = smallWorld(spec());
  world.kube.refuse(isOfNote, status);
  expect((await untilReady(world)).story).toMatchObject({ ready: true, stage: 'Ready', reason: 'AllConditionsMet' });
  expect(toldOf(world)).toMatchObject({ status: 'True', reason: 'ConfigValid' });
  expect(annotationsOf(world)).toBeUndefined();
  expect(world.log).toContainEqual(expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ secret: SECRET }) as object })); // prettier-ignore
  world.edit((draft) => (draft['image'] = 'marmos91c/dittofs:other'));
  world.later(60_000);
  expect((await world.pass()).steps).toContain('applyStatefulSet');
});

test('what a policy refuses is not tried again and again', async () => {
  const world = await settled();
  world.kube.edit('Secret', SECRET, 'somebody', ({ metadata }) => delete metadata.annotations);
  world.forget();
  world.kube.refuse(isOfNote, 403);
  await world.pass();
  expect((await world.pass()).steps).toEqual([]);
});

test('what failed for the moment is written at a later look', async () => {
  const world = await settled();
  world.kube.edit('Secret', SECRET, 'somebody', ({ metadata }) => delete metadata.annotations);
  world.forget();
  const mend = world.kube.refuse(isOfNote, 500);
  expect((await world.pass()).verdict.story.ready).toBe(true);
  mend();
  await world.pass();
  expect(annotationsOf(world)).toEqual(RECORD);
});

test('a server that is paused and lacks it stays Ready', async () => {
  const world = smallWorld(spec());
  const mend = world.kube.refuse(isOfNote, 500);
  await untilReady(world);
  mend();
  world.annotate('dittofs.io/paused', 'true');
  expect((await world.pass()).steps).toEqual([]);
  expect(toldOf(world, 'Ready')).toMatchObject({ status: 'True', reason: 'Paused' });
});

test('a major upgrade that the user makes on the cluster itself is followed (M4)', async () => {
  const world = await settled();
  world.kube.edit('PerconaPGCluster', 'files-postgres', 'kubectl', (draft) => {
    draft['spec'] = { ...(draft['spec'] as object), postgresVersion: 17 };
  });
  await world.pass();
  expect(annotationsOf(world)).toEqual(RECORD);
  world.databaseIs('ready', 'first');
  await world.pass();
  expect(annotationsOf(world)).toEqual({ ...RECORD, 'dittofs.io/postgres-version': '17' });
});

test('a Secret of that name that is not the cluster’s is left alone', async () => {
  const world = await settled();
  world.kube.edit('Secret', SECRET, 'somebody', ({ metadata }) => {
    delete metadata.annotations;
    delete metadata.labels;
  });
  const since = world.kube.calls.length;
  await world.pass();
  expect(writesTo(world, since)).toEqual([]);
});

test.each([
  ['another major version', { postgresVersion: 17 }, ['spec.percona.postgresVersion 17', 'PostgreSQL 16', 'back to 16']], // prettier-ignore
  ['another database name', { databaseName: 'shop' }, ['spec.percona.databaseName "shop"', 'back to "dittofs"']],
])('made again over its volume with %s, nothing of a database is made', async (_, percona, parts) => {
  const world = await again(percona);
  expect(isMade(world)).toBe(false);
  expect(reuseOf(world)).toEqual([]);
  const told = toldOf(world);
  expect(told).toMatchObject({ status: 'False', reason: 'DatabaseSwitchRefused' });
  for (const part of [...parts, VOLUME.metadata.name]) expect(told).toMatchObject({ message: expect.stringContaining(part) as string }); // prettier-ignore
  world.edit((draft) => (draft['percona'] = { enabled: true }));
  await world.pass();
  expect(isMade(world)).toBe(true);
});

test('the same of a DittoServer that stands, whose cluster somebody deleted meanwhile', async () => {
  const world = await settled();
  world.kube.put(VOLUME, 'postgres-operator');
  world.kube.remove('PerconaPGCluster', 'files-postgres');
  world.edit((draft) => (draft['percona'] = { enabled: true, postgresVersion: 17 }));
  await world.pass();
  expect(isMade(world)).toBe(false);
  expect(toldOf(world)).toMatchObject({ reason: 'DatabaseSwitchRefused' });
});

test('made again as it was, an event says with what it starts', async () => {
  const world = await again({});
  expect(isMade(world)).toBe(true);
  expect(reuseOf(world)).toEqual([
    'PostgreSQL 16 starts on volume claim files-postgres-instance1-abcd-pgdata, with the data that an earlier database of this name left on it',
  ]);
});

test.each([
  ['nothing is recorded', (draft: { annotations?: object }) => delete draft.annotations],
  ['what is recorded makes no sense', (draft: { annotations?: object }) => (draft.annotations = { 'dittofs.io/postgres-version': 'x', 'dittofs.io/databases': '{' })], // prettier-ignore
  ['the version that was recorded is emptied', (draft: { annotations?: object }) => (draft.annotations = { ...RECORD, 'dittofs.io/postgres-version': '' })], // prettier-ignore
])('where %s, the event does not promise data', async (_, change) => {
  const world = await again({ postgresVersion: 17 }, ({ kube }) => kube.edit('Secret', SECRET, 'somebody', ({ metadata }) => void change(metadata))); // prettier-ignore
  expect(isMade(world)).toBe(true);
  expect(reuseOf(world)).toEqual([
    expect.stringMatching(/what is on it is not known.*PostgreSQL 17.*"dittofs".*empty/),
  ]);
});

test('while the record may not be read, nothing is made on the volume', async () => {
  const world = await again({}, ({ kube }) => kube.refuse(({ kind, name }) => kind === 'Secret' && name === SECRET, 403)); // prettier-ignore
  expect(isMade(world)).toBe(false);
  expect(toldOf(world, 'DatabaseReady')).toMatchObject({ status: 'Unknown', message: expect.stringContaining('what is on volume claim') as string }); // prettier-ignore
});

test('without a volume there is nothing to lose, whatever is recorded', async () => {
  const world = await again({ postgresVersion: 17 }, ({ kube }) => kube.remove('PersistentVolumeClaim', VOLUME.metadata.name)); // prettier-ignore
  expect(isMade(world)).toBe(true);
  world.databaseIs('ready');
  await world.pass();
  expect(annotationsOf(world)).toMatchObject({ 'dittofs.io/postgres-version': '17' });
});

test.each([
  ['without labels', {}, 1],
  ['of which somebody took the label of the cluster', { 'postgres-operator.crunchydata.com/data': 'postgres' }, 1],
  ['with its labels, on which it starts', VOLUME.metadata.labels, 0],
])('a new DittoServer over a claim %s: what its database begins with is told', async (_, labels, times) => {
  const world = smallWorld(spec());
  world.kube.put({ ...VOLUME, metadata: { name: VOLUME.metadata.name, labels } }, 'velero');
  world.kube.put({ ...VOLUME, metadata: { name: 'other-postgres-instance1-abcd-pgdata', labels: {} } }, 'velero');
  await world.pass();
  expect(isMade(world)).toBe(true);
  const told = world.events.filter(({ reason }) => reason === 'VolumesNotUsed').map(({ note }) => note);
  expect(told).toEqual(
    Array<string>(times).fill(
      'the database begins empty: volume claims files-postgres-instance1-abcd-pgdata are not used, since they bear no label postgres-operator.crunchydata.com/cluster',
    ),
  );
  expect(reuseOf(world)).toHaveLength(1 - times);
});

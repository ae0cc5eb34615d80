// Generated Secrets live as long as the data that they unlock, and no longer (B6).
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const SQLITE: DittoServerSpec = { storage: { metadataSize: '5Gi' } };
const CLAIM = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'metadata-files-0', labels: { app: 'dittofs-server', instance: 'files' } },
};
const keysOf = ({ kube }: SmallWorld) =>
  kube.all().filter(({ kind, metadata }) => kind === 'Secret' && metadata.name.startsWith('files-')).map(({ metadata }) => metadata.name); // prettier-ignore

async function deleted(spec = SQLITE): Promise<SmallWorld> {
  const world = smallWorld(spec);
  await world.pass();
  world.kube.put(CLAIM, 'kube-controller-manager');
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  return world;
}

test('they stay as long as a volume of the deleted DittoServer does, and go with the last one', async () => {
  const world = await deleted();
  expect(keysOf(world)).toEqual(['files-jwt-secret', 'files-admin-bootstrap-credentials']);
  expect((await world.pass()).steps).toEqual([]);
  world.kube.remove('PersistentVolumeClaim', 'metadata-files-0');
  expect((await world.pass()).steps).toEqual(['reportLeftovers']);
  expect(keysOf(world)).toEqual([]);
  expect((await world.pass()).steps).toEqual([]);
});

test.each([
  ['a database that runs on', { apiVersion: 'pgv2.percona.com/v2', kind: 'PerconaPGCluster', metadata: { name: 'files-postgres' } }], // prettier-ignore
  ['a database that has not ended', { apiVersion: 'postgres-operator.crunchydata.com/v1beta1', kind: 'PostgresCluster', metadata: { name: 'files-postgres' } }], // prettier-ignore
  [
    'a volume that was restored and bears no label',
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'controlplane-files-0' } },
  ],
  [
    'a volume of a database that bears no label of its operator any more',
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'files-postgres-instance1-ab12-pgdata' } },
  ],
  ['a volume of a database', { ...CLAIM, metadata: { name: 'pgdata', labels: { 'postgres-operator.crunchydata.com/cluster': 'files-postgres', 'postgres-operator.crunchydata.com/data': 'postgres' } } }], // prettier-ignore
])('they stay beside %s', async (_, left) => {
  const world = await deleted();
  world.kube.put(left, 'somebody');
  world.kube.remove('PersistentVolumeClaim', 'metadata-files-0');
  expect((await world.pass()).steps).toEqual([]);
  expect(keysOf(world)).toHaveLength(2);
});

test('what cannot be read counts as left', async () => {
  const world = await deleted();
  world.kube.remove('PersistentVolumeClaim', 'metadata-files-0');
  world.kube.refuse(({ kind, verb }) => kind === 'PersistentVolumeClaim' && verb === 'list', 403);
  expect((await world.pass()).steps).toEqual([]);
});

/** On an external PostgreSQL, with all three of its keys. */
async function onExternal(): Promise<SmallWorld> {
  const world = smallWorld({
    ...SQLITE,
    database: { type: 'postgres', postgresSecretRef: { name: 'own', key: 'uri' } },
  });
  const data = Object.fromEntries(['host', 'database', 'user', 'password'].map((key) => [key, Buffer.from('value-of-it').toString('base64')])); // prettier-ignore
  world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'own' }, data }, 'kubectl');
  await world.pass();
  world.podsRun();
  await world.pass();
  expect(keysOf(world)).toHaveLength(3);
  return world;
}

test('those of a server on an external PostgreSQL stay: nobody here can see whether its data is gone', async () => {
  const world = await onExternal();
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  await world.pass();
  expect(keysOf(world)).toHaveLength(3);
});

test('the same of those that were made or taken over without the mark: it is written once', async () => {
  const world = await onExternal();
  for (const name of keysOf(world)) world.kube.edit('Secret', name, 'manager', ({ metadata }) => delete metadata.annotations); // prettier-ignore
  world.forget();
  const { length } = world.kube.calls;
  await world.pass();
  const written = () => world.kube.calls.slice(length).filter(({ kind, changed }) => kind === 'Secret' && changed).map(({ name }) => name).sort(); // prettier-ignore
  expect(written()).toEqual([...keysOf(world)].sort());
  world.forget();
  await world.pass();
  expect(written()).toHaveLength(3);
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  await world.pass();
  expect(keysOf(world)).toHaveLength(3);
});

test('a Secret of the user is never removed, whatever its name', async () => {
  const world = await deleted();
  world.kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'files-operator-credentials', labels: { app: 'dittofs-server', instance: 'files' } } }, 'kubectl'); // prettier-ignore
  world.kube.remove('PersistentVolumeClaim', 'metadata-files-0');
  await world.pass();
  expect(keysOf(world)).toEqual(['files-operator-credentials']);
});

// What stays of a DittoServer that is gone is told, by whatever it can be known: labels, or names alone.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER } from '../../../src/api/names.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

const claim = (name: string, labels?: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, ...(labels && { labels }) },
});
const OWN = { app: 'dittofs-server', instance: 'files' };
const of = (cluster: string) => ({
  'postgres-operator.crunchydata.com/cluster': cluster,
  'postgres-operator.crunchydata.com/data': 'postgres',
});

const secret = (name: string, labels?: Record<string, string>) => ({ ...claim(name, labels), kind: 'Secret' });
const SQLITE: DittoServerSpec = { storage: { metadataSize: '5Gi' } };
/** The notes of a world's event DataLeft; at most one. */
function noteOf({ events }: SmallWorld): string {
  const notes = events.filter(({ reason }) => reason === 'DataLeft').map(({ note }) => note);
  expect(notes.length).toBeLessThan(2);
  return notes[0] ?? '';
}

/** Deleted, with these left: what the event says. */
async function told(...left: Parameters<SmallWorld['kube']['put']>[0][]): Promise<string> {
  const world = smallWorld(SQLITE);
  await world.pass();
  for (const one of left) world.kube.put(one, 'somebody');
  world.kube.remove('DittoServer', 'files');
  await world.pass();
  return noteOf(world);
}

test('a volume of the server that a restore brought back without labels is told, since it would be used again', async () => {
  expect(await told(claim('metadata-files-0', OWN), claim('controlplane-files-0'))).toMatch(
    /^Left: volume claims controlplane-files-0, metadata-files-0; Secrets .* A DittoServer of the same name would use them again\.$/,
  );
});

test('a volume of the database that bears no label of its operator is told as one that is not used', async () => {
  const note = await told(claim('files-postgres-instance1-ab12-pgdata'), claim('files-postgres-instance1-cd34-pgdata', of('files-postgres'))); // prettier-ignore
  expect(note).toContain('Left: volume claims files-postgres-instance1-cd34-pgdata;');
  expect(note).toContain(
    'Volume claims files-postgres-instance1-ab12-pgdata of its database bear no label postgres-operator.crunchydata.com/cluster and would not be used.',
  );
});

test('of several volumes of the database it is said that one must be chosen', async () => {
  const claims = ['ab12', 'cd34'].map((id) => claim(`files-postgres-instance1-${id}-pgdata`, of('files-postgres')));
  expect(await told(...claims)).toMatch(
    / would use them again, once only one of the volumes of its database is left\.$/,
  );
});

test('volumes of others are not told, however alike their names', async () => {
  const note = await told(
    claim('metadata-files-0'),
    claim('files-postgres-a-postgres-instance1-ab12-pgdata'),
    claim('files-postgres-instance1-ef56-pgdata', of('other-postgres')),
    claim('metadata-files-2-0'),
    claim('files-postgres-repo1'),
  );
  expect(note).toMatch(/^Left: volume claims metadata-files-0; Secrets [^;]*\.$/);
});

describe('what Percona’s operator made', () => {
  const OF_CLUSTER = { 'postgres-operator.crunchydata.com/cluster': 'files-postgres' };
  const OF_USER = { ...OF_CLUSTER, 'postgres-operator.crunchydata.com/pguser': 'dittofs' };
  const LEAVES = [
    secret('files-postgres-cluster-cert', OF_CLUSTER),
    secret('files-postgres-instance1-ab12-certs', OF_CLUSTER),
  ];

  test('without the database: its password would be used again, its certificates are worth nothing', async () => {
    expect(
      await told(claim('metadata-files-0', OWN), secret('files-postgres-pguser-dittofs', OF_USER), ...LEAVES),
    ).toMatch(
      /^Left: volume claims metadata-files-0; Secrets files-admin-[a-z-]+, files-jwt-secret, files-postgres-pguser-dittofs\. A DittoServer of the same name would use them again\. Also left, and worth nothing without the database: certificates in Secrets files-postgres-cluster-cert, files-postgres-instance1-ab12-certs\.$/,
    );
  });

  test('where it keeps running, all of it, the CA that bears no label too, would be used again', async () => {
    const world = smallWorld({ ...SQLITE, percona: { enabled: true, deletionPolicy: 'Retain' } });
    await world.pass();
    world.databaseIs('ready');
    await world.pass();
    const claims = ['ab12', 'cd34'].map((id) => claim(`files-postgres-instance1-${id}-pgdata`, of('files-postgres')));
    for (const one of [secret('files-postgres-cluster-ca-cert'), ...LEAVES, ...claims]) world.kube.put(one, 'operator');
    world.kube.remove('DittoServer', 'files');
    await world.pass();
    expect(noteOf(world)).toMatch(
      /^PerconaPGCluster files-postgres keeps running\. Left: .*Secrets .*files-postgres-cluster-ca-cert, files-postgres-cluster-cert, files-postgres-instance1-ab12-certs, files-postgres-pguser-dittofs\. A DittoServer of the same name would use them again\.$/,
    );
  });

  const cluster = (ownerUid?: string) => ({
    apiVersion: 'pgv2.percona.com/v2',
    kind: 'PerconaPGCluster',
    metadata: {
      name: 'files-postgres',
      ...(ownerUid !== undefined && { ownerReferences: [{ ...DITTO_SERVER, name: 'files', uid: ownerUid, controller: true }] }), // prettier-ignore
    },
    spec: {},
  });
  const OF_DATABASE = [claim('files-postgres-instance1-ab12-pgdata', of('files-postgres')), ...LEAVES];

  test('of a database that is somebody else’s nothing is named', async () => {
    const note = await told(claim('metadata-files-0', OWN), cluster(), ...OF_DATABASE);
    expect(note).toMatch(/^Left: volume claims metadata-files-0; Secrets [^;.]*\. A DittoServer of the same name would use them again\.$/); // prettier-ignore
    expect(note).not.toContain('postgres');
  });

  test('a database that Kubernetes is about to collect counts as gone', async () => {
    const world = smallWorld(SQLITE);
    await world.pass();
    const uid = world.kube.find('DittoServer', 'files')?.metadata.uid ?? '';
    for (const one of [cluster(uid), ...OF_DATABASE]) world.kube.put(one, 'operator');
    world.kube.remove('DittoServer', 'files');
    await world.pass();
    expect(noteOf(world)).toMatch(/^Left: volume claims files-postgres-instance1-ab12-pgdata; .* certificates in Secrets files-postgres-cluster-cert, /); // prettier-ignore
  });
});

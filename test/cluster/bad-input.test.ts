// Bad input is said within a second, in the condition and in `kubectl get`, harms nothing, and what can be mended goes on by
// itself when it is mended.
import { PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import { refOf } from '../kit/admin.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { examplePgCluster, type PgCluster } from '../kit/percona-example.ts';
import { waitFor } from '../kit/wait-for.ts';
import { aSecond } from './support/a-second.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject, type Told } from './support/subject.ts';

const stage = useStage({ name: 'bad-input' });

/** Applies, and expects the condition soon and the reason in the columns that people see. */
async function expectSaid(server: Subject, spec: Parameters<Subject['apply']>[0], told: Told): Promise<void> {
  const applied = Date.now();
  await server.apply(spec);
  const { reason, message } = await server.untilTold({ status: 'False', ...told });
  expect(Date.now() - applied).toBeLessThan(aSecond());
  await server.untilTold({ type: 'Ready', status: 'False', reason });
  const line = await stage.cluster.kubectl('get', 'dittoserver', server.name, '-n', server.namespace, '--no-headers');
  expect(line.split(/\s+/).slice(0, 4)).toEqual([server.name, 'False', reason, 'Pending']);
  const wide = await stage.cluster.kubectl('get', 'dittoserver', server.name, '-n', server.namespace, '-o', 'wide');
  expect(wide).toContain(message);
}

/** Neither a database nor a pod was begun. */
async function expectNothingBegun(server: Subject): Promise<void> {
  await server.reconcileNow(2);
  const begun = server.writes().filter(({ resource }) => ['perconapgclusters', 'statefulsets'].includes(resource));
  expect(begun).toEqual([]);
  expect(await server.statefulSet()).toBeUndefined();
}

/** Volumes by hand: the stand-in binds claims of its own class only. */
function volume(name: string, storageClassName: string) {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: '10Gi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName,
      hostPath: { path: '/var/lib/stand-in/by-hand' },
    },
  };
}

test('an unknown StorageClass is named with its field, and work goes on when it exists', async () => {
  const server = stage.subject('classless');
  const storageClass = `fast-${stage.namespace}`;
  await expectSaid(
    server,
    { ...BASIC, storage: { ...BASIC.storage, storageClassName: storageClass } },
    {
      type: 'ConfigReady',
      reason: 'InputsMissing',
      message: new RegExp(`StorageClass "${storageClass}" \\(spec\\.storage\\.storageClassName\\)`),
    },
  );
  await expectNothingBegun(server);
  const { admin } = stage.cluster;
  for (const name of ['one', 'two']) await admin.create<KubeObject>(volume(`${storageClass}-${name}`, storageClass));
  const metadata = { name: storageClass };
  await admin.create({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata, provisioner: 'kit/by-hand' } as KubeObject); // prettier-ignore
  await server.untilReady();
});

test('an unknown StorageClass for the database is named before a database is made', async () => {
  const server = stage.subject('classless-db');
  await expectSaid(
    server,
    { ...PERCONA, percona: { ...PERCONA.percona, storageClassName: 'fstandard' } },
    { type: 'ConfigReady', reason: 'InputsMissing', message: /"fstandard" \(spec\.percona\.storageClassName\)/ },
  );
  await expectNothingBegun(server);
  await server.apply({ ...PERCONA, percona: { ...PERCONA.percona, storageClassName: 'standard' } });
  await server.untilReady();
});

test('a missing Secret, then a missing key, are named with their field, and work goes on when they are there', async () => {
  const server = stage.subject('keyless');
  const secretRef = { name: 'own-jwt', key: 'signing-key' };
  await expectSaid(
    server,
    { ...BASIC, identity: { jwt: { secretRef } } },
    { type: 'ConfigReady', reason: 'InputsMissing', message: /Secret "own-jwt" \(spec\.identity\.jwt\.secretRef\)/ },
  );
  await expectNothingBegun(server);
  const { admin } = stage.cluster;
  const metadata = { namespace: stage.namespace, name: 'own-jwt' };
  const data = (key: string) => ({ data: { [key]: Buffer.from('x'.repeat(32)).toString('base64') } });
  await admin.create({ apiVersion: 'v1', kind: 'Secret', metadata, ...data('other') });
  await server.untilTold({
    type: 'ConfigReady',
    reason: 'InputsMissing',
    message: /key "signing-key" in Secret "own-jwt"/,
  });
  await expectNothingBegun(server);
  await admin.patch({ apiVersion: 'v1', kind: 'Secret', ...metadata }, data('signing-key'));
  await server.untilReady();
  await server.recordHistory('input-missing');
});

test('two databases are refused at admission, naming both fields and the mend', async () => {
  const server = stage.subject('twice');
  const refused = server.apply({ ...PERCONA, database: { postgresSecretRef: { name: 'own', key: 'uri' } } });
  await expect(refused).rejects.toThrow(/remove either spec\.database\.postgresSecretRef .* or spec\.percona\.enabled/);
  expect(await server.get()).toBeUndefined();
});

test('a PerconaPGCluster of the right name that is somebody else’s is left untouched; when it is gone, work goes on', async () => {
  const server = stage.subject('guest');
  const { admin } = stage.cluster;
  const foreign = examplePgCluster(stage.namespace, server.names.postgresCluster);
  await admin.create(foreign);
  const theirs = () => admin.get<PgCluster>(refOf(foreign));
  await waitFor('the foreign database is ready', async () => (await theirs())?.status?.state === 'ready');
  const before = await theirs();
  await expectSaid(server, PERCONA, {
    type: 'DatabaseReady',
    reason: 'ForeignPostgresCluster',
    message: /"guest-postgres" exists and belongs to somebody else/,
  });
  await server.reconcileNow(3);
  expect(await server.statefulSet()).toBeUndefined();
  expect(server.writes().filter(({ resource }) => resource === 'perconapgclusters')).toEqual([]);
  const after = await theirs();
  expect(after?.metadata.ownerReferences).toBeUndefined();
  expect({ ...after?.metadata, managedFields: [] }).toEqual({ ...before?.metadata, managedFields: [] });

  await admin.delete({ ...PERCONA_PG_CLUSTER, namespace: stage.namespace, name: foreign.metadata.name });
  await server.untilReady();
  expect((await server.postgresCluster())?.metadata.uid).not.toBe(before?.metadata.uid);
});

test('an image that can be none is named with its field before anything is begun, and rolls no server that runs (V4)', async () => {
  const server = stage.subject('imageless');
  const told = (path: string) =>
    ({
      type: 'ConfigReady',
      reason: 'InvalidSpec',
      message: new RegExp(`${path} "not a image:::" is no name`),
    }) as const;
  const images = { postgres: 'not a image:::' };
  await expectSaid(server, { ...PERCONA, percona: { ...PERCONA.percona, images } }, told('spec.percona.images.postgres')); // prettier-ignore
  await expectNothingBegun(server);
  await server.apply(PERCONA);
  await server.untilReady();

  const since = new Date();
  await server.apply({ ...PERCONA, image: 'not a image:::' });
  await server.untilTold({ status: 'False', ...told('spec.image') });
  await server.reconcileNow(2);
  await server.apply(PERCONA);
  await server.untilReady();
  expect(server.writes(since).filter(({ resource }) => ['statefulsets', 'perconapgclusters'].includes(resource))).toEqual([]); // prettier-ignore
  expect(await server.revisions()).toBe(1);
});

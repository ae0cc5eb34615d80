// What the product was asked for, point by point: M1 to M4 and M7 to M9. M5 is in waiting.test.ts, M6 in
// wait-for-postgres.test.ts.
import { ANNOTATIONS, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import type { StatefulSet } from '../../src/manifests/index.ts';
import type { KubeObject, Pod } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { distinct, record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA } from './support/subject.ts';

const stage = useStage({ name: 'must-hold' });

const backup = { enabled: true, bucket: 'ditto', endpoint: 's3.example.com', credentialsSecretRef: { name: 's3' } };

beforeAll(async () => {
  const { cluster, namespace } = stage;
  const conf = '[global]\nrepo1-s3-key=key\nrepo1-s3-key-secret=secret\n';
  const credentials = { 's3.conf': Buffer.from(conf).toString('base64') };
  await cluster.admin.create({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 's3' }, data: credentials } as KubeObject); // prettier-ignore
  await Promise.all([
    stage.subject('files').apply(PERCONA),
    stage.subject('plain').apply(BASIC),
    stage.subject('mortal').apply(PERCONA),
    stage.subject('backed').apply({
      ...BASIC,
      percona: {
        enabled: true,
        replicas: 2,
        storageSize: '2Gi',
        storageClassName: 'standard',
        databaseName: 'ditto',
        backup,
      },
    }),
    stage.subject('bare').apply({ ...BASIC, percona: { enabled: true } }),
  ]);
});

test('with spec.percona.enabled a PerconaPGCluster "<name>-postgres" is made in the same namespace (M1)', async () => {
  const { metadata: server } = await stage.subject('files').untilReady();
  const labelSelector = `dittofs.io/owner-uid=${server.uid}`;
  const made = await stage.cluster.admin.list<KubeObject>(PERCONA_PG_CLUSTER, { labelSelector });
  expect(made.map(({ metadata }) => [metadata.namespace, metadata.name])).toEqual([
    [stage.namespace, 'files-postgres'],
  ]);
});

test('the cluster is owned by its DittoServer and goes with it (M2)', async () => {
  const mortal = stage.subject('mortal');
  const { metadata } = await mortal.untilReady();
  expect((await mortal.postgresCluster())?.metadata.ownerReferences).toMatchObject([
    { kind: 'DittoServer', name: 'mortal', uid: metadata.uid, controller: true },
  ]);
  await mortal.delete();
  await mortal.untilGone();
  await waitFor('the PerconaPGCluster is gone', async () => (await mortal.postgresCluster()) === undefined);
});

describe('the specification of the cluster (M3)', () => {
  const specOf = (name: string) =>
    waitFor(`the PerconaPGCluster of ${name}`, async () => (await stage.subject(name).postgresCluster())?.spec, {
      seen: () => stage.subject(name).says(),
    });

  test('has the documented defaults', async () => {
    const spec = await specOf('bare');
    expect(spec).toMatchObject({
      postgresVersion: 16,
      instances: [
        {
          name: 'instance1',
          replicas: 1,
          dataVolumeClaimSpec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } },
        },
      ],
      users: [{ name: 'dittofs', databases: ['dittofs'] }],
      backups: { enabled: false },
    });
    expect(spec.instances[0]?.dataVolumeClaimSpec).not.toHaveProperty('storageClassName');
  });

  test('has what the DittoServer asks for, backups to S3 included, and becomes ready', async () => {
    const backed = stage.subject('backed');
    const { metadata } = await backed.untilReady();
    const { spec, status } = (await backed.postgresCluster()) ?? {};
    expect(status).toMatchObject({ state: 'ready', postgres: { ready: 2, size: 2 } });
    expect(spec).toMatchObject({
      instances: [
        {
          name: 'instance1',
          replicas: 2,
          dataVolumeClaimSpec: { storageClassName: 'standard', resources: { requests: { storage: '2Gi' } } },
        },
      ],
      users: [{ name: 'dittofs', databases: ['ditto'] }],
      backups: {
        enabled: true,
        pgbackrest: {
          configuration: [{ secret: { name: 's3' } }],
          global: {
            'repo1-path': `/pgbackrest/${stage.namespace}/${metadata.uid}/backed/repo1`,
            'repo1-s3-uri-style': 'path',
            'repo1-storage-verify-tls': 'y',
          },
          repos: [
            {
              name: 'repo1',
              s3: { bucket: 'ditto', endpoint: 's3.example.com', region: 'eu-west-1' },
              schedules: { full: '0 2 * * *', incremental: '0 * * * *' },
            },
          ],
        },
      },
    });
  });
});

test('what a user changes on the cluster itself stays: nothing of ours writes to it (M4)', async () => {
  const bare = stage.subject('bare');
  await bare.untilReady();
  await bare.untilQuiet();
  const edited = [
    {
      name: 'instance1',
      replicas: 2,
      resources: { limits: { memory: '1Gi' } },
      dataVolumeClaimSpec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '11Gi' } } },
    },
  ];
  const since = new Date();
  await stage.cluster.admin.patch(bare.children.postgresCluster, {
    metadata: { annotations: { 'example.com/note': 'mine' } },
    spec: { instances: edited },
  });
  const cluster = async () => bare.postgresCluster();
  await waitFor('the operator follows the edit', async () => (await cluster())?.status?.postgres?.ready === 2, {
    seen: async () => JSON.stringify((await cluster())?.status),
  });
  await bare.reconcileNow(5);
  const kept = await cluster();
  expect(kept?.spec.instances).toMatchObject(edited);
  expect(kept?.metadata.annotations).toHaveProperty(['example.com/note'], 'mine');
  expect(bare.writes(since).filter(({ resource }) => resource === 'perconapgclusters')).toEqual([]);
  await bare.untilReady();
});

test('the server gets DATABASE_URL from key "uri" of the Secret that the operator makes (M7)', async () => {
  const files = stage.subject('files');
  await files.untilReady();
  const container = (await files.statefulSet())?.spec?.template.spec?.containers.find(({ name }) => name === 'dittofs');
  expect(container?.env?.find(({ name }) => name === 'DATABASE_URL')?.valueFrom?.secretKeyRef).toMatchObject({
    name: 'files-postgres-pguser-dittofs',
    key: 'uri',
  });
});

describe('the uri is part of the hash on the pod template (M8)', () => {
  let sets: Recording<StatefulSet & KubeObject>;
  let pods: Recording<Pod>;
  const files = () => stage.subject('files');
  const hashOf = (set: StatefulSet | undefined) => set?.spec?.template.metadata?.annotations?.[ANNOTATIONS.configHash];
  const secret = async () =>
    stage.cluster.admin.get<KubeObject & { data: Record<string, string> }>(files().children.postgresUserSecret);

  beforeEach(async () => {
    await files().untilReady();
    await files().untilQuiet();
    sets = await record(stage.cluster, { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: stage.namespace });
    pods = await record(stage.cluster, { apiVersion: 'v1', kind: 'Pod', namespace: stage.namespace });
  });
  afterEach(() => {
    sets.stop();
    pods.stop();
  });

  /** Changes the Secret and waits until the new hash runs; what was there in between is in the recordings. */
  async function rotate(change: () => Promise<unknown>): Promise<void> {
    const before = { uri: (await secret())?.data['uri'], hash: hashOf(await files().statefulSet()) };
    await change();
    await waitFor('the operator writes another uri', async () => {
      const uri = (await secret())?.data['uri'];
      return uri !== undefined && uri !== before.uri;
    });
    await waitFor('a new hash', async () => hashOf(await files().statefulSet()) !== before.hash, {
      seen: () => files().says(),
    });
    await files().untilReady();
    await files().untilQuiet();
  }

  async function expectOneRoll(): Promise<void> {
    const made = () => pods.versions('files-0').filter(({ type }) => type === 'ADDED');
    await waitFor('the new pod is recorded', () => made().length > 0);
    expect(made()).toHaveLength(1);
    expect(distinct(sets.versions('files').map(({ object }) => hashOf(object)))).toHaveLength(1);
  }

  test('a rotated password rolls the pod exactly once', async () => {
    const revisions = await files().revisions();
    await rotate(() =>
      // How Percona documents a rotation: the operator makes up another password.
      stage.cluster.admin.patch(files().children.postgresUserSecret, { data: { password: '' } }),
    );
    await expectOneRoll();
    expect(await files().revisions()).toBe(revisions + 1);
    expect((await files().get())?.status?.configHash).toBe(hashOf(await files().statefulSet()));
    await files().recordHistory('percona-rotated');
  });

  test('a Secret that is lost is no reason to roll; the one that replaces it is, once', async () => {
    await rotate(() => stage.cluster.admin.delete(files().children.postgresUserSecret));
    await expectOneRoll();
  });

  test('labels, annotations and other keys of the Secret are none of the pod’s business', async () => {
    const before = await files().versions();
    await stage.cluster.admin.patch(files().children.postgresUserSecret, {
      metadata: { labels: { 'example.com/touched': 'yes' }, annotations: { 'example.com/touched': 'yes' } },
      data: { 'unread-key': Buffer.from('anything').toString('base64') },
    });
    await files().reconcileNow(3);
    const after = await files().versions();
    const name = 'Secret/files-postgres-pguser-dittofs';
    expect(after[name]).not.toBe(before[name]);
    expect({ ...after, [name]: '' }).toEqual({ ...before, [name]: '' });
  });
});

test('without Percona nothing of a database is made: the StatefulSet comes at once (M9)', async () => {
  const plain = stage.subject('plain');
  await plain.untilReady();
  expect(await plain.postgresCluster()).toBeUndefined();
  expect(plain.writes().filter(({ resource }) => resource === 'perconapgclusters')).toEqual([]);
  const pod = (await plain.statefulSet())?.spec?.template.spec;
  expect(pod?.initContainers).toBeUndefined();
  expect(pod?.containers.flatMap(({ env }) => env ?? []).map(({ name }) => name)).not.toContain('DATABASE_URL');
  // One pass: everything that it needs was written before anything was told.
  const order = plain.writes().map(({ resource }) => resource);
  expect(order.indexOf('statefulsets')).toBeLessThan(order.indexOf('dittoservers'));
  await plain.recordHistory('sqlite');
});

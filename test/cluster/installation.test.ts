// What a cluster lacks, or has in an older form: Percona's API comes later, and DittoServers were stored under the predecessor's
// CRD, which refuses less. On a cluster of its own, where nothing of Percona is installed at first.
import { join } from 'node:path';
import type { DittoServer, DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import { AdminError } from '../kit/admin.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { readManifests } from '../kit/manifests.ts';
import { applyPerconaManifests } from '../kit/percona-operator.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA } from './support/subject.ts';

const stage = useStage({ name: 'installation', own: { percona: false } });

test('without Percona’s API a DittoServer waits and says what to install; when it is there, it goes on by itself', async () => {
  const early = stage.subject('early');
  await early.apply(PERCONA);
  const { message } = await early.untilTold({ type: 'DatabaseReady', status: 'Unknown', reason: 'DatabaseAPIMissing' });
  expect(message).toMatch(/install the Percona Operator for PostgreSQL/);
  await early.untilTold({ type: 'Ready', status: 'Unknown', reason: 'DatabaseAPIMissing' });
  const plain = stage.subject('plain');
  await plain.apply(BASIC);
  await plain.untilReady();

  await applyPerconaManifests(stage.cluster.admin);
  await waitFor('the PerconaPGCluster is made', async () => (await early.postgresCluster()) !== undefined, {
    seen: early.says,
  });
  // No operator runs here, and that is what it waits for now.
  await early.untilTold({ type: 'DatabaseReady', status: 'False', message: /Percona operator has (not )?reported/ });
});

type Json = Readonly<Record<string, unknown>>;

/** Our CRD without its rules, and with the one default that the predecessor's had and ours has not. */
function predecessorLike(crd: KubeObject): KubeObject {
  const stripped = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(stripped);
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => key !== 'x-kubernetes-validations');
    return Object.fromEntries(
      kept.map(([key, inner]) => [
        key,
        stripped(key === 'deleteWithServer' ? { ...(inner as Json), default: false } : inner),
      ]),
    );
  };
  return stripped(crd) as KubeObject;
}

const [crd] = readManifests(join(import.meta.dirname, '..', '..', 'deploy', 'crd', 'dittoserver.yaml'));
if (!crd) throw new Error('deploy/crd/dittoserver.yaml holds no object');

describe('an object stored under the predecessor’s CRD', () => {
  const longName = 'a-name-of-twenty-9-characters';
  const store = async (name: string, spec: DittoServerSpec): Promise<void> => {
    const metadata = { namespace: stage.namespace, name };
    const object: DittoServer = { ...DITTO_SERVER, metadata, spec };
    // A changed schema takes effect a moment after it is stored. Tried without storing until then: without the default a database would be
    // made that goes with its server.
    const tried = async (dryRun: boolean): Promise<boolean> => {
      const { spec: stored } = await stage.cluster.admin.apply<KubeObject & DittoServer>(object, { dryRun });
      return stored?.percona?.deleteWithServer === false;
    };
    await waitFor(`${name} can be stored`, () => tried(true), { seen: () => `refused, or without the default` });
    expect(await tried(false)).toBe(true);
  };

  beforeAll(async () => {
    await stage.cluster.admin.apply(predecessorLike(crd));
    await Promise.all([
      store(longName, PERCONA),
      store('twice', { ...PERCONA, database: { postgresSecretRef: { name: 'own', key: 'uri' } } }),
      store('kept', PERCONA),
    ]);
  });

  test('whose name is too long for its children is told so, with the limit, before any database object exists (D2)', async () => {
    expect(longName).toHaveLength(29);
    const server = stage.subject(longName);
    const { message } = await server.untilTold({ type: 'ConfigReady', status: 'False', reason: 'NameTooLong' });
    expect(message).toMatch(/29 characters, but at most 28/);
    await server.reconcileNow(2);
    expect(server.writes().map(({ resource, subresource }) => `${resource}/${subresource}`)).not.toHaveLength(0);
    for (const { resource, subresource } of server.writes())
      expect(`${resource}/${subresource}`).toBe('dittoservers/status');
    expect(await stage.cluster.kubectl('get', 'dittoserver', longName, '-n', stage.namespace)).toContain('NameTooLong');
  });

  test('with two databases is told so', async () => {
    const twice = stage.subject('twice');
    const { message } = await twice.untilTold({ type: 'ConfigReady', status: 'False', reason: 'TwoDatabases' });
    expect(message).toMatch(/spec\.percona\.enabled and spec\.database\.postgresSecretRef/);
    await twice.reconcileNow(2);
    expect(await twice.statefulSet()).toBeUndefined();
    expect(await twice.postgresCluster()).toBeUndefined();
  });

  test('keeps its database at deletion, since that CRD stored deleteWithServer: false', async () => {
    const kept = stage.subject('kept');
    const cluster = await waitFor('the PerconaPGCluster is made', () => kept.postgresCluster(), { seen: kept.says });
    expect(cluster.metadata.ownerReferences).toBeUndefined();
  });

  test('can still be told of, edited and deleted when the CRD is the present one', async () => {
    const server = stage.subject(longName);
    await stage.cluster.admin.apply(crd);
    await waitFor('the present CRD is in force', async () => {
      const metadata = { namespace: stage.namespace, name: `${longName}-2` };
      const other = { ...DITTO_SERVER, metadata, spec: PERCONA };
      return stage.cluster.admin.apply<KubeObject>(other, { dryRun: true }).then(
        () => false,
        (error: unknown) => error instanceof AdminError && error.status === 422,
      );
    });
    const before = (await server.get())?.metadata.generation ?? 0;
    await stage.cluster.admin.patch(server.ref, { spec: { percona: { replicas: 2 } } });
    await waitFor(
      'the edit was looked at',
      async () => (await server.get())?.status?.observedGeneration === before + 1,
      {
        seen: server.says,
      },
    );
    await server.untilTold({ type: 'ConfigReady', reason: 'NameTooLong' });
    for (const name of [longName, 'twice', 'kept']) {
      await stage.subject(name).delete();
      await stage.subject(name).untilGone();
    }
    const all = await stage.cluster.admin.list<KubeObject>({ ...PERCONA_PG_CLUSTER, namespace: stage.namespace });
    expect(all.map(({ metadata }) => metadata.name).sort()).toEqual(['early-postgres', 'kept-postgres']);
  });
});

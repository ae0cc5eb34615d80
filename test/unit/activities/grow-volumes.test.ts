// Volumes that grow: the claims first, then the StatefulSet is made again, whoever comes to do it.
import type { Condition } from '../../../src/api/kubernetes.ts';
import { smallWorld, type SmallWorld } from './small-world.ts';

async function settled(): Promise<SmallWorld> {
  const world = smallWorld({ storage: { metadataSize: '5Gi' } });
  await world.pass();
  world.podsRun();
  await world.pass();
  world.later(60_000);
  return world;
}

const conditionOf = ({ kube }: SmallWorld, wanted: string) =>
  (kube.find('DittoServer', 'files')?.['status'] as { conditions: readonly Condition[] }).conditions.find(({ type }) => type === wanted); // prettier-ignore
const hashOf = ({ kube }: SmallWorld): unknown =>
  (kube.find('StatefulSet', 'files')?.['spec'] as { template: { metadata: { annotations: Record<string, string> } } }).template.metadata.annotations['dittofs.io/config-hash']; // prettier-ignore
const writesOf = ({ kube }: SmallWorld, since: number) => kube.calls.slice(since).filter(({ changed }) => changed);

describe('volumes that grow', () => {
  const CLASS = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'standard' } };
  const sizeOf = ({ kube }: SmallWorld, name: string) =>
    (kube.find('PersistentVolumeClaim', name)?.['spec'] as { resources: object }).resources;
  const templatesOf = ({ kube }: SmallWorld) =>
    (kube.find('StatefulSet', 'files')?.['spec'] as { volumeClaimTemplates: { spec: { resources: object } }[] } | undefined)?.volumeClaimTemplates.map(({ spec }) => spec.resources); // prettier-ignore
  const GROWN = [{ requests: { storage: '6Gi' } }, { requests: { storage: '1Gi' } }];

  async function growing(allowVolumeExpansion: boolean): Promise<SmallWorld> {
    const world = await settled();
    world.kube.put({ ...CLASS, allowVolumeExpansion }, 'admin');
    for (const [name, storage] of [
      ['metadata-files-0', '5Gi'],
      ['controlplane-files-0', '1Gi'],
    ] as const) {
      const metadata = { name, labels: { app: 'dittofs-server', instance: 'files' } };
      const spec = { storageClassName: 'standard', resources: { requests: { storage } } };
      world.kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec }, 'kube-controller-manager');
    }
    world.edit((spec) => (spec['storage'] = { metadataSize: '6Gi' }));
    return world;
  }

  test('their claims first, then the StatefulSet is made again with the same hash (S3)', async () => {
    const world = await growing(true);
    const [hash, uid] = [hashOf(world), world.kube.find('StatefulSet', 'files')?.metadata.uid];
    expect((await world.pass()).steps).toEqual(['growVolumes', 'applyStatefulSet']);
    expect(sizeOf(world, 'metadata-files-0')).toEqual({ requests: { storage: '6Gi' } });
    expect(templatesOf(world)).toEqual(GROWN);
    expect(hashOf(world)).toBe(hash);
    expect(world.kube.find('StatefulSet', 'files')?.metadata.uid).not.toBe(uid);
    world.podsRun();
    expect((await world.pass()).steps).toEqual([]);
  });

  test('where the class does not let them: one condition and no write over a hundred passes, until it does (S3)', async () => {
    const world = await growing(false);
    await world.pass();
    expect(conditionOf(world, 'ConfigReady')).toMatchObject({ status: 'False', reason: 'StorageResizeUnsupported' });
    const since = world.kube.calls.length;
    for (let pass = 0; pass < 100; pass += 1) await world.pass();
    expect(writesOf(world, since)).toEqual([]);
    world.kube.edit('StorageClass', 'standard', 'admin', (draft) => (draft['allowVolumeExpansion'] = true));
    expect((await world.pass()).steps).toEqual(['growVolumes', 'applyStatefulSet']);
  });

  test('a StatefulSet that could not be made again is made by whoever comes next, also after a lost workflow (S4)', async () => {
    const world = await growing(true);
    const hash = hashOf(world);
    const mend = world.kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && verb === 'patch', 500);
    for (let attempt = 0; attempt < 10; attempt += 1) await world.pass();
    expect(templatesOf(world)).toBeUndefined();
    mend();
    world.forget();
    expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
    expect(templatesOf(world)).toEqual(GROWN);
    expect(hashOf(world)).toBe(hash);
  });
});

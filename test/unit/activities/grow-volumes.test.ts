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

  const LABELS: Readonly<Record<string, string>> = { app: 'dittofs-server', instance: 'files' };

  async function growing(allowVolumeExpansion: boolean, labels = LABELS): Promise<SmallWorld> {
    const world = await settled();
    world.kube.put({ ...CLASS, allowVolumeExpansion }, 'admin');
    for (const [name, storage] of [
      ['metadata-files-0', '5Gi'],
      ['controlplane-files-0', '1Gi'],
    ] as const) {
      const metadata = { name, labels };
      const spec = { storageClassName: 'standard', resources: { requests: { storage } } };
      world.kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec }, 'kube-controller-manager');
    }
    runs(world);
    world.edit((spec) => (spec['storage'] = { metadataSize: '6Gi' }));
    return world;
  }

  const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

  /** Somebody has restarted the pod, and labelled the StatefulSet; its controller has made a pod, and keeps the template. */
  function runs({ kube }: SmallWorld): void {
    const set = kube.edit('StatefulSet', 'files', 'kubectl-rollout', (draft) => {
      const { template } = draft['spec'] as { template: { metadata: { annotations: Record<string, string> } } };
      template.metadata.annotations[RESTARTED] = '2026-03-01T12:00:00Z';
      draft.metadata.labels = { ...draft.metadata.labels, team: 'blue' };
    });
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'files',
      uid: set.metadata.uid,
      controller: true,
    };
    const labels = { app: 'dittofs-server', instance: 'files', 'controller-revision-hash': 'files-2' };
    const { template } = set['spec'] as { template: object };
    const own = { labels, ownerReferences: [owner] };
    kube.put({ apiVersion: 'v1', kind: 'Pod', metadata: { ...own, name: 'files-0' }, status: { phase: 'Running' } }, 'kube-controller-manager'); // prettier-ignore
    for (const [name, revision, data] of [
      ['files-2', 2, { spec: { template: { ...template, $patch: 'replace' } } }],
      ['files-1', 1, { spec: { template: { $patch: 'replace' } } }],
    ] as const)
      kube.put({ apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { ...own, name }, revision, data }, 'kube-controller-manager'); // prettier-ignore
  }

  const templateOf = ({ kube }: SmallWorld) => (kube.find('StatefulSet', 'files')?.['spec'] as { template: object } | undefined)?.template; // prettier-ignore
  const managersOf = ({ kube }: SmallWorld) => (kube.find('StatefulSet', 'files')?.metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`).sort(); // prettier-ignore

  test('their claims first, then the StatefulSet is made again with the same hash (S3)', async () => {
    const world = await growing(true);
    const [hash, uid] = [hashOf(world), world.kube.find('StatefulSet', 'files')?.metadata.uid];
    const [template, managers] = [templateOf(world), managersOf(world)];
    expect((await world.pass()).steps).toEqual(['growVolumes', 'applyStatefulSet']);
    expect(templateOf(world)).toEqual(template);
    expect(JSON.stringify(template)).toContain(RESTARTED);
    expect(world.kube.find('StatefulSet', 'files')?.metadata.labels).toMatchObject({ team: 'blue' });
    expect(managersOf(world)).toEqual(managers);
    expect(sizeOf(world, 'metadata-files-0')).toEqual({ requests: { storage: '6Gi' } });
    expect(templatesOf(world)).toEqual(GROWN);
    expect(hashOf(world)).toBe(hash);
    expect(world.kube.find('StatefulSet', 'files')?.metadata.uid).not.toBe(uid);
    world.podsRun();
    expect((await world.pass()).steps).toEqual([]);
  });

  const fieldsOf = ({ kube }: SmallWorld) => (kube.find('StatefulSet', 'files')?.metadata.managedFields ?? []).filter(({ manager }) => manager !== 'kube-controller-manager'); // prettier-ignore

  test.each([1, 2])('fields of others are given back also where its controller writes status first, %i times (S3)', async (times) => {
    const world = await growing(true);
    const fields = fieldsOf(world);
    const uid = world.kube.find('StatefulSet', 'files')?.metadata.uid;
    let written = 0;
    world.kube.before(({ kind, verb }) => {
      const made = world.kube.find('StatefulSet', 'files');
      if (kind !== 'StatefulSet' || verb !== 'patch' || made?.metadata.uid === uid || written === times) return;
      written += 1;
      world.kube.edit('StatefulSet', 'files', 'kube-controller-manager', (draft) => (draft['status'] = { observedGeneration: 1, replicas: written })); // prettier-ignore
    });
    await world.pass();
    expect(written).toBe(times);
    expect(fieldsOf(world)).toEqual(fields);
    expect(JSON.stringify(fields)).toContain('kubectl-rollout');
    expect(managersOf(world)).toContain('kube-controller-manager Update');
  }); // prettier-ignore

  test('a claim that a restore brought back without labels grows too: the server uses it by its name (S3)', async () => {
    const world = await growing(true, {});
    expect((await world.pass()).steps).toEqual(['growVolumes', 'applyStatefulSet']);
    expect(sizeOf(world, 'metadata-files-0')).toEqual({ requests: { storage: '6Gi' } });
    expect(sizeOf(world, 'controlplane-files-0')).toEqual({ requests: { storage: '1Gi' } });
    expect(templatesOf(world)).toEqual(GROWN);
    const notes = world.events.filter(({ reason }) => reason === 'VolumesGrow').map(({ note }) => note);
    expect(notes).toEqual([expect.stringContaining('metadata-files-0 from 5Gi to 6Gi')]);
  });

  test('one that may not be read is waited for, and its StatefulSet stays', async () => {
    const world = await growing(true, {});
    const mend = world.kube.refuse(({ kind, verb, name }) => kind === 'PersistentVolumeClaim' && verb === 'get' && name === 'metadata-files-0', 403); // prettier-ignore
    expect((await world.pass()).steps).toEqual([]);
    expect(conditionOf(world, 'ConfigReady')).toMatchObject({ status: 'Unknown', reason: 'InputsUnreadable' });
    mend();
    expect((await world.pass()).steps).toEqual(['growVolumes', 'applyStatefulSet']);
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

  test('a StatefulSet that could not be made again is put back by whoever comes next, also after a lost workflow, with the template that it had (S4)', async () => {
    const world = await growing(true);
    const template = templateOf(world);
    const mend = world.kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && ['create', 'patch'].includes(verb), 500); // prettier-ignore
    for (let attempt = 0; attempt < 10; attempt += 1) await world.pass();
    expect(templatesOf(world)).toBeUndefined();
    mend();
    world.forget();
    expect((await world.pass()).steps).toEqual(['applyStatefulSet', 'applyStatefulSet']);
    expect(templatesOf(world)).toEqual(GROWN);
    expect(templateOf(world)).toEqual(template);
    expect(managersOf(world)).toEqual(['dittoserver-provisioner Apply']);
  });

  test('one that was made, and no more, is given back to those whose it was (S4)', async () => {
    const world = await growing(true);
    const template = templateOf(world);
    const mend = world.kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && verb === 'patch', 500);
    await world.pass();
    expect(managersOf(world)).toEqual(['dittoserver-provisioner Update']);
    mend();
    expect((await world.pass()).steps).toEqual(['applyStatefulSet']);
    expect(templateOf(world)).toEqual(template);
    expect(managersOf(world)).toEqual(['dittoserver-provisioner Apply']);
  });

  describe('what is told of it', () => {
    const toldOf = ({ events }: SmallWorld) => events.filter(({ reason }) => reason === 'ChildRepaired').map(({ note }) => note); // prettier-ignore
    const refuseCreation = ({ kube }: SmallWorld) => kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && verb === 'create', 500); // prettier-ignore

    /** Until nothing is left to do. */
    async function settles(world: SmallWorld): Promise<void> {
      for (let pass = 0; pass < 3; pass += 1) await world.pass();
      world.podsRun();
      await world.pass();
    }

    test('nobody is said to have deleted or edited a StatefulSet that is made again', async () => {
      const world = await growing(true);
      await settles(world);
      expect(templatesOf(world)).toEqual(GROWN);
      expect(toldOf(world)).toEqual([]);
    });

    test('one that is put back over its pod is told once, without a guess who took it (S4)', async () => {
      const world = await growing(true);
      const mend = refuseCreation(world);
      await world.pass();
      mend();
      await settles(world);
      expect(toldOf(world)).toEqual(['StatefulSet files was gone while its pod ran on, and is put back over it']);
    });

    test('one without a pod, which could not be made again at once, was deleted by nobody else', async () => {
      const world = await growing(true);
      world.kube.remove('Pod', 'files-0');
      const mend = refuseCreation(world);
      expect((await world.pass()).steps).toEqual(['growVolumes', 'applyStatefulSet']);
      mend();
      await settles(world);
      expect(templatesOf(world)).toEqual(GROWN);
      expect(toldOf(world)).toEqual([]);
    });

    test('one that was made, and no more, was edited by nobody', async () => {
      const world = await growing(true);
      const mend = world.kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && verb === 'patch', 500);
      await world.pass();
      mend();
      await settles(world);
      expect(toldOf(world)).toEqual([]);
    });

    test('one that somebody deletes months later, when nothing was written to it since, is told (W6)', async () => {
      const world = await growing(true);
      const release = world.kube.before(({ kind, verb }) => {
        if (kind !== 'StatefulSet' || verb !== 'create') return;
        release();
        world.annotate('dittofs.io/paused', 'true');
      });
      expect((await world.pass()).steps).toEqual(['growVolumes']);
      world.later(90 * 24 * 3_600_000);
      world.kube.remove('StatefulSet', 'files');
      world.kube.remove('Pod', 'files-0');
      world.annotate('dittofs.io/paused', 'false');
      await settles(world);
      expect(toldOf(world)).toEqual(['StatefulSet files was deleted by somebody and is made again']);
    });
  });

  test('a template that may not be read is waited for: the pod runs on as it is (S4)', async () => {
    const world = await growing(true);
    const mend = world.kube.refuse(({ kind }) => kind === 'ControllerRevision', 403);
    const back = world.kube.refuse(({ kind, verb }) => kind === 'StatefulSet' && verb === 'create', 500);
    await world.pass();
    back();
    await world.pass();
    expect(templatesOf(world)).toBeUndefined();
    expect(conditionOf(world, 'Progressing')).toMatchObject({ reason: 'PodsUnreadable' });
    mend();
    await world.pass();
    expect(templatesOf(world)).toEqual(GROWN);
  });

  test('nothing goes while what makes it again is not in order: a Service of somebody else, for example', async () => {
    const world = await growing(true);
    world.kube.remove('Service', 'files-api');
    world.kube.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'files-api' } }, 'somebody');
    const since = world.kube.calls.length;
    await world.pass();
    expect(writesOf(world, since).filter(({ verb }) => verb === 'delete')).toEqual([]);
    expect(conditionOf(world, 'ConfigReady')).toMatchObject({ status: 'False', reason: 'ObjectConflict' });
    expect(templatesOf(world)).not.toEqual(GROWN);
    world.kube.remove('Service', 'files-api');
    await world.pass();
    expect(templatesOf(world)).toEqual(GROWN);
  });
});

// Volumes of a running server that grow, on a real API server and StatefulSet controller: the pod runs on.
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { KubeObject, Pod } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import type { Subject } from './support/subject.ts';

const stage = useStage({ name: 'volumes' });

/** Served by the kit's provisioner of volumes. */
const className = (name: string): string => `standard-${name}-${stage.namespace}`;

const classFor = (name: string, allowVolumeExpansion: boolean) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: className(name) },
  provisioner: 'kit.test/none',
  allowVolumeExpansion,
});
const spec = (name: string, metadataSize: string) => ({
  storage: { metadataSize, storageClassName: className(name) },
});
const growable = () => stage.subject('growable');
const rigid = () => stage.subject('rigid');
const killed = () => stage.subject('killed');
const dropped = () => stage.subject('dropped');

beforeAll(async () => {
  await Promise.all([classFor('wide', true), classFor('fixed', false)].map((one) => stage.cluster.admin.apply(one)));
  await Promise.all([rigid().apply(spec('fixed', '1Gi')), ...[growable(), killed(), dropped()].map((one) => one.apply(spec('wide', '1Gi')))]); // prettier-ignore
});
afterAll(() => Promise.all(['wide', 'fixed'].map((name) => stage.cluster.admin.delete({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: className(name) })))); // prettier-ignore

const sizeOf = async ({ names, namespace }: Subject): Promise<string | undefined> =>
  (await stage.cluster.admin.get<KubeObject & V1PersistentVolumeClaim>({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: names.metadataClaim }))?.spec?.resources?.requests?.['storage']; // prettier-ignore
const templateSizeOf = async (server: Subject) =>
  (await server.statefulSet())?.spec?.volumeClaimTemplates?.find(({ metadata }) => metadata?.name === 'metadata')?.spec?.resources?.requests?.['storage']; // prettier-ignore

const RESTARTED = 'kubectl.kubernetes.io/restartedAt';

/** What others do to a StatefulSet: its pod is restarted, and gets a sidecar; the StatefulSet gets a label. Returns the pod of that. */
async function othersWriteTo(server: Subject): Promise<Pod> {
  const before = await server.pod();
  const sidecar = { name: 'sidecar', image: 'example.com/sidecar:1' };
  const object = {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: server.names.statefulSet, namespace: server.namespace, labels: { team: 'blue' } },
    spec: { template: { metadata: { annotations: { [RESTARTED]: '2026-03-01T12:00:00Z' } }, spec: { containers: [sidecar] } } },
  }; // prettier-ignore
  await stage.cluster.kubectl('patch', 'statefulset', server.names.statefulSet, '-n', server.namespace, '--field-manager=injector', '--patch', JSON.stringify(object)); // prettier-ignore
  return waitFor(`${server.name} has a pod with a sidecar`, async () => {
    const pod = await server.pod();
    const isReady = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
    return pod?.metadata.uid !== before?.metadata.uid && isReady ? pod : undefined;
  }); // prettier-ignore
}

/** The template with what others wrote to it, and who owns what of the StatefulSet. */
async function madeOf(server: Subject) {
  const { metadata, spec } = (await server.statefulSet()) ?? {};
  const owners = (metadata?.managedFields ?? []).filter(({ subresource }) => subresource !== 'status');
  const fields = owners.map(({ manager, operation, fieldsV1 }) => ({ manager, operation, fieldsV1 }));
  return { template: spec?.template, labels: metadata?.labels, fields };
}

/** The pod belongs to the StatefulSet that is there, and that one has one template. */
async function untilAdopted(server: Subject): Promise<void> {
  await waitFor(`the pod of ${server.name} has the new StatefulSet as its owner`, async () => {
    const uid = (await server.statefulSet())?.metadata.uid;
    return uid !== undefined && (await server.pod())?.metadata.ownerReferences?.some((owner) => owner.uid === uid);
  }); // prettier-ignore
}

test('a size that grows: the claim asks for it, the StatefulSet is made again with all that others wrote to it, and the pod is the same (S3)', async () => {
  const server = growable();
  await server.untilReady();
  const pod = await othersWriteTo(server);
  await server.untilReady();
  await server.untilQuiet();
  const [set, revisions, made] = [await server.statefulSet(), await server.revisions(), await madeOf(server)];
  await server.apply(spec('wide', '2Gi'));
  await server.untilReady();
  expect(await sizeOf(server)).toBe('2Gi');
  expect(await templateSizeOf(server)).toBe('2Gi');
  expect((await server.statefulSet())?.metadata.uid).not.toBe(set?.metadata.uid);
  await untilAdopted(server);
  await server.untilQuiet();
  expect((await server.pod())?.metadata.uid).toBe(pod.metadata.uid);
  expect(await server.revisions()).toBe(revisions);
  // What others wrote is there, and theirs.
  expect(await madeOf(server)).toEqual(made);
  expect(made.template?.metadata?.annotations).toHaveProperty([RESTARTED]);
  expect(made.labels).toMatchObject({ team: 'blue' });
  await expect(server.apply(spec('wide', '1Gi'))).rejects.toThrow(/may only grow/);
});

test('the status of the StatefulSet that went, written to the one made again: its controller leaves it so, and the server is Ready (S3)', async () => {
  const server = growable();
  await server.untilReady();
  const { generation = 0 } = (await server.statefulSet())?.metadata ?? {};
  // As kube-controller-manager 1.36.3 does now and then: its write was refused, since the old one was gone, and it tries again by name.
  await stage.cluster.admin.patch(server.children.statefulSet, { status: { observedGeneration: generation + 1 } }, 'status'); // prettier-ignore
  await server.reconcileNow(3);
  await server.untilQuiet();
  await server.untilTold({ type: 'Ready', status: 'True' });
  const set = await server.statefulSet();
  expect([set?.metadata.generation, set?.status?.observedGeneration]).toEqual([generation, generation + 1]);
});

test('where the StorageClass does not let it, one condition and no writes, and by itself when it does (S3)', async () => {
  const server = rigid();
  await server.untilReady();
  await server.apply(spec('fixed', '2Gi'));
  await server.untilTold({ type: 'ConfigReady', status: 'False', reason: 'StorageResizeUnsupported' });
  await server.untilTold({ type: 'Available', status: 'True' });
  await server.untilQuiet();
  const since = new Date();
  await server.reconcileNow(20);
  expect(server.writes(since)).toEqual([]);
  await stage.cluster.admin.apply(classFor('fixed', true));
  await server.untilReady();
  expect(await sizeOf(server)).toBe('2Gi');
});

test('the worker is killed between the deletion of the StatefulSet and its making: the pod gets its owner back (S4)', async () => {
  const server = killed();
  await server.untilReady();
  const pod = await othersWriteTo(server);
  await server.untilReady();
  const [revisions, { template }] = [await server.revisions(), await madeOf(server)];
  await stage.provisioner.kill();
  await asTheKilledWorkerDoes(server);
  await stage.provisioner.start();
  await server.untilReady();
  await untilAdopted(server);
  expect(await templateSizeOf(server)).toBe('2Gi');
  await server.untilQuiet();
  expect((await server.pod())?.metadata.uid).toBe(pod.metadata.uid);
  expect(await server.revisions()).toBe(revisions);
  expect((await madeOf(server)).template).toEqual(template);
});

test('the DittoServer is deleted at that moment: its pod goes, though nothing owns it (S4)', async () => {
  const server = dropped();
  await server.untilReady();
  await stage.provisioner.kill();
  await asTheKilledWorkerDoes(server);
  await server.delete();
  await server.untilGone();
  expect((await server.pod())?.metadata.deletionTimestamp).toBeUndefined();
  await stage.provisioner.start();
  await waitFor('the pod is gone', async () => (await server.pod()) === undefined);
  const removed = server.writes().filter(({ resource, verb }) => resource === 'pods' && verb === 'delete');
  expect(removed.map(({ name, code }) => [name, code])).toEqual([['dropped-0', 200]]);
});

/** The claim has grown, and the StatefulSet is gone, without its pod. */
async function asTheKilledWorkerDoes(server: Subject): Promise<void> {
  await server.apply(spec('wide', '2Gi'));
  await stage.cluster.admin.patch({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: server.namespace, name: server.names.metadataClaim }, { spec: { resources: { requests: { storage: '2Gi' } } } }); // prettier-ignore
  await stage.cluster.admin.delete(server.children.statefulSet, { propagationPolicy: 'Orphan' });
  await waitFor('the StatefulSet is gone', async () => (await server.statefulSet()) === undefined);
}

// Pods that hold a rollout, since they never become ready or do not go, on the real StatefulSet controller.
import type { Pod } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'rollouts' });

async function untilAnotherThan(server: Subject, stuck: Pod | undefined): Promise<void> {
  await waitFor('another pod is made', async () => {
    const pod = await server.pod();
    return pod !== undefined && pod.metadata.uid !== stuck?.metadata.uid;
  }, { seen: server.says }); // prettier-ignore
}

/** Pods that the provisioner asked to delete, and what it was answered. */
const removedPods = (server: Subject, since: Date) =>
  server.writes(since).filter(({ resource, verb }) => resource === 'pods' && verb === 'delete').map(({ name, code }) => [name, code]); // prettier-ignore

test('a corrected image is rolled out: exactly the stuck pod is removed, once, and a ready one never is (S1)', async () => {
  const server = stage.subject('typo');
  const release = await stage.cluster.controls.stickPods({ namespace: stage.namespace, namePrefix: 'typo-' }, 'imagePull'); // prettier-ignore
  await server.apply({ ...BASIC, image: 'example.com/dittofs:typo' });
  await server.untilTold({ type: 'Available', status: 'False', reason: 'ImagePullFailed' });
  const stuck = await server.pod();
  const since = new Date();
  await server.apply({ ...BASIC, image: 'example.com/dittofs:1' });
  await untilAnotherThan(server, stuck);
  await release();
  await server.untilReady();
  expect((await server.pod())?.spec.containers[0]?.image).toBe('example.com/dittofs:1');

  await server.apply({ ...BASIC, image: 'example.com/dittofs:2' });
  await server.untilReady();
  await waitFor('the new image runs', async () => (await server.pod())?.spec.containers[0]?.image === 'example.com/dittofs:2'); // prettier-ignore
  expect(removedPods(server, since)).toEqual([['typo-0', 200]]);
});

test('a corrected Secret is enough for a pod that never got through its first start (S1)', async () => {
  const server = stage.subject('key');
  const { namespace, cluster } = stage;
  const ref = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'own-key' } };
  const value = (letter: string) => ({ data: { k: Buffer.from(letter.repeat(43)).toString('base64') } });
  await cluster.admin.create({ ...ref, ...value('a') });
  const release = await cluster.controls.stickPods({ namespace, namePrefix: 'key-' }, 'crashLoop');
  await server.apply({ ...BASIC, identity: { jwt: { secretRef: { name: 'own-key', key: 'k' } } } });
  await server.untilTold({ type: 'Available', status: 'False', reason: 'ContainerCrashing' });
  const stuck = await server.pod();
  const since = new Date();
  await cluster.admin.patch({ ...ref, ...ref.metadata }, value('b'));
  await untilAnotherThan(server, stuck);
  await release();
  await server.untilReady();
  expect(removedPods(server, since)).toEqual([['key-0', 200]]);
});

test('a pod that should be gone and stays is told with its node, nothing is forced, and it clears by itself (S12)', async () => {
  const server = stage.subject('held');
  const { admin } = stage.cluster;
  await server.apply(BASIC);
  await server.untilReady();
  const pod = await server.pod();
  // What was on a lost node is not ready any more, either.
  const release = await stage.cluster.controls.stickPods({ namespace: stage.namespace, namePrefix: 'held-' }, 'crashLoop'); // prettier-ignore
  await server.untilTold({ type: 'Available', status: 'False', reason: 'ContainerCrashing' });
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: server.namespace, name: 'held-0' };
  await admin.patch(ref, { metadata: { finalizers: ['example.com/held'] } });
  const since = new Date();
  await admin.delete(ref);
  const { message } = await server.untilTold({ type: 'Available', status: 'False', reason: 'PodStuckTerminating' });
  expect(message).toContain(`pod "held-0" should be gone and is not; it is on node "${pod?.spec.nodeName ?? ''}"`);
  expect((await server.pod())?.metadata.uid).toBe(pod?.metadata.uid);
  await release();
  await admin.patch(ref, { metadata: { finalizers: null } });
  await server.untilReady();
  expect((await server.pod())?.metadata.uid).not.toBe(pod?.metadata.uid);
  expect(removedPods(server, since)).toEqual([]);
});

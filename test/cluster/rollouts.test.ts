// A rollout that is held by a pod which never becomes ready, on the real StatefulSet controller.
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC } from './support/subject.ts';

const stage = useStage({ name: 'rollouts' });

test('a corrected image is rolled out: exactly the stuck pod is removed, once, and a ready one never is (S1)', async () => {
  const server = stage.subject('typo');
  const release = await stage.cluster.controls.stickPods({ namespace: stage.namespace, namePrefix: 'typo-' }, 'imagePull'); // prettier-ignore
  await server.apply({ ...BASIC, image: 'example.com/dittofs:typo' });
  await server.untilTold({ type: 'Available', status: 'False', reason: 'ImagePullFailed' });
  const stuck = await server.pod();
  const since = new Date();
  await server.apply({ ...BASIC, image: 'example.com/dittofs:1' });
  await waitFor('another pod is made', async () => {
    const pod = await server.pod();
    return pod !== undefined && pod.metadata.uid !== stuck?.metadata.uid;
  }, { seen: server.says }); // prettier-ignore
  await release();
  await server.untilReady();
  expect((await server.pod())?.spec.containers[0]?.image).toBe('example.com/dittofs:1');

  await server.apply({ ...BASIC, image: 'example.com/dittofs:2' });
  await server.untilReady();
  await waitFor('the new image runs', async () => (await server.pod())?.spec.containers[0]?.image === 'example.com/dittofs:2'); // prettier-ignore
  const removed = server.writes(since).filter(({ resource, verb }) => resource === 'pods' && verb === 'delete');
  expect(removed.map(({ name, code }) => [name, code])).toEqual([['typo-0', 200]]);
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
  await waitFor('another pod is made', async () => {
    const pod = await server.pod();
    return pod !== undefined && pod.metadata.uid !== stuck?.metadata.uid;
  }, { seen: server.says }); // prettier-ignore
  await release();
  await server.untilReady();
  const removed = server.writes(since).filter(({ resource, verb }) => resource === 'pods' && verb === 'delete');
  expect(removed.map(({ name, code }) => [name, code])).toEqual([['key-0', 200]]);
});

// Pods of known images for tests of the kit, and what is seen of them.
import type { Cluster } from '../../kit/cluster.ts';
import type { ContainerStatus, KubeObject, ObjectRef, Pod } from '../../kit/kubernetes-types.ts';
import type { RunnableContainer, RunnablePod } from '../../kit/process-kubelet-stand-in/pod-types.ts';
import { waitFor } from '../../kit/wait-for.ts';

/** A pod with one container `main` that runs a shell script. */
export function shellPod(
  namespace: string,
  name: string,
  script: string,
  more: { readonly container?: Partial<RunnableContainer>; readonly spec?: Partial<RunnablePod['spec']> } = {},
): RunnablePod {
  const main = { name: 'main', image: 'busybox:1', command: ['sh', '-c', script], ...more.container };
  const metadata = { namespace, name, labels: { app: name } };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [main], ...more.spec } };
}

/** What a test asks of pods in a cluster. */
export function podsOf(cluster: Cluster) {
  const get = (pod: KubeObject | ObjectRef): Promise<Pod | undefined> => {
    const { name, namespace = '' } = 'metadata' in pod ? pod.metadata : pod;
    return cluster.admin.get<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, name });
  };
  const seen = async (pod: KubeObject | ObjectRef): Promise<string> => JSON.stringify((await get(pod))?.status);
  const options = (pod: KubeObject | ObjectRef) => ({ timeoutMs: 60_000, seen: () => seen(pod) });
  return {
    get,
    /** Waits until the status of the first container is as asked for. */
    async untilContainer(
      pod: KubeObject | ObjectRef,
      what: string,
      is: (status: ContainerStatus) => boolean,
    ): Promise<ContainerStatus> {
      const status = async () => (await get(pod))?.status?.containerStatuses?.[0];
      return waitFor(what, async () => status().then((found) => found && is(found) && found), options(pod));
    },
    async untilReady(pod: KubeObject | ObjectRef): Promise<Pod> {
      const isReady = (found: Pod | undefined) =>
        found?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') && found;
      return waitFor('the pod is ready', async () => isReady(await get(pod)), options(pod));
    },
    async untilGone(pod: KubeObject | ObjectRef): Promise<void> {
      await waitFor('the pod is gone', async () => !(await get(pod)), options(pod));
    },
  };
}

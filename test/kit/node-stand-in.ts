// Stand-in for the part of a kubelet that keeps its node alive: the Node object, its Ready condition and its lease.
import { setTimeout as pause } from 'node:timers/promises';
import { type Admin, AdminError } from './admin.ts';

export const nodeName = 'stand-in-node';

const renewEveryMs = 10_000;
const node = { apiVersion: 'v1', kind: 'Node', name: nodeName } as const;

/** Registers the node, then renews its lease until `signal` is aborted. Returns when it is registered. */
export async function keepNodeAlive(admin: Admin, signal: AbortSignal): Promise<void> {
  const since = new Date().toISOString();
  await register(admin, since);
  void (async () => {
    while (!signal.aborted) {
      const renewed = await renew(admin, since).then(
        () => true,
        () => false,
      );
      await pause(renewed ? renewEveryMs : 500, undefined, { signal }).catch(() => undefined);
    }
  })();
}

async function register(admin: Admin, since: string): Promise<void> {
  const labels = { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  try {
    await admin.create({ apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels } });
  } catch (error) {
    if (!(error instanceof AdminError && error.status === 409)) throw error;
  }
  await reportReady(admin, since);
}

/** Both, every time: the lease says that the node lives, and Ready is not set back by anybody else once it was lost. */
async function renew(admin: Admin, since: string): Promise<void> {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: nodeName, namespace: 'kube-node-lease' },
    spec: { holderIdentity: nodeName, leaseDurationSeconds: 40, renewTime: microTime() },
  };
  await admin.apply(lease);
  await reportReady(admin, since);
}

async function reportReady(admin: Admin, since: string): Promise<void> {
  const now = new Date().toISOString();
  const resources = { cpu: '64', memory: '256Gi', pods: '1000', 'ephemeral-storage': '1Ti' };
  const calm = ['MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({ type, status: 'False' }));
  const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'This node is a stand-in.' };
  // No address: a call into a pod (exec, logs) then fails at once and does not wait for a kubelet that is not there.
  await admin.patch(
    node,
    {
      status: {
        capacity: resources,
        allocatable: resources,
        conditions: [ready, ...calm].map((condition) => ({
          ...condition,
          lastHeartbeatTime: now,
          lastTransitionTime: since,
        })),
        nodeInfo: { kubeletVersion: 'v1.36.3', operatingSystem: 'linux', architecture: 'amd64' },
      },
    },
    'status',
  );
}

/** Kubernetes' times with microseconds. */
function microTime(): string {
  return new Date().toISOString().replace(/Z$/, '000Z');
}

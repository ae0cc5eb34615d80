// Stand-in for the StatefulSet controller, the scheduler and a node in one: it makes no pods, but says at once in the status of every
// StatefulSet that all replicas of the present generation are ready. It follows what the controller says of one that has rolled out.
import type { Admin } from '../kit/admin.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { refOf } from '../kit/admin.ts';
import { listWatch } from '../kit/list-watch.ts';

interface StatefulSet extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status?: { readonly observedGeneration?: number };
}

/** Begins to serve all namespaces, until the signal aborts. */
export function startStatefulSetStandIn(admin: Admin, signal: AbortSignal): void {
  const report = async (set: StatefulSet): Promise<void> => {
    const { generation } = set.metadata;
    if (set.status?.observedGeneration === generation) return;
    const { replicas = 1 } = set.spec;
    const revision = `${set.metadata.name}-${generation}`;
    const status = {
      observedGeneration: generation,
      replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      currentReplicas: replicas,
      updatedReplicas: replicas,
      currentRevision: revision,
      updateRevision: revision,
    };
    await admin.patch(refOf(set), { status }, 'status');
  };
  void listWatch<StatefulSet>(
    admin,
    { apiVersion: 'apps/v1', kind: 'StatefulSet' },
    {
      seen(set) {
        // Changed again meanwhile: the watch tells.
        report(set).catch(() => undefined);
      },
      gone: () => undefined,
    },
    signal,
  );
}

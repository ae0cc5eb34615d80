// The StatefulSet "<name>": one pod with the DittoFS server. Enforced in the fields that we set; a restart annotation, an injected
// sidecar or a label of somebody else stays.
import type { V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import { ANNOTATIONS, labels } from '../api/names.ts';
import type { Json, Manifest } from './manifest.ts';
import { ownedMeta } from './owner.ts';
import { podSecurityContext } from './security-context.ts';
import { serverContainer } from './server-container.ts';
import type { RenderableServer } from './server.ts';
import { settings, type Settings } from './settings.ts';
import { claimTemplates, podVolumes } from './volumes.ts';
import { waitForPostgres } from './wait-for-postgres.ts';

export type StatefulSet = Manifest<V1StatefulSet>;

/** Grows whenever this version renders another template for the same DittoServer than the version before it. */
export const TEMPLATE_REVISION = '2';

/**
 * The StatefulSet with a pod that reads what the digest covers.
 *
 * @param options.configHash see config-hash.ts; a new one restarts the pod
 */
export function statefulSet(server: RenderableServer, { configHash }: { readonly configHash: string }): StatefulSet {
  const set = settings(server);
  const ours = labels(set.name);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: ownedMeta(server, set.names.statefulSet),
    spec: {
      replicas: set.replicas,
      serviceName: set.names.headlessService,
      selector: { matchLabels: ours },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      template: {
        metadata: {
          labels: ours,
          annotations: {
            [ANNOTATIONS.configHash]: configHash,
            [ANNOTATIONS.templateRevision]: TEMPLATE_REVISION,
          },
        },
        spec: podSpec(set),
      },
      volumeClaimTemplates: claimTemplates(set),
    },
  };
}

function podSpec(set: Settings): Json<V1PodSpec> {
  const initContainers = waitForPostgres(set);
  return {
    // The server never talks to Kubernetes, and Services of the namespace do not belong into its environment.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurityContext(set.podSecurityContext),
    terminationGracePeriodSeconds: set.terminationGracePeriodSeconds,
    ...(initContainers.length > 0 && { initContainers }),
    containers: [serverContainer(set)],
    volumes: podVolumes(set),
  };
}

// The NetworkPolicy "<name>-baseline": API and metrics are reachable from everywhere, and what no policy names is not (adapters have
// policies of their own). Enforced.
import type { V1NetworkPolicy } from '@kubernetes/client-node';
import { LABELS, labels } from '../api/names.ts';
import type { Manifest } from './manifest.ts';
import { ownedMeta } from './owner.ts';
import type { RenderableServer } from './server.ts';
import { settings } from './settings.ts';

export type NetworkPolicy = Manifest<V1NetworkPolicy>;

/** Who may connect is for the user's own policies to narrow: a policy adds to others, it never takes from them. */
export function baselineNetworkPolicy(server: RenderableServer): NetworkPolicy {
  const { name, names, controlPlane, metrics } = settings(server);
  const ports = [controlPlane.port, ...(metrics ? [metrics.port] : [])];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: ownedMeta(server, names.baselineNetworkPolicy, { [LABELS.baselineNetworkPolicy]: 'true' }),
    spec: {
      podSelector: { matchLabels: labels(name) },
      policyTypes: ['Ingress'],
      ingress: [{ ports: ports.map((port) => ({ port, protocol: 'TCP' })) }],
    },
  };
}

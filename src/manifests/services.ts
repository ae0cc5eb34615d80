// The Services of a DittoServer: "<name>-headless" names its pod, "<name>-api" is how the REST API is reached, "<name>-metrics" is what
// Prometheus scrapes. Enforced; what the cluster allocates or a cloud writes (addresses, node ports, load balancer fields, annotations)
// is not ours and stays. The one of the metrics is removed when they are switched off.
import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import { LABELS, labels } from '../api/names.ts';
import { canonical } from './canonical.ts';
import type { Json, Manifest } from './manifest.ts';
import { ownedMeta } from './owner.ts';
import type { RenderableServer } from './server.ts';
import { settings } from './settings.ts';

export type Service = Manifest<V1Service>;

/** Gives the pod its DNS name; the StatefulSet refers to it. */
export function headlessService(server: RenderableServer): Service {
  const { name, names, controlPlane } = settings(server);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: ownedMeta(server, names.headlessService),
    spec: { clusterIP: 'None', selector: labels(name), ports: [apiPort(controlPlane.port)] },
  };
}

/** The REST API, of the type and with the annotations that the user asks for. */
export function apiService(server: RenderableServer): Service {
  const { name, names, controlPlane, service } = settings(server);
  const annotations = canonical(service.annotations);
  const metadata = ownedMeta(server, names.apiService);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata,
    spec: { type: service.type, selector: labels(name), ports: [apiPort(controlPlane.port)] },
  };
}

/** The metrics, with the annotations by which a Prometheus without its operator finds them; undefined when none are served. */
export function metricsService(server: RenderableServer): Service | undefined {
  const { name, names, metrics } = settings(server);
  if (!metrics) return undefined;
  const { port, path } = metrics;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...ownedMeta(server, names.metricsService, { [LABELS.metricsService]: 'true' }),
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(port), 'prometheus.io/path': path },
    },
    spec: {
      type: 'ClusterIP',
      selector: labels(name),
      ports: [{ name: 'metrics', port, targetPort: port, protocol: 'TCP' }],
    },
  };
}

function apiPort(port: number): Json<V1ServicePort> {
  return { name: 'api', port, targetPort: port, protocol: 'TCP' };
}

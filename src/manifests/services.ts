// The Services of a DittoServer: "<name>-headless" names its pod, "<name>-api" is how the REST API is reached. Enforced; what
// the cluster allocates or a cloud writes (addresses, node ports, load balancer fields) is not ours and stays.
import type { V1Service, V1ServicePort } from '@kubernetes/client-node';
import { labels } from '../api/names.ts';
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

function apiPort(port: number): Json<V1ServicePort> {
  return { name: 'api', port, targetPort: port, protocol: 'TCP' };
}

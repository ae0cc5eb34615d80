// The container "dittofs": the server itself, with the probes and the pause before its stop that keep clients from noticing.
import type { V1Container, V1Probe } from '@kubernetes/client-node';
import { environment } from './environment.ts';
import type { Json } from './manifest.ts';
import { resources } from './resources.ts';
import { serverSecurityContext } from './security-context.ts';
import type { Settings } from './settings.ts';
import { MOUNT_PATHS, volumeMounts } from './volumes.ts';
import { CONFIG_KEY, CONTAINERS } from '../api/names.ts';

/** The server takes 40 MB when idle (DittoFS 0.29.0) and sizes its caches by the limit of its container. */
const DEFAULT_RESOURCES = {
  limits: { cpu: '2', memory: '1Gi' },
  requests: { cpu: '100m', memory: '128Mi' },
} as const;

export function serverContainer(set: Settings): Json<V1Container> {
  const check = probes(set);
  return {
    name: CONTAINERS.server,
    image: set.image,
    command: ['/app/dfs'],
    args: ['start', '--foreground', '--config', `${MOUNT_PATHS.config}/${CONFIG_KEY}`],
    ports: [
      { name: 'api', containerPort: set.controlPlane.port, protocol: 'TCP' },
      ...(set.metrics ? [{ name: 'metrics', containerPort: set.metrics.port, protocol: 'TCP' }] : []),
    ],
    env: environment(set),
    ...serverResources(set),
    securityContext: serverSecurityContext(set.securityContext, set.podSecurityContext),
    // The others begin when the first has succeeded. The server answers half a second after its start, so that it is asked every
    // second from then on; two and a half minutes are for one that has much to read.
    startupProbe: check('/health', { periodSeconds: 1, failureThreshold: 150 }),
    livenessProbe: check('/health', { periodSeconds: 10, failureThreshold: 3 }),
    readinessProbe: check('/health/ready', { periodSeconds: 5, failureThreshold: 3 }),
    // Until every node has heard that the pod takes no more traffic.
    lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 5'] } } },
    volumeMounts: volumeMounts(set),
  };
}

type Timing = Required<Pick<V1Probe, 'periodSeconds' | 'failureThreshold'>>;

/**
 * Neither path asks the database: a server whose database is away stays up and comes back by itself (DittoFS 0.29.0). The kubelet
 * has no certificate, so a server that asks for one is only seen to listen.
 */
function probes({ controlPlane: { port }, tls }: Settings) {
  return (path: string, timing: Timing): Json<V1Probe> => {
    const common = { initialDelaySeconds: 0, timeoutSeconds: 5, successThreshold: 1, ...timing };
    if (tls?.clientCaSecret !== undefined) return { tcpSocket: { port }, ...common };
    return { httpGet: { path, port, scheme: tls ? 'HTTPS' : 'HTTP' }, ...common };
  };
}

/** A namespace with a quota refuses containers that say nothing; an explicit {} says nothing on purpose. */
function serverResources({ resources: asked }: Settings): Pick<Json<V1Container>, 'resources'> {
  const wanted = asked === undefined ? DEFAULT_RESOURCES : resources(asked);
  return wanted ? { resources: wanted } : {};
}

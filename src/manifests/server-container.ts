// The container "dittofs": the server itself, with the probes and the pause before its stop that keep clients from noticing.
import type { V1Container, V1Probe } from '@kubernetes/client-node';
import { environment } from './environment.ts';
import type { Json } from './manifest.ts';
import { resources } from './resources.ts';
import { serverSecurityContext } from './security-context.ts';
import type { Settings } from './settings.ts';
import { MOUNT_PATHS, volumeMounts } from './volumes.ts';
import { CONFIG_KEY } from '../api/names.ts';

export const SERVER_CONTAINER = 'dittofs';

export function serverContainer(set: Settings): Json<V1Container> {
  const { port } = set.controlPlane;
  const wanted = resources(set.resources);
  return {
    name: SERVER_CONTAINER,
    image: set.image,
    command: ['/app/dfs'],
    args: ['start', '--foreground', '--config', `${MOUNT_PATHS.config}/${CONFIG_KEY}`],
    ports: [{ name: 'api', containerPort: port, protocol: 'TCP' }],
    env: environment(set),
    ...(wanted && { resources: wanted }),
    securityContext: serverSecurityContext(set.securityContext, set.podSecurityContext),
    // Neither path asks the database: a server whose database is away stays up and comes back by itself (DittoFS 0.29.0).
    livenessProbe: probe('/health', port, { initialDelaySeconds: 15, periodSeconds: 10, failureThreshold: 3 }),
    readinessProbe: probe('/health/ready', port, { initialDelaySeconds: 10, periodSeconds: 5, failureThreshold: 3 }),
    startupProbe: probe('/health', port, { initialDelaySeconds: 0, periodSeconds: 5, failureThreshold: 30 }),
    // Until every node has heard that the pod takes no more traffic.
    lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 5'] } } },
    volumeMounts: volumeMounts(set),
  };
}

type Timing = Required<Pick<V1Probe, 'initialDelaySeconds' | 'periodSeconds' | 'failureThreshold'>>;

function probe(path: string, port: number, timing: Timing): Json<V1Probe> {
  return { httpGet: { path, port, scheme: 'HTTP' }, timeoutSeconds: 5, successThreshold: 1, ...timing };
}

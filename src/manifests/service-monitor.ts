// The ServiceMonitor "<name>-metrics": tells the Prometheus operator to scrape the server. Only where that operator's API exists, and
// on request. Enforced; removed when it is switched off.
import type { KubeObject } from '../api/kubernetes.ts';
import { LABELS, labels, SERVICE_MONITOR } from '../api/names.ts';
import type { SecretKey } from '../api/secret-key-selector.ts';
import { canonical } from './canonical.ts';
import { ownedMeta } from './owner.ts';
import type { RenderableServer } from './server.ts';
import { settings } from './settings.ts';

/** The part of a ServiceMonitor that we write. */
export interface ServiceMonitor extends KubeObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly namespaceSelector: { readonly matchNames: readonly string[] };
    readonly endpoints: readonly Endpoint[];
  };
}

interface Endpoint {
  readonly port: string;
  readonly path: string;
  readonly interval?: string;
  /** The older of two forms: every release of the Prometheus operator knows it. */
  readonly bearerTokenSecret?: { readonly name: string; readonly key: string };
}

/** undefined when none is asked for. */
export function serviceMonitor(server: RenderableServer): ServiceMonitor | undefined {
  const { name, namespace, names, metrics } = settings(server);
  if (!metrics?.monitor) return undefined;
  const { path, monitor, token } = metrics;
  return {
    ...SERVICE_MONITOR,
    // Ours stand over the user's: by them its Service and we ourselves find it.
    metadata: ownedMeta(server, names.metricsService, {
      ...canonical({ ...monitor.labels }),
      [LABELS.metricsService]: 'true',
    }),
    spec: {
      selector: { matchLabels: { ...labels(name), [LABELS.metricsService]: 'true' } },
      namespaceSelector: { matchNames: [namespace] },
      endpoints: [
        { port: 'metrics', path, ...(monitor.interval && { interval: monitor.interval }), ...bearerToken(token) },
      ],
    },
  };
}

function bearerToken(token: SecretKey | undefined): Pick<Endpoint, 'bearerTokenSecret'> {
  return token ? { bearerTokenSecret: { name: token.secretName, key: token.key } } : {};
}

// Stand-in for the API of the Prometheus operator: its CRD for ServiceMonitors with the fields that we write, strict about all others. It
// keeps to the operator's published schema: endpoints with port, path, interval and bearerTokenSecret, a selector, a namespaceSelector.
import type { KubeObject } from '../../kit/kubernetes-types.ts';

const text = { type: 'string' };
const texts = { type: 'object', additionalProperties: text };
const object = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, ...(required.length > 0 && { required }) }); // prettier-ignore

const endpoint = object({
  port: text,
  path: text,
  interval: {
    type: 'string',
    pattern: '^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$',
  },
  bearerTokenSecret: object({ name: text, key: text, optional: { type: 'boolean' } }, ['key']),
});

const spec = object(
  {
    selector: object({ matchLabels: texts }),
    namespaceSelector: object({ any: { type: 'boolean' }, matchNames: { type: 'array', items: text } }),
    endpoints: { type: 'array', items: endpoint },
  },
  ['endpoints', 'selector'],
);

export const SERVICE_MONITOR_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'servicemonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    scope: 'Namespaced',
    names: {
      kind: 'ServiceMonitor',
      listKind: 'ServiceMonitorList',
      plural: 'servicemonitors',
      singular: 'servicemonitor',
    },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: object({ spec }, ['spec']) } }],
  },
} as const satisfies KubeObject & { readonly spec: object };

// What the tests of the watcher watch: a DittoServer, its children, and how Temporal refuses.
import type { KubeObject } from '../../../src/api/kubernetes.ts';

/** As the gRPC library makes them. */
export function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
}

export const ready = { conditions: [{ type: 'Ready', status: 'True', observedGeneration: 1 }] };
export function dittoServer(
  name: string,
  more: Record<string, unknown> = {},
  metadata: Partial<KubeObject['metadata']> = {},
) {
  return {
    apiVersion: 'dittofs.dittofs.com/v1alpha1',
    kind: 'DittoServer',
    metadata: { name, namespace: 'ns', generation: 1, ...metadata },
    spec: { percona: { enabled: true } },
    ...more,
  };
}
export function child(apiVersion: string, kind: string, name: string, more: Record<string, unknown> = {}) {
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: 'ns', labels: { app: 'dittofs-server', instance: 'files' } },
    ...more,
  };
}

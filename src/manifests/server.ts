// The DittoServer as rendering takes it: stored, with a namespace and a spec. Whoever renders has judged it before.
import type { DittoServer, DittoServerSpec } from '../api/generated/ditto-server.ts';
import type { StoredMeta } from '../api/kubernetes.ts';

export type RenderableServer = DittoServer & {
  readonly metadata: StoredMeta & { readonly namespace: string };
  readonly spec: DittoServerSpec;
};

/** Whether there is anything to render: an object stored under an older CRD may have no spec, or a spec without storage. */
export function isRenderable(server: DittoServer & { readonly metadata: StoredMeta }): server is RenderableServer {
  const storage = server.spec?.storage as Partial<DittoServerSpec['storage']> | undefined;
  return server.metadata.namespace !== undefined && storage?.metadataSize !== undefined;
}

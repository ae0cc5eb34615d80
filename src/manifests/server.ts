// The DittoServer as rendering takes it: stored, with a namespace and a spec. Whoever renders has judged it before.
import type { DittoServer, DittoServerSpec } from '../api/generated/ditto-server.ts';
import type { StoredMeta } from '../api/kubernetes.ts';
import { MAX_NAME_LENGTH } from '../api/names.ts';
import { shapeFaults } from '../api/stored.ts';

export type RenderableServer = DittoServer & {
  readonly metadata: StoredMeta & { readonly namespace: string };
  readonly spec: DittoServerSpec;
};

/** Whether it can be rendered and its references read: an object stored under another CRD may hold anything, or nothing. */
export function isRenderable(server: DittoServer & { readonly metadata: StoredMeta }): server is RenderableServer {
  const { name, namespace } = server.metadata;
  return namespace !== undefined && name.length <= MAX_NAME_LENGTH && shapeFaults(server.spec).length === 0;
}

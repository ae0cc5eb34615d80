// How children say whose they are: labels, and the references by which Kubernetes and we tell ours from others'.
import type { ObjectMeta, OwnerReference } from '../api/kubernetes.ts';
import { ANNOTATIONS, DITTO_SERVER, LABELS, labels } from '../api/names.ts';
import type { RenderableServer } from './server.ts';

/** The reference of a child that goes with its DittoServer. */
export function controllerReference({ metadata }: RenderableServer): OwnerReference {
  const { name, uid } = metadata;
  return { ...DITTO_SERVER, name, uid, controller: true, blockOwnerDeletion: true };
}

/** Metadata of a child that goes with its DittoServer. Labels and annotations of the DittoServer are never copied. */
export function ownedMeta(
  server: RenderableServer,
  name: string,
  more: Readonly<Record<string, string>> = {},
): ObjectMeta {
  const { namespace } = server.metadata;
  return {
    name,
    namespace,
    labels: { ...more, ...labels(server.metadata.name) },
    ownerReferences: [controllerReference(server)],
  };
}

/** Metadata of a child that may outlive its DittoServer: no owner reference, the uid in a label instead. */
export function outlivingMeta(server: RenderableServer, name: string): ObjectMeta {
  const { namespace, uid } = server.metadata;
  return { name, namespace, labels: { ...labels(server.metadata.name), [LABELS.ownerUid]: uid } };
}

/** The same of a Secret that unlocks data. Whether an external PostgreSQL still has that data nobody here can see. */
export function keyMeta(server: RenderableServer, name: string): ObjectMeta {
  const meta = outlivingMeta(server, name);
  const { database, percona } = server.spec;
  const external = percona?.enabled !== true && Boolean(database?.postgresSecretRef?.name);
  return external ? { ...meta, annotations: { [ANNOTATIONS.unlocks]: 'an external database' } } : meta;
}

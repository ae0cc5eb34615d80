// The children of the foundation and the StatefulSet: what we mean, and what stands.
import type { V1StatefulSet } from '@kubernetes/client-node';
import { digest } from '../../src/api/fingerprint.ts';
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import { ANNOTATIONS, names } from '../../src/api/names.ts';
import {
  adminSecret,
  apiService,
  configMap,
  headlessService,
  jwtSecret,
  secretRefs,
  statefulSet,
  type RandomBytes,
  type RenderableServer,
} from '../../src/manifests/index.ts';
import type { ChildFact, Fact, StatefulSetFact, StoredDittoServer } from '../../src/requirements/facts.ts';
import { liveOf } from './live.ts';
import { mapFact, type Reader } from './read.ts';
import type { Secrets } from './secrets.ts';

/** Objects that are applied again whenever they are no longer what we mean. */
export const enforcedChildren = (server: RenderableServer): readonly KubeObject[] => [
  configMap(server),
  headlessService(server),
  apiService(server),
];

/** Secrets that we make up, where the user gives none. */
export function generatedSecrets(server: RenderableServer, randomBytes: RandomBytes): readonly KubeObject[] {
  const generated = new Set(
    secretRefs(server)
      .filter(({ source }) => source === 'generated')
      .map(({ secretName }) => secretName),
  );
  return [jwtSecret(server, randomBytes), adminSecret(server, randomBytes)].filter(({ metadata }) =>
    generated.has(metadata.name),
  );
}

export const childName = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

/** Digest of what we mean by a child. */
export const intentOf = (object: KubeObject): string => digest(object);

/** The StatefulSet's intent leaves its hash out: that is compared on its own. */
export const statefulSetIntent = (server: RenderableServer): string => digest(statefulSet(server, { configHash: '' }));

/** ConfigMap and Services as they stand. */
export async function readEnforced(read: Reader, server: RenderableServer): Promise<readonly ChildFact[]> {
  return Promise.all(
    enforcedChildren(server).map(async (object): Promise<ChildFact> => {
      const live = mapFact(await read.get(object), (found) => liveOf(found, server));
      return { child: childName(object), policy: 'enforced', intent: intentOf(object), live };
    }),
  );
}

/** Generated Secrets, from those that were read. */
export function generatedFacts(server: RenderableServer, secrets: Secrets): readonly ChildFact[] {
  const noBytes = (size: number): Uint8Array => new Uint8Array(size);
  return generatedSecrets(server, noBytes).map((object): ChildFact => {
    const secret = secrets.get(object.metadata.name) ?? { state: 'absent' };
    const live = mapFact(secret, (found) => liveOf(found as Stored, server));
    return { child: childName(object), policy: 'create-once', intent: '', live };
  });
}

type StatefulSetObject = KubeObject & Pick<V1StatefulSet, 'spec' | 'status'>;

const DATABASE_URL = 'DATABASE_URL';

export function statefulSetFact(found: Stored<StatefulSetObject>, server: StoredDittoServer): StatefulSetFact {
  const { spec, status, metadata } = found;
  const template = spec?.template;
  const environment = template?.spec?.containers.flatMap(({ env }) => env ?? []) ?? [];
  const wanted = spec?.replicas ?? 1;
  return {
    ...liveOf(found, server),
    replicas: wanted,
    configHash: template?.metadata?.annotations?.[ANNOTATIONS.configHash] ?? '',
    onPostgres: environment.some(({ name }) => name === DATABASE_URL),
    generation: metadata.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    statusReplicas: status?.replicas ?? 0,
    readyReplicas: status?.readyReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    updated: isUpdated(found, wanted),
  };
}

/** The StatefulSet controller has seen the present template, and every pod there is is of it. */
function isUpdated({ metadata, status }: Stored<StatefulSetObject>, wanted: number): boolean {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  const current = status?.currentRevision === status?.updateRevision;
  return current || (status?.updatedReplicas ?? 0) >= wanted;
}

export async function readStatefulSet(read: Reader, server: StoredDittoServer): Promise<Fact<StatefulSetFact>> {
  const { name, namespace } = server.metadata;
  const metadata = { name: names(name).statefulSet, ...(namespace !== undefined && { namespace }) };
  const fact = await read.get<StatefulSetObject>({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata });
  return mapFact(fact, (found) => statefulSetFact(found, server));
}

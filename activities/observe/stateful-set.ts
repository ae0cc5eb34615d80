// The StatefulSet: what we mean, and what stands.
import type { V1StatefulSet } from '@kubernetes/client-node';
import { digest } from '../../src/api/fingerprint.ts';
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import { ANNOTATIONS, CONTAINERS, names, VOLUMES } from '../../src/api/names.ts';
import { FIELD_MANAGER } from '../../src/kube/index.ts';
import { statefulSet, type RenderableServer } from '../../src/manifests/index.ts';
import {
  valueOf,
  type Fact,
  type PredecessorTemplateFact,
  type StatefulSetFact,
  type StoredDittoServer,
  type VolumesFact,
} from '../../src/requirements/facts.ts';
import { isTakable } from '../../src/requirements/stateful-set-plan.ts';
import { keptStorage } from '../../src/requirements/volumes-as-asked.ts';
import { liveOf } from './live.ts';
import { mapFact, type Reader } from './read.ts';

export type StatefulSetObject = KubeObject & Pick<V1StatefulSet, 'spec' | 'status'>;

/** Only a server with a PostgreSQL of its own has it. */
const DATABASE_URL = 'DATABASE_URL';
/** Any of them will do: somebody may have edited some. The Go operator set no DITTOFS_DATABASE_TYPE. */
const POSTGRES_VARIABLE = /^DITTOFS_DATABASE_(TYPE$|POSTGRES_)/;

/**
 * What the server's own container runs on; what others add to the pod says nothing about it. The Go operator gave a server with Percona
 * nothing but a DATABASE_URL, which no server reads: it runs on SQLite.
 */
function databaseOf(found: StatefulSetObject): Pick<StatefulSetFact, 'onPostgres' | 'onExternalPostgres'> {
  const server = found.spec?.template.spec?.containers.find(({ name }) => name === CONTAINERS.server);
  const variables = (server?.env ?? []).map(({ name }) => name);
  const isRead = variables.some((name) => POSTGRES_VARIABLE.test(name));
  const hasUrl = variables.includes(DATABASE_URL);
  return { onPostgres: hasUrl && (isRead || !isPredecessors(found)), onExternalPostgres: !hasUrl && isRead };
}

const annotationsOf = ({ spec }: StatefulSetObject) => spec?.template.metadata?.annotations ?? {};

/** Both provisioners mark the template with a digest, but only this one with the revision of its rendering. */
const isPredecessors = (found: StatefulSetObject): boolean =>
  annotationsOf(found)[ANNOTATIONS.configHash] !== undefined &&
  annotationsOf(found)[ANNOTATIONS.templateRevision] === undefined;

/** The Go operator's digest on a template of its own. */
export const templateHash = (found: StatefulSetObject): string | undefined =>
  isPredecessors(found) ? annotationsOf(found)[ANNOTATIONS.configHash] : undefined;

/** The mark of a StatefulSet whose template was taken over (ANNOTATIONS.takenOver). */
export const takenOverMark = (theirHash: string, ourHash: string): string => `${theirHash}:${ourHash}`;

/** What the template stands for. A mark that is of an earlier template of theirs says nothing. */
function predecessorOf(found: StatefulSetObject): PredecessorTemplateFact | undefined {
  if (!isPredecessors(found)) return undefined;
  const [theirs, inputs] = (found.metadata.annotations?.[ANNOTATIONS.takenOver] ?? '').split(':');
  return theirs === annotationsOf(found)[ANNOTATIONS.configHash] && inputs ? { inputs } : {};
}

/** The StatefulSet controller has seen the present template, and every pod there is is of it. */
function isUpdated({ metadata, status }: Stored<StatefulSetObject>, wanted: number): boolean {
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return false;
  const current = status?.currentRevision === status?.updateRevision;
  return current || (status?.updatedReplicas ?? 0) >= wanted;
}

/** Its update strategy, which is not ours to set, lets pods of an earlier revision be. */
function keepsOldPods({ spec }: StatefulSetObject): boolean {
  const strategy = spec?.updateStrategy;
  return strategy?.type === 'OnDelete' || (strategy?.rollingUpdate?.partition ?? 0) > 0;
}

/** What is ours of it is so by creation alone: activities/stateful-set-again.ts was cut short. An apply makes it so otherwise. */
function isHalfMade({ metadata: { managedFields = [] } }: Stored): boolean {
  const ours = managedFields.filter(
    ({ manager, subresource }) => manager === FIELD_MANAGER && subresource === undefined,
  );
  return ours.length > 0 && ours.every(({ operation }) => operation === 'Update');
}

/** What the StatefulSet controller reports; nothing yet means no pods. */
function reportOf({ status }: StatefulSetObject) {
  const { observedGeneration = 0, replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status ?? {};
  const updateRevision = status?.updateRevision ?? '';
  return { observedGeneration, statusReplicas: replicas, readyReplicas, availableReplicas, updateRevision };
}

/** What the claim templates ask for; all share one StorageClass. */
function volumesOf({ spec }: StatefulSetObject): VolumesFact {
  const template = (wanted: string) => spec?.volumeClaimTemplates?.find(({ metadata }) => metadata?.name === wanted);
  const size = (wanted: string): string | undefined => template(wanted)?.spec?.resources?.requests?.storage;
  const volumes = {
    metadataSize: size(VOLUMES.metadata),
    contentSize: size(VOLUMES.content),
    controlPlaneSize: size(VOLUMES.controlPlane),
    storageClassName: template(VOLUMES.metadata)?.spec?.storageClassName,
  };
  return Object.fromEntries(Object.entries(volumes).filter(([, value]) => value !== undefined));
}

/** Our annotations on it and on its template; empty where they are not. */
function marksOf({ metadata, spec }: StatefulSetObject) {
  const own: Readonly<Record<string, string | undefined>> = metadata.annotations ?? {};
  const ofTemplate: Readonly<Record<string, string | undefined>> = spec?.template.metadata?.annotations ?? {};
  const { configHash, templateRevision, admitTemplate } = ANNOTATIONS;
  return {
    configHash: ofTemplate[configHash] ?? '',
    templateRevision: ofTemplate[templateRevision] ?? '',
    admitted: own[admitTemplate] ?? '',
  };
}

export function statefulSetFact(found: Stored<StatefulSetObject>, server: StoredDittoServer): StatefulSetFact {
  const { spec, metadata } = found;
  const replicas = spec?.replicas ?? 1;
  const predecessor = predecessorOf(found);
  return {
    ...liveOf(found, server),
    ...reportOf(found),
    replicas,
    ...marksOf(found),
    ...databaseOf(found),
    generation: metadata.generation ?? 0,
    updated: isUpdated(found, replicas),
    volumes: volumesOf(found),
    ...(predecessor && { predecessor }),
    ...(keepsOldPods(found) && { keepsOldPods: true }),
    ...(isHalfMade(found) && { halfMade: true }),
  };
}

export async function readStatefulSet(read: Reader, server: StoredDittoServer): Promise<Fact<StatefulSetFact>> {
  const { name, namespace } = server.metadata;
  const metadata = { name: names(name).statefulSet, ...(namespace !== undefined && { namespace }) };
  const fact = await read.get<StatefulSetObject>({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata });
  return mapFact(fact, (found) => statefulSetFact(found, server));
}

/** The StatefulSet's intent leaves its hash out: that is compared on its own. */
export const statefulSetIntent = (server: RenderableServer): string => digest(statefulSet(server, { configHash: '' }));

/** The DittoServer as it can be rendered: its StatefulSet keeps the volumes that it has. */
export function withVolumesKept(server: RenderableServer, fact: Fact<StatefulSetFact>): RenderableServer {
  const live = valueOf(fact);
  if (!live || !isTakable(live)) return server;
  return { ...server, spec: { ...server.spec, storage: keptStorage(server.spec.storage, live.volumes) } };
}

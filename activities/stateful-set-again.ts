// Puts a StatefulSet back over its pod, which runs on: with the very template that it had, since any other would restart the pod. Of one that
// we delete for larger volumes all is known; of one that is gone Kubernetes has kept the template, in its last ControllerRevision.
import type { DittoServerSpec } from '../src/api/generated/ditto-server.ts';
import type { KubeObject, ManagedFieldsEntry, Stored } from '../src/api/kubernetes.ts';
import { VOLUMES } from '../src/api/names.ts';
import { FIELD_MANAGER, KubeError } from '../src/kube/index.ts';
import { controllerReference, statefulSet, type RenderableServer, type StatefulSet } from '../src/manifests/index.ts';
import type { StoredDittoServer } from '../src/requirements/facts.ts';
import { pause } from '../src/waiting.ts';
import type { Call } from './deps.ts';
import { StaleFacts } from './failure.ts';
import { fieldsOps } from './managed-fields.ts';
import type { LeftTemplate } from './observe/left-template.ts';

const EVERY_MS = 100;
/** Of the ten seconds that a step has. Kubernetes' collector lets the pod go first, which takes it a fraction of a second. */
const TRIES = 60;

/**
 * Waits until a StatefulSet that was deleted is gone.
 *
 * @returns false when that takes too long
 * @throws StaleFacts when there is another one by now
 */
export async function untilGone({ deps: { kube }, signal }: Call, ref: KubeObject, uid: string): Promise<boolean> {
  for (let tries = TRIES; tries > 0; tries -= 1) {
    const found = await kube.get(ref, { metadataOnly: true, signal });
    if (!found) return true;
    if (found.metadata.uid !== uid) throw new StaleFacts();
    await pause(EVERY_MS, signal);
  }
  return false;
}

type Storage = DittoServerSpec['storage'];

/** Sizes by the claim templates that they are for. */
function sizesOf(storage: Partial<Storage> = {}): Readonly<Record<string, string | undefined>> {
  const { metadataSize, contentSize, controlPlaneSize } = storage;
  return { [VOLUMES.metadata]: metadataSize, [VOLUMES.content]: contentSize, [VOLUMES.controlPlane]: controlPlaneSize };
}

type ClaimTemplate = NonNullable<NonNullable<StatefulSet['spec']>['volumeClaimTemplates']>[number];

function grown(template: ClaimTemplate, size: string | undefined): ClaimTemplate {
  if (size === undefined) return template;
  const { resources } = template.spec ?? {};
  const requests = { ...resources?.requests, storage: size };
  return { ...template, spec: { ...template.spec, resources: { ...resources, requests } } };
}

/**
 * The StatefulSet as it stood, whoever made what of it, but with larger volumes.
 *
 * @param storage as it is asked for; `server` is rendered with what stands
 */
export function withLargerVolumes(
  found: Stored<KubeObject & StatefulSet>,
  server: RenderableServer,
  storage: Storage | undefined,
): KubeObject {
  const { apiVersion, kind, spec } = found;
  const { name, namespace, labels, annotations, ownerReferences = [] } = found.metadata;
  const sizes = sizesOf(storage);
  const templates = spec?.volumeClaimTemplates ?? [];
  const volumeClaimTemplates = templates.map((one) => grown(one, sizes[one.metadata?.name ?? '']));
  const isOwned = ownerReferences.some(({ uid }) => uid === server.metadata.uid);
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ownerReferences: isOwned ? ownerReferences : [controllerReference(server)],
  };
  const again = { apiVersion, kind, metadata, spec: { ...spec, volumeClaimTemplates } };
  return again;
}

/** As it is asked for, around the template that it had. */
export function aroundTemplate(server: RenderableServer, { template }: LeftTemplate): KubeObject {
  const wanted = statefulSet(server, { configHash: '' });
  const again = { ...wanted, spec: { ...wanted.spec, template } };
  return again;
}

/** Of an object that we made, but not all of whose fields are ours: the least that is. The next apply adds what it means. */
const leastOf = (server: StoredDittoServer): ManagedFieldsEntry => ({
  manager: FIELD_MANAGER,
  operation: 'Apply',
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:metadata': { 'f:ownerReferences': { [`k:{"uid":"${server.metadata.uid}"}`]: {} } } },
});

const isCreation = ({ manager, operation, subresource }: ManagedFieldsEntry): boolean =>
  manager === FIELD_MANAGER && operation === 'Update' && subresource === undefined;

/** Entries that speak of what is created anew: status is not. */
const ofCreated = (entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] =>
  entries.filter(({ subresource }) => subresource !== 'status');

const isOfSame = (a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean =>
  a.manager === b.manager && a.operation === b.operation && a.subresource === b.subresource;

/** How often managedFields are written: the StatefulSet controller writes status a moment after the creation. */
const GIVES = 3;

/**
 * Makes managedFields of an object that was created what they should be; who has written to it since keeps what is his.
 *
 * @throws StaleFacts when it is gone or another one by now
 */
async function giveBack(call: Call, made: Stored, wanted: readonly ManagedFieldsEntry[]): Promise<Stored> {
  const { signal } = call;
  const { kube } = call.deps;
  let seen: Stored | undefined = made;
  for (let left = GIVES; ; left -= 1) {
    if (seen?.metadata.uid !== made.metadata.uid) throw new StaleFacts();
    const since = (seen.metadata.managedFields ?? []).filter(
      (entry) => !isCreation(entry) && !wanted.some((one) => isOfSame(one, entry)),
    );
    try {
      return await kube.patchJson(made, fieldsOps(seen.metadata, [...wanted, ...since]), { signal, first: true });
    } catch (error) {
      if (!(error instanceof KubeError && error.kind === 'conflict') || left === 1) throw error;
    }
    seen = await kube.get(made, { signal });
  }
}

/**
 * Makes it, and gives each field back to whom it belonged: by its creation all would be ours, so that what others leave out would stay.
 *
 * @param before managedFields of the one before it, where they are known
 * @throws KubeError of kind `already-exists` when somebody was faster
 */
export async function makeAgain(
  call: Call,
  object: KubeObject,
  server: StoredDittoServer,
  before: readonly ManagedFieldsEntry[] = [leastOf(server)],
): Promise<Stored> {
  const made = await call.deps.kube.create(object, { signal: call.signal, first: true });
  return giveBack(call, made, ofCreated(before));
}

/**
 * What `makeAgain` does second, where it was killed after the first: nothing that it made is ours by creation any more.
 *
 * @returns the object as it stands then
 */
export async function disownCreation(call: Call, ref: KubeObject, server: StoredDittoServer): Promise<Stored> {
  const found = await call.deps.kube.get(ref, { signal: call.signal });
  if (!found) throw new StaleFacts();
  return giveBack(call, found, [leastOf(server)]);
}

// Whose an object is, and what of it is ours: the part that every child has in common.
import { ownedFieldsDigest } from '../../src/api/fingerprint.ts';
import type { OwnerReference, Stored, StoredMeta } from '../../src/api/kubernetes.ts';
import { APP, DITTO_SERVER, LABELS } from '../../src/api/names.ts';
import { predecessorAtMs } from '../../src/api/predecessor.ts';
import { FIELD_MANAGER } from '../../src/kube/index.ts';
import type { Live, Ownership, StoredDittoServer } from '../../src/requirements/facts.ts';

/** Field managers of the control plane and of Percona's operator, whose writes are no contest. */
const EXPECTED = new Set(['kube-controller-manager', 'kube-scheduler', 'kubelet', 'postgres-operator', 'manager']);

const isController = ({ controller }: OwnerReference): boolean => controller === true;

function byController(controller: OwnerReference, { uid, name }: StoredMeta): Ownership {
  if (controller.uid === uid) return 'ours';
  return controller.kind === DITTO_SERVER.kind && controller.name === name ? 'collected' : 'foreign';
}

function byLabel(labels: Readonly<Record<string, string>>, { uid, name }: StoredMeta): Ownership {
  if (labels[LABELS.ownerUid] === uid) return 'ours';
  return labels[LABELS.app] === APP && labels[LABELS.instance] === name ? 'former' : 'foreign';
}

/**
 * Whose `object` is, as seen from `server`: a controller reference or labels decide, never a name. An object that carries our labels and
 * has no controller was left by an earlier DittoServer of this name, or restored from a backup without its references.
 */
export function ownershipOf({ metadata }: Stored, server: StoredDittoServer): Ownership {
  const controller = metadata.ownerReferences?.find(isController);
  return controller ? byController(controller, server.metadata) : byLabel(metadata.labels ?? {}, server.metadata);
}

function otherManagersOf({ metadata }: Stored): readonly string[] {
  const managers = (metadata.managedFields ?? []).flatMap(({ manager, subresource }) =>
    manager === undefined || subresource === 'status' || manager === FIELD_MANAGER || EXPECTED.has(manager)
      ? []
      : [manager],
  );
  return [...new Set(managers)].sort();
}

export function liveOf(object: Stored, server: StoredDittoServer): Live {
  const { uid, resourceVersion, deletionTimestamp, managedFields, ownerReferences } = object.metadata;
  const controller = ownerReferences?.find(isController);
  const atMs = predecessorAtMs(object.kind, managedFields);
  return {
    uid,
    resourceVersion,
    ownership: ownershipOf(object, server),
    terminating: deletionTimestamp !== undefined,
    ownedFields: ownedFieldsDigest(managedFields, FIELD_MANAGER),
    otherManagers: otherManagersOf(object),
    ...(controller && { controller: `${controller.kind} ${controller.name}` }),
    ...(atMs !== undefined && { predecessorAtMs: atMs }),
  };
}

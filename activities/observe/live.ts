// Whose an object is, and what of it is ours: the part that every child has in common.
import { ownedFieldsDigest } from '../../src/api/fingerprint.ts';
import type { Stored } from '../../src/api/kubernetes.ts';
import { DITTO_SERVER, LABELS } from '../../src/api/names.ts';
import { FIELD_MANAGER } from '../../src/kube/index.ts';
import type { Live, Ownership, StoredDittoServer } from '../../src/requirements/facts.ts';

/** Field managers of the control plane and of Percona's operator, whose writes are no contest. */
const EXPECTED = new Set(['kube-controller-manager', 'kube-scheduler', 'kubelet', 'postgres-operator', 'manager']);

/**
 * Whose `object` is, as seen from `server`: a controller reference or the label with the owner's uid decides, never a name.
 */
export function ownershipOf({ metadata }: Stored, server: StoredDittoServer): Ownership {
  const { uid, name } = server.metadata;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  if (controller) {
    if (controller.uid === uid) return 'ours';
    const earlier = controller.kind === DITTO_SERVER.kind && controller.name === name;
    return earlier ? 'collected' : 'foreign';
  }
  const owner = metadata.labels?.[LABELS.ownerUid];
  if (owner === undefined) return 'foreign';
  if (owner === uid) return 'ours';
  return metadata.labels?.[LABELS.instance] === name ? 'former' : 'foreign';
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
  const { uid, resourceVersion, deletionTimestamp, managedFields } = object.metadata;
  return {
    uid,
    resourceVersion,
    ownership: ownershipOf(object, server),
    terminating: deletionTimestamp !== undefined,
    ownedFields: ownedFieldsDigest(managedFields, FIELD_MANAGER),
    otherManagers: otherManagersOf(object),
  };
}

// The reasons that tell of data (what is destroyed, kept, reused or handed over) and of what cannot be changed in place. Part of the table in
// reasons.ts.
import { NOTHING } from './server-reasons.ts';

export const DATA_REASONS = {
  VolumeChangeUnsupported: {
    on: 'ConfigReady',
    meaning:
      'The specification asks for other volumes than there are: smaller ones, others, or of another StorageClass.',
    remedy: 'Put the former value back. The volumes stay as they are, and all else goes on.',
  },
  StorageResizeUnsupported: {
    on: 'ConfigReady',
    meaning: 'A volume is to grow, and its StorageClass does not allow that.',
    remedy:
      'Set allowVolumeExpansion of the StorageClass to true, if its driver can do it; it goes on by itself. All else goes on meanwhile.',
  },
  PodStuckTerminating: {
    on: 'Available',
    meaning:
      'A pod should be gone and is not, usually since its node is lost; the StatefulSet makes no other until it is.',
    remedy:
      'Bring the node back. If it is off for good, delete the node or force the deletion of the pod: the provisioner does neither, since two pods on one volume would spoil it.',
    deadline: 'pods',
  },
  RolloutStuck: {
    on: 'Progressing',
    meaning: 'A pod of an earlier revision that is not ready keeps the StatefulSet from rolling out the present one.',
    remedy: 'Nothing to do: the pod is removed. If it stays so, remove the pod that the message names.',
    deadline: 'pods',
  },
  DeletingData: {
    on: 'Progressing',
    meaning: 'The DittoServer is being deleted with its database and the volumes of that, as its deletion policy says.',
    remedy:
      'Wait. If it stays so, do what the message names; to keep what is left, set spec.percona.deletionPolicy to Retain.',
    deadline: 'database',
  },
  DatabaseAdopted: {
    on: 'event',
    meaning: 'The DittoServer has taken over a PerconaPGCluster that it did not make.',
    remedy:
      'Nothing to do. One that was made by somebody else is kept when the DittoServer is deleted, until the annotation dittofs.io/adopted is taken off it.',
  },
  VolumeReused: {
    on: 'event',
    meaning:
      'The database starts on the volume that an earlier one of this name left: with its data, or, where nobody wrote down what is on it, with whatever the message says.',
    remedy:
      'Nothing to do, if that data is wanted and there. If the database turns out to be empty, see "What is on a volume" in docs/operations/deletion.md.',
  },
  VolumesNotUsed: {
    on: 'event',
    meaning:
      "The database begins empty although volume claims of its name are there: they bear no label of Percona's operator, so that nobody uses them.",
    remedy:
      'Nothing to do, if that is wanted. Else, before anything is written to the new database: see "The same name again" in docs/operations/deletion.md.',
  },
  VolumesGrow: {
    on: 'event',
    meaning: 'Volume claims are enlarged as spec.storage asks; the StatefulSet is made again over its running pod.',
    remedy: NOTHING,
  },
  StuckPodRemoved: {
    on: 'event',
    meaning: 'A pod that was not ready and held a rollout is removed; a ready one never is.',
    remedy: NOTHING,
  },
  ChildRepaired: {
    on: 'event',
    meaning:
      'Somebody deleted a child of the DittoServer, or edited fields of ours in it, or its StatefulSet was gone while the pod ran on; it is put back.',
    remedy: 'Change the DittoServer in place of its children, or pause it (dittofs.io/paused) while you work on them.',
  },
  DataDeleted: {
    on: 'event',
    meaning:
      'The database of a DittoServer that is being deleted goes, and its volumes with it: the policy DeleteWithData.',
    remedy: NOTHING,
  },
  DataLeft: {
    on: 'event',
    meaning: 'A DittoServer is gone; the message lists what stays, since it is somebody’s data.',
    remedy: 'Delete what is not wanted any more.',
  },
} as const;

// What becomes of the database when its DittoServer is deleted: the policy in force.
import type { DittoServerSpec } from './generated/ditto-server.ts';

export type DeletionPolicy = 'Delete' | 'Retain' | 'DeleteWithData';

/**
 * `deletionPolicy` decides; without it the Go operator's `deleteWithServer` (its CRD stored `false` by default, which therefore
 * reads as Retain); without both the database goes and its volumes stay.
 */
export function deletionPolicy(spec: Pick<DittoServerSpec, 'percona'> | undefined): DeletionPolicy {
  const { deletionPolicy: policy, deleteWithServer } = spec?.percona ?? {};
  return policy ?? (deleteWithServer === false ? 'Retain' : 'Delete');
}

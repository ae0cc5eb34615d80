// What becomes of the database when its DittoServer is deleted: the policy in force.
import type { DittoServerSpec } from './generated/ditto-server.ts';

export type DeletionPolicy = 'Delete' | 'Retain' | 'DeleteWithData';

type WithPercona = Pick<DittoServerSpec, 'percona'>;

/** The policy that is written down. */
function written({ percona }: WithPercona): DeletionPolicy | undefined {
  const { deletionPolicy: policy, deleteWithServer } = percona ?? {};
  if (policy !== undefined || deleteWithServer === undefined) return policy;
  return deleteWithServer ? 'Delete' : 'Retain';
}

/**
 * `deletionPolicy` decides; without it the Go operator's `deleteWithServer` (its CRD stored `false` by default, which therefore
 * reads as Retain); without both the database goes and its volumes stay.
 */
export function deletionPolicy(spec: WithPercona | undefined): DeletionPolicy {
  return written(spec ?? {}) ?? 'Delete';
}

/**
 * The policy that a live cluster is to be brought to. While Percona is switched off only one that is written down counts.
 *
 * @returns undefined when nothing is said: the cluster keeps what it was made with
 */
export function policyToApply(spec: WithPercona | undefined): DeletionPolicy | undefined {
  return spec?.percona?.enabled === true ? deletionPolicy(spec) : written(spec ?? {});
}

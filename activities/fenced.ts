// The one way in which enforced children are written. Attempts overlap: one that timed out may still be carried out after its successor,
// by whoever held it. So each apply says what it saw, and is refused when something else is there by now.
import type { KubeObject, Stored } from '../src/api/kubernetes.ts';
import type { Live } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';

export interface FencedOptions {
  /** Served before other writes: StatefulSets. */
  readonly first?: boolean;
}

/**
 * An apply with a resourceVersion makes what is absent, and is a conflict where something with another one is (kube-apiserver 1.36.3). No
 * object ever has the first: an empty store counts as 1.
 */
const NOTHING_THERE = { resourceVersion: '1' } as const;

/**
 * Applies an object of which `live` was seen, or nothing.
 *
 * @throws KubeError of kind `conflict` or `uid-mismatch` when something else is there by now: look again
 */
export function applyFenced(
  { deps: { kube }, signal }: Call,
  object: KubeObject,
  live: Live | undefined,
  options: FencedOptions = {},
): Promise<Stored> {
  const fence = live ? { uid: live.uid, resourceVersion: live.resourceVersion } : NOTHING_THERE;
  return kube.apply({ ...object, metadata: { ...object.metadata, ...fence } }, { ...options, signal });
}

// The one way in which enforced children are written. Attempts overlap: one that timed out may still be carried out after its successor,
// by whoever held it. So each apply says what it saw, and is refused when something else is there by now.
import type { KubeObject, Stored } from '../src/api/kubernetes.ts';
import type { Live } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { makeRoom } from './replaced-ports.ts';

export interface FencedOptions {
  /** Served before other writes: StatefulSets. */
  readonly first?: boolean;
}

/**
 * An apply with a resourceVersion makes what is absent, and is a conflict where something with another one is (kube-apiserver 1.36.3). No
 * object ever has the first: an empty store counts as 1.
 */
const NOTHING_THERE = { resourceVersion: '1' } as const;

type Fence = Partial<Pick<Live, 'uid' | 'resourceVersion'>>;
const fenceOf = ({ uid, resourceVersion }: Pick<Live, 'uid' | 'resourceVersion'>): Fence => ({ uid, resourceVersion });

/**
 * Applies an object of which `live` was seen, or nothing.
 *
 * @throws KubeError of kind `conflict` or `uid-mismatch` when something else is there by now: look again
 */
export async function applyFenced(
  call: Call,
  object: KubeObject,
  live: Live | undefined,
  options: FencedOptions = {},
): Promise<Stored> {
  const { signal } = call;
  const apply = (fence: Fence): Promise<Stored> =>
    call.deps.kube.apply({ ...object, metadata: { ...object.metadata, ...fence } }, { ...options, signal });
  try {
    return await apply(live ? fenceOf(live) : NOTHING_THERE);
  } catch (error) {
    const roomy = live && (await makeRoom(call, object, error));
    if (roomy?.metadata.uid !== live?.uid || !roomy) throw error;
    return apply(fenceOf(roomy.metadata));
  }
}

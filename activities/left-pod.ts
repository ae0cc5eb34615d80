// The pod of a DittoServer that was deleted at the moment at which its StatefulSet was gone for larger volumes: nothing owns the pod, so that
// Kubernetes' own collector never takes it. It goes as it would have gone with the StatefulSet.
import { labels, names } from '../src/api/names.ts';
import type { KubeObject, Stored } from '../src/api/kubernetes.ts';
import { valueOf } from '../src/requirements/facts.ts';
import type { Call } from './deps.ts';
import { selector } from './observe/pods.ts';
import { reader } from './observe/read.ts';
import { untilGone } from './stateful-set-again.ts';

const POD = { apiVersion: 'v1', kind: 'Pod' } as const;
/** The StatefulSet controller's own mark. A copy that somebody made of the pod has another name. */
const POD_NAME = 'statefulset.kubernetes.io/pod-name';
/** On an object that Kubernetes lets go of what it owns before it goes. */
const ORPHAN = 'orphan';

/** How the pod is asked for. */
export interface Asking {
  /** A StatefulSet that is about to leave it is waited for, some seconds. */
  readonly waits: boolean;
  /** The DittoServer was seen; else what looks left may be of a restore, which brings pods back first. */
  readonly wasServed: boolean;
}

/** While a StatefulSet is there it has its pods, or leaves them to whoever let it; `going`: it leaves them because of us. */
async function controller(call: Call, statefulSet: string, waits: boolean): Promise<'gone' | 'going' | 'there'> {
  const metadata = { namespace: call.target.namespace, name: statefulSet };
  const ref = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata };
  const found = await reader(call).get<KubeObject>(ref, { metadataOnly: true });
  if (found.state !== 'known') return found.state === 'absent' ? 'gone' : 'there';
  const { finalizers, uid } = found.value.metadata;
  if (finalizers?.includes(ORPHAN) !== true) return 'there';
  return waits && (await untilGone(call, ref, uid)) ? 'gone' : 'going';
}

const isLeft = ({ metadata }: Stored, pod: string): boolean =>
  metadata.name === pod &&
  metadata.labels?.[POD_NAME] === pod &&
  (metadata.ownerReferences ?? []).length === 0 &&
  metadata.deletionTimestamp === undefined;

/**
 * The pod that nothing owns, of a DittoServer that is gone and has no StatefulSet.
 *
 * @returns `not-yet` while the StatefulSet is about to leave it; undefined when there is none, or it may not be read
 */
export async function leftPod(call: Call, { waits, wasServed }: Asking): Promise<Stored | 'not-yet' | undefined> {
  const { name } = call.target;
  const { statefulSet } = names(name);
  const state = await controller(call, statefulSet, waits);
  if (state !== 'gone') return state === 'going' ? 'not-yet' : undefined;
  const running = wasServed ? undefined : 'status.phase=Running';
  const options = { labelSelector: selector(labels(name)), fieldSelector: running, metadataOnly: true };
  const pods = valueOf(await reader(call).list<KubeObject>(POD, options)) ?? [];
  return pods.find((pod) => isLeft(pod, `${statefulSet}-0`));
}

/** Removes it, only as it was seen: one that a new StatefulSet has taken meanwhile stays. */
export async function removeLeftPod({ deps: { kube, log }, target, signal }: Call, pod: Stored): Promise<void> {
  const { namespace } = target;
  const { name, uid, resourceVersion } = pod.metadata;
  await kube.delete({ ...POD, metadata: { name, namespace } }, { uid, resourceVersion }, { signal });
  log.info({ namespace, name: target.name, pod: name }, 'the pod that the deleted DittoServer left without an owner is removed'); // prettier-ignore
}

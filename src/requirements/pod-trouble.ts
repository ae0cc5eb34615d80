// Why a pod is not ready, in the words that Kubernetes gives. What a kubelet says in turns while it tries again is told in one
// sentence, so that status does not change with each try.
import type { Reason } from '../api/reasons.ts';
import type { ContainerStatus, PodFact } from './facts.ts';

export interface Trouble {
  readonly reason: Reason;
  readonly message: string;
}

const PULL = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);
const CONFIG = new Set(['CreateContainerConfigError', 'CreateContainerError']);
const MAX_WORDS = 300;

const clip = (text: string | undefined): string => (text ?? '').trim().slice(0, MAX_WORDS);

/** How the container ended last, with its own words (the termination message). */
function ended({ state, lastState }: ContainerStatus): string {
  const last = lastState?.terminated ?? state?.terminated;
  if (!last) return '';
  const words = clip(last.message);
  return ` (exit code ${last.exitCode}${words === '' ? '' : `: ${words}`})`;
}

/** A container that cannot even be made. */
function notMade({ name, image, state }: ContainerStatus, pod: PodFact): Trouble | undefined {
  const { reason = '', message } = state?.waiting ?? {};
  const where = `pod "${pod.name}", container "${name}"`;
  if (PULL.has(reason)) {
    return { reason: 'ImagePullFailed', message: `${where}: the image ${image ?? ''} cannot be pulled` };
  }
  if (CONFIG.has(reason)) return { reason: 'ContainerConfigError', message: `${where}: ${clip(message) || reason}` };
  return undefined;
}

function crashing(container: ContainerStatus, pod: PodFact): Trouble | undefined {
  const again = (container.restartCount ?? 0) > 0 && (container.lastState?.terminated?.exitCode ?? 0) !== 0;
  if (container.state?.waiting?.reason !== 'CrashLoopBackOff' && !again) return undefined;
  const where = `pod "${pod.name}", container "${container.name}"`;
  return { reason: 'ContainerCrashing', message: `${where} ends again and again${ended(container)}` };
}

function unscheduled({ name, unschedulable }: PodFact): Trouble | undefined {
  if (unschedulable === '') return undefined;
  const byVolume = /volume|persistentvolumeclaim/i.test(unschedulable);
  const message = `pod "${name}" is not scheduled: ${clip(unschedulable)}`;
  return { reason: byVolume ? 'VolumePending' : 'PodUnschedulable', message };
}

const hasBegun = ({ state, lastState }: ContainerStatus): boolean =>
  Boolean(state?.running ?? state?.terminated ?? lastState?.terminated);

/**
 * The init container at which the pod stands: the last that has begun, since they run one after the other; an earlier one that
 * runs is a sidecar.
 */
function unfinished({ name, initContainers, containers }: PodFact): Trouble | undefined {
  const current = initContainers.findLast(hasBegun);
  if (!current || current.state?.terminated?.exitCode === 0 || containers.some(hasBegun)) return undefined;
  const message = `pod "${name}", init container "${current.name}" has not finished${ended(current)}`;
  return { reason: 'InitContainerWaiting', message };
}

/** How much later than it should a pod may go: its kubelet has to tell the API server. */
const LATE_MS = 15_000;

/** When a pod that is being deleted is overdue, epoch ms. */
export const overdueMs = ({ goneByMs }: PodFact): number | undefined =>
  goneByMs === undefined ? undefined : goneByMs + LATE_MS;

/** A pod that should be gone and is not. */
export const isOverdue = (pod: PodFact, nowMs: number): boolean => (overdueMs(pod) ?? Infinity) <= nowMs;

/** A pod that should be gone, and usually its node is: only a person knows whether what ran there has really ended. */
export function stuckTerminating(pods: readonly PodFact[], nowMs: number): Trouble | undefined {
  const pod = pods.find((one) => isOverdue(one, nowMs));
  if (!pod) return undefined;
  const state = pod.nodeReady === false ? ', which is not ready' : '';
  const message = `pod "${pod.name}" should be gone and is not; it is on node "${pod.nodeName}"${state}: bring the node back, or, if it is off for good, delete it or force the deletion of the pod`;
  return { reason: 'PodStuckTerminating', message };
}

/** What keeps a pod from being ready; undefined when it is ready or simply starting. */
export function podTrouble(pod: PodFact): Trouble | undefined {
  if (pod.ready || pod.terminating) return undefined;
  const { initContainers, containers } = pod;
  const first = (troubles: readonly (Trouble | undefined)[]): Trouble | undefined =>
    troubles.find((trouble) => trouble !== undefined);
  return (
    first([...initContainers, ...containers].map((container) => notMade(container, pod))) ??
    first(containers.map((container) => crashing(container, pod))) ??
    unscheduled(pod) ??
    unfinished(pod)
  );
}

/** The trouble of the first pod that has any. */
export const podsTrouble = (pods: readonly PodFact[]): Trouble | undefined =>
  pods.map((pod) => podTrouble(pod)).find((trouble) => trouble !== undefined);

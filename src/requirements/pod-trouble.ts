// Why a pod is not ready, in the words that Kubernetes gives.
import type { Reason } from '../api/reasons.ts';
import type { PodFact } from './facts.ts';

export interface Trouble {
  readonly reason: Reason;
  readonly message: string;
}

type Container = PodFact['containers'][number];

const PULL = new Set(['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull']);
const CONFIG = new Set(['CreateContainerConfigError', 'CreateContainerError']);
const MAX_WORDS = 300;

const clip = (text: string | undefined): string => (text ?? '').trim().slice(0, MAX_WORDS);

function ended(container: Container): string {
  const last = container.lastState?.terminated ?? container.state?.terminated;
  if (!last) return '';
  const words = clip(last.message);
  return ` (exit code ${last.exitCode}${words === '' ? '' : `: ${words}`})`;
}

function containerTrouble(pod: PodFact, container: Container): Trouble | undefined {
  const waiting = container.state?.waiting;
  const where = `pod "${pod.name}", container "${container.name}"`;
  const reason = waiting?.reason ?? '';
  if (PULL.has(reason)) {
    return { reason: 'ImagePullFailed', message: `${where}: ${reason} of image ${container.image ?? ''}` };
  }
  if (CONFIG.has(reason)) {
    return { reason: 'ContainerConfigError', message: `${where}: ${clip(waiting?.message) || reason}` };
  }
  if (reason === 'CrashLoopBackOff') {
    return { reason: 'ContainerCrashing', message: `${where} ends again and again${ended(container)}` };
  }
  return undefined;
}

function initTrouble(pod: PodFact): Trouble | undefined {
  const unfinished = pod.initContainers.find(({ state }) => state?.terminated?.exitCode !== 0);
  if (!unfinished || !(unfinished.state?.running ?? unfinished.lastState?.terminated)) return undefined;
  const message = `pod "${pod.name}", init container "${unfinished.name}" has not finished${ended(unfinished)}`;
  return { reason: 'InitContainerWaiting', message };
}

/** What keeps a pod from being ready; undefined when it is ready or simply starting. */
export function podTrouble(pod: PodFact): Trouble | undefined {
  if (pod.ready || pod.terminating) return undefined;
  for (const container of [...pod.initContainers, ...pod.containers]) {
    const trouble = containerTrouble(pod, container);
    if (trouble) return trouble;
  }
  if (pod.unschedulable !== '') {
    const volume = /volume|persistentvolumeclaim/i.test(pod.unschedulable);
    const message = `pod "${pod.name}" is not scheduled: ${clip(pod.unschedulable)}`;
    return { reason: volume ? 'VolumePending' : 'PodUnschedulable', message };
  }
  return initTrouble(pod);
}

// The status of a pod that runs as processes, in a kubelet's words; pure.
import type { Condition, ContainerStatus, PodStatus } from '../kubernetes-types.ts';
import { type ConditionFacts, keepConditions } from '../pod-status.ts';
import type { RunnableContainer, RunnablePod } from './pod-types.ts';

export interface PodFacts {
  readonly address: string;
  readonly hasNetwork: boolean;
  readonly isInitialized: boolean;
  statusOf(container: RunnableContainer): ContainerStatus;
}

/** The whole status. */
export function statusOfProcesses(pod: RunnablePod, facts: PodFacts, now: string): PodStatus {
  const { spec, status, metadata } = pod;
  const init = (spec.initContainers ?? []).map((container) => initStatus(container, facts.statusOf(container)));
  const main = spec.containers.map((container) => facts.statusOf(container));
  return {
    phase: phaseOf(pod, facts, main),
    ...(facts.hasNetwork ? { podIP: facts.address, podIPs: [{ ip: facts.address }] } : {}),
    startTime: status?.startTime ?? now,
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    conditions: keepConditions(pod, conditionsOf(pod, facts, init, main), now),
    initContainerStatuses: init,
    containerStatuses: main,
  };
}

/** An init container is ready when it is done. */
function initStatus({ restartPolicy }: RunnableContainer, status: ContainerStatus): ContainerStatus {
  return restartPolicy === 'Always' ? status : { ...status, ready: isDone(status) };
}

function isDone({ state }: ContainerStatus): boolean {
  return state.terminated?.exitCode === 0;
}

function phaseOf({ spec }: RunnablePod, { isInitialized }: PodFacts, main: readonly ContainerStatus[]): string {
  if (!isInitialized) return 'Pending';
  const hasNeverRun = ({ state, lastState }: ContainerStatus) => state.waiting && !lastState.terminated;
  if (main.some(hasNeverRun)) return 'Pending';
  if (spec.restartPolicy === undefined || spec.restartPolicy === 'Always') return 'Running';
  if (!main.every(({ state }) => state.terminated)) return 'Running';
  return main.every(isDone) ? 'Succeeded' : 'Failed';
}

function conditionsOf(
  pod: RunnablePod,
  { hasNetwork, isInitialized }: PodFacts,
  init: readonly ContainerStatus[],
  main: readonly ContainerStatus[],
): readonly ConditionFacts[] {
  const names = (statuses: readonly ContainerStatus[]) => `[${statuses.map(({ name }) => name).join(' ')}]`;
  const incomplete = init.filter((status) => !status.ready);
  const unready = main.filter(({ ready }) => !ready);
  const is = (type: string, holds: boolean, reason: string, message: string): ConditionFacts =>
    holds ? { type, status: 'True' } : { type, status: 'False', reason, message };
  const readiness = (type: string): ConditionFacts =>
    isCompleted(pod, main)
      ? { type, status: 'False', reason: 'PodCompleted' }
      : is(type, unready.length === 0, 'ContainersNotReady', `containers with unready status: ${names(unready)}`);
  return [
    { type: 'PodScheduled', status: 'True' },
    { type: 'PodReadyToStartContainers', status: hasNetwork ? 'True' : 'False' } satisfies Pick<
      Condition,
      'type' | 'status'
    >,
    is(
      'Initialized',
      isInitialized,
      'ContainersNotInitialized',
      `containers with incomplete status: ${names(incomplete)}`,
    ),
    readiness('ContainersReady'),
    readiness('Ready'),
  ];
}

function isCompleted({ spec }: RunnablePod, main: readonly ContainerStatus[]): boolean {
  return spec.restartPolicy !== undefined && spec.restartPolicy !== 'Always' && main.every(isDone);
}

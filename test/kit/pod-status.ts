// The status that a kubelet would report for a pod in a given situation; pure. Follows what kubelet and scheduler of
// Kubernetes 1.36 write in these situations, with their reasons and messages.
import type { Condition, Container, ContainerState, ContainerStatus, Pod, PodStatus } from './kubernetes-types.ts';

/** Ways in which a pod can be stuck, by request of a test. */
export const waysToBeStuck = ['imagePull', 'crashLoop', 'initWaiting', 'pendingVolume', 'unschedulable'] as const;
export type WayToBeStuck = (typeof waysToBeStuck)[number];

export type Situation =
  | { readonly kind: 'running' }
  /** Its work is done: the pod of a Job. */
  | { readonly kind: 'succeeded' }
  /** `message`: what the last end of the container, or the scheduler, is to say. */
  | { readonly kind: WayToBeStuck; readonly message?: string };

export interface PodFacts {
  readonly podIP: string;
  readonly now: string;
}

export type ConditionFacts = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;
type StateOf = (container: Container, index: number) => Partial<ContainerStatus>;

/** The whole status of a pod; times of what did not change are kept from the status that it has. */
export function podStatus(pod: Pod, situation: Situation, { podIP, now }: PodFacts): PodStatus {
  const conditions = keepConditions(pod, conditionsIn(situation), now);
  if (situation.kind === 'unschedulable') return { phase: 'Pending', conditions };
  const { init, main, phase } = containersIn(pod, situation, now);
  const { spec, status, metadata } = pod;
  return {
    phase,
    // The network comes after the volumes.
    ...(situation.kind === 'pendingVolume' ? {} : address(status?.podIP ?? podIP)),
    startTime: status?.startTime ?? now,
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    conditions,
    initContainerStatuses: containerStatuses(pod, spec.initContainers, init, status?.initContainerStatuses),
    containerStatuses: containerStatuses(pod, spec.containers, main, status?.containerStatuses),
  };
}

function address(ip: string): Pick<PodStatus, 'podIP' | 'podIPs'> {
  return { podIP: ip, podIPs: [{ ip }] };
}

/** Whether two statuses say the same, times aside. */
export function saysTheSame(a: PodStatus | undefined, b: PodStatus): boolean {
  return essence(a) === essence(b);
}

function essence(status: PodStatus | undefined): string {
  const conditions = (status?.conditions ?? []).map(({ type, status: value, reason, message }) => [
    type,
    value,
    reason,
    message,
  ]);
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].map(
    ({ name, ready, started, restartCount, state, image, lastState }) => [
      name,
      image,
      ready,
      started,
      restartCount,
      state.waiting,
      state.running !== undefined,
      state.terminated?.exitCode,
      lastState.terminated?.message,
    ],
  );
  return JSON.stringify([status?.phase, status?.podIP, conditions.sort(), containers]);
}

function conditionsIn({ kind, ...rest }: Situation): ConditionFacts[] {
  if (kind === 'unschedulable') {
    const message = ('message' in rest && rest.message) || '0/1 nodes are available: 1 Insufficient cpu.';
    return [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  }
  const initialized = kind !== 'initWaiting' && kind !== 'pendingVolume';
  const ready = kind === 'running';
  const notReady = kind === 'succeeded' ? { reason: 'PodCompleted' } : { reason: 'ContainersNotReady' };
  return [
    { type: 'PodScheduled', status: 'True' },
    { type: 'PodReadyToStartContainers', status: kind === 'pendingVolume' ? 'False' : 'True' },
    {
      type: 'Initialized',
      ...(initialized ? { status: 'True' } : { status: 'False', reason: 'ContainersNotInitialized' }),
    },
    { type: 'ContainersReady', ...(ready ? { status: 'True' } : { status: 'False', ...notReady }) },
    { type: 'Ready', ...(ready ? { status: 'True' } : { status: 'False', ...notReady }) },
  ];
}

/** Conditions of others stay; a transition time changes only with the condition's status. */
export function keepConditions(pod: Pod, wanted: readonly ConditionFacts[], now: string): Condition[] {
  const had = pod.status?.conditions ?? [];
  const others = had.filter(({ type }) => !kubeletConditions.has(type));
  const ours = wanted.map((condition) => {
    const before = had.find(({ type, status }) => type === condition.type && status === condition.status);
    return { ...condition, lastTransitionTime: before?.lastTransitionTime ?? now };
  });
  return [...ours, ...others];
}

const kubeletConditions: ReadonlySet<string> = new Set([
  'PodScheduled',
  'PodReadyToStartContainers',
  'Initialized',
  'ContainersReady',
  'Ready',
]);

function containersIn(pod: Pod, situation: Situation, now: string): { init: StateOf; main: StateOf; phase: string } {
  const running: ContainerState = { running: { startedAt: now } };
  const up: StateOf = () => ({ ready: true, started: true, state: running });
  const completed: StateOf = () => ({ ready: true, started: false, state: terminated(0, 'Completed', now) });
  const waiting = (reason: string, message?: string): Partial<ContainerStatus> => ({
    state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
  });
  const isSidecar = (container: Container) => container.restartPolicy === 'Always';
  const initDone: StateOf = (container, index) =>
    isSidecar(container) ? up(container, index) : completed(container, index);

  switch (situation.kind) {
    case 'running':
      return { phase: 'Running', init: initDone, main: up };
    case 'succeeded':
      return { phase: 'Succeeded', init: completed, main: (...of) => ({ ...completed(...of), ready: false }) };
    case 'imagePull':
      return {
        phase: 'Pending',
        init: initDone,
        main: ({ image }) => waiting('ImagePullBackOff', `Back-off pulling image "${image}"`),
      };
    case 'crashLoop':
      return {
        phase: 'Running',
        init: initDone,
        main: ({ name }) => ({
          ...waiting('CrashLoopBackOff', `back-off 5m0s restarting failed container=${name}`),
          restartCount: 5,
          lastState: terminated(1, 'Error', now, situation.message),
        }),
      };
    case 'initWaiting':
      return {
        phase: 'Pending',
        // The first one runs and does not end; with a message it has failed before.
        init: (_, index) =>
          index > 0
            ? waiting('PodInitializing')
            : {
                started: true,
                state: running,
                restartCount: situation.message ? 1 : 0,
                lastState: situation.message ? terminated(1, 'Error', now, situation.message) : {},
              },
        main: () => waiting('PodInitializing'),
      };
    case 'pendingVolume':
    case 'unschedulable': {
      const nothingYet: StateOf = () => waiting(pod.spec.initContainers ? 'PodInitializing' : 'ContainerCreating');
      return { phase: 'Pending', init: nothingYet, main: nothingYet };
    }
  }
}

function terminated(exitCode: number, reason: string, now: string, message?: string): ContainerState {
  const said = message === undefined ? {} : { message };
  return { terminated: { exitCode, reason, ...said, startedAt: now, finishedAt: now } };
}

function containerStatuses(
  pod: Pod,
  containers: readonly Container[] = [],
  stateOf: StateOf,
  had: readonly ContainerStatus[] = [],
): ContainerStatus[] {
  return containers.map((container, index) => {
    const before = had.find(({ name }) => name === container.name) ?? neverStarted(container);
    const wanted = stateOf(container, index);
    const state = keepStart(before.state, wanted.state ?? {});
    const facts = { ...before, ready: false, started: false, ...wanted, state };
    return state.waiting ? facts : { ...facts, ...identity(pod, container) };
  });
}

function neverStarted({ name, image }: Container): ContainerStatus {
  return { name, image, imageID: '', ready: false, started: false, restartCount: 0, state: {}, lastState: {} };
}

/** What only a container that was started has. */
function identity({ metadata: { uid = '' } }: Pod, { name, image }: Container) {
  return { image, imageID: image, containerID: `stand-in://${uid}-${name}` };
}

/** A container that runs on, or that ended before, has its times from then. */
function keepStart(before: ContainerState, wanted: ContainerState): ContainerState {
  if (wanted.running && before.running) return before;
  if (wanted.terminated && before.terminated?.exitCode === wanted.terminated.exitCode) return before;
  return wanted;
}

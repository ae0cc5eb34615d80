// Why a pod is not ready, told once however often the kubelet tries again.
import { podTrouble } from '../../../src/requirements/pod-trouble.ts';
import type { PodFact } from '../../../src/requirements/facts.ts';
import { container, pod, saying } from './facts.ts';

const WAIT = 'wait-for-postgres';
const waiting = (reason: string, message?: string) => ({ waiting: { reason, ...(message && { message }) } });
const ended = (exitCode: number, message = '') => ({ terminated: { exitCode, message } });
const init = (state: Parameters<typeof container>[0], more: object = {}) => container(state, { name: WAIT, ...more });
const pending = container(waiting('PodInitializing'));
const GAVE_UP = ended(1, 'gave up after 300 s: password authentication failed');

const rows: [string, Partial<PodFact>, string, ...string[]][] = [
  ['the image is not there', { containers: [container(waiting('ErrImagePull'))] }, 'ImagePullFailed', 'pod "files-0"', 'marmos91c/dittofs:0.29.0', 'cannot be pulled'],
  ['the image has a bad name', { containers: [container(waiting('InvalidImageName'))] }, 'ImagePullFailed'],
  ['the image of the init container is not there', { initContainers: [init(waiting('ImagePullBackOff'))], containers: [pending] }, 'ImagePullFailed', WAIT],
  ['it crashes', { containers: [container(waiting('CrashLoopBackOff'), { lastState: ended(139) })] }, 'ContainerCrashing', 'ends again and again', 'exit code 139'],
  ['it runs again between two crashes', { containers: [container({ running: {} }, { restartCount: 2, lastState: ended(139) })] }, 'ContainerCrashing', 'ends again and again', 'exit code 139'],
  ['it crashes and says why', { containers: [container(waiting('CrashLoopBackOff'), { lastState: ended(1, 'port in use') })] }, 'ContainerCrashing', 'exit code 1: port in use'],
  ['a Secret of its environment is missing', { containers: [container(waiting('CreateContainerConfigError', 'secret "x" not found'))] }, 'ContainerConfigError', 'secret "x" not found'],
  ['the same without a word', { containers: [container(waiting('CreateContainerError'))] }, 'ContainerConfigError', 'CreateContainerError'],
  ['no node takes it', { phase: 'Pending', unschedulable: '0/3 nodes are available: 3 Insufficient cpu.' }, 'PodUnschedulable', '3 Insufficient cpu'],
  ['a volume holds it', { phase: 'Pending', unschedulable: 'pod has unbound immediate PersistentVolumeClaims' }, 'VolumePending', 'unbound'],
  ['it waits for PostgreSQL', { initContainers: [init({ running: {} })], containers: [pending] }, 'InitContainerWaiting', WAIT, 'has not finished'],
  ['it has waited in vain and tries again', { initContainers: [init({ running: {} }, { lastState: GAVE_UP })], containers: [pending] }, 'InitContainerWaiting', 'password authentication failed'],
  ['it has just given up', { initContainers: [init(GAVE_UP)], containers: [pending] }, 'InitContainerWaiting', 'exit code 1'],
  ['a sidecar runs, and the step after it waits', { initContainers: [container({ running: {} }, { name: 'mesh' }), init({ running: {} })], containers: [pending] }, 'InitContainerWaiting', WAIT],
]; // prettier-ignore

const none: [string, Partial<PodFact>][] = [
  ['it is ready', { ready: true, containers: [container(waiting('CrashLoopBackOff'))] }],
  ['it is on its way out', { terminating: true, containers: [container(waiting('ErrImagePull'))] }],
  ['nothing is known of it yet', { phase: 'Pending' }],
  ['it is being made', { containers: [container(waiting('ContainerCreating'))] }],
  ['its server starts', { initContainers: [init(ended(0))], containers: [container({ running: {} })] }],
  [
    'its server starts beside a sidecar',
    { initContainers: [init({ running: {} })], containers: [container({ running: {} })] },
  ],
  ['its init container has not begun', { initContainers: [init(waiting('PodInitializing'))], containers: [pending] }],
];

test.each(rows)('%s', (_, changes, reason, ...parts) => {
  expect(podTrouble(pod(changes))).toEqual({ reason, message: saying(...parts) });
});

test.each(none)('no trouble: %s', (_, changes) => {
  expect(podTrouble(pod(changes))).toBeUndefined();
});

test.each([
  [
    'pulls an image',
    { containers: [container(waiting('ErrImagePull'))] },
    { containers: [container(waiting('ImagePullBackOff'))] },
  ],
  [
    'tries an init container',
    { initContainers: [init({ running: {} }, { lastState: GAVE_UP })], containers: [pending] },
    { initContainers: [init(waiting('CrashLoopBackOff'), { lastState: GAVE_UP })], containers: [pending] },
  ],
] satisfies [string, Partial<PodFact>, Partial<PodFact>][])(
  'a kubelet that %s again and again says one thing, so that status stays as it is (U2)',
  (_, trying, resting) => {
    expect(podTrouble(pod(trying))).toEqual(podTrouble(pod(resting)));
  },
);

test('words of a container are cut', () => {
  const trouble = podTrouble(pod({ containers: [container(waiting('CreateContainerError', 'x'.repeat(5_000)))] }));
  expect(trouble?.message.length).toBeLessThan(400);
});

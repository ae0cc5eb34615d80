// The pods of the StatefulSet.
import { ABSENT, known, type PodFact } from '../../../src/requirements/facts.ts';
import { podsReady } from '../../../src/requirements/pods-ready.ts';
import { met } from '../../../src/requirements/finding.ts';
import {
  claim,
  container,
  earlier,
  factsWith,
  NOW_MS,
  pod,
  saying,
  statefulSet,
  unread,
  type Changes,
} from './facts.ts';

const NOT_READY = statefulSet({ readyReplicas: 0 });
const STOPPED = { spec: { replicas: 0 } };
const wait = (reason: string, ...parts: readonly string[]): object => ({
  state: 'wait',
  budget: 'pods',
  reason,
  message: saying(...parts),
});
const failedCreate = {
  kind: 'StatefulSet',
  name: 'files',
  reason: 'FailedCreate',
  note: 'violates PodSecurity "restricted"',
};
const refused = pod({ containers: [container({ waiting: { reason: 'ErrImagePull' } })] });

const rows: [string, Changes, object][] = [
  ['ready', {}, { state: 'met', reason: 'MinimumReplicasAvailable', message: '1 of 1 pods are ready' }],
  ['no StatefulSet', { statefulSet: ABSENT }, { state: 'pending', reason: 'NotStarted' }],
  ['a foreign StatefulSet', { statefulSet: statefulSet({ ownership: 'foreign' }) }, { state: 'pending', reason: 'NotStarted' }],
  ['a StatefulSet that may not be read', { statefulSet: unread('no') }, { state: 'pending' }],
  ['starting', { statefulSet: NOT_READY, pods: known([]) }, wait('PodsStarting', '0 of 1 pods are ready')],
  ['not seen yet by the StatefulSet controller: ready pods may be old ones', { statefulSet: statefulSet({ generation: 2 }) }, wait('PodsStarting', 'has not seen the last change')],
  ['made again, with the status of the one before it: its controller leaves that as it is (S3)', { statefulSet: statefulSet({ generation: 1, observedGeneration: 2 }) }, { state: 'met' }],
  ['in trouble', { statefulSet: NOT_READY, pods: known([refused]) }, wait('ImagePullFailed', 'cannot be pulled')],
  ['waiting for a volume', { statefulSet: NOT_READY, pods: known([pod({ phase: 'Pending' })]), claims: known([claim('metadata-files-0', 'Pending', 'slow')]) }, wait('VolumePending', '"metadata-files-0"', '"slow"')],
  ['waiting for a volume without a class', { statefulSet: NOT_READY, pods: known([pod({ phase: 'Pending' })]), claims: known([claim('metadata-files-0', 'Pending', '')]) }, wait('VolumePending', 'no StorageClass')],
  ['a claim is not bound, but the pod runs', { statefulSet: NOT_READY, pods: known([pod()]), claims: known([claim('x', 'Pending')]) }, wait('PodsStarting')],
  ['rejected by the API server (U5)', { statefulSet: NOT_READY, pods: known([]), warnings: [failedCreate] }, wait('PodsRejected', 'violates PodSecurity')],
  ['rejected once, now there is a pod', { statefulSet: NOT_READY, pods: known([pod()]), warnings: [failedCreate] }, wait('PodsStarting')],
  ['a rejection of another StatefulSet', { statefulSet: NOT_READY, pods: known([]), warnings: [{ ...failedCreate, name: 'files-postgres-x' }] }, wait('PodsStarting')],
  ['pods that may not be read', { statefulSet: NOT_READY, pods: unread('the role lacks it') }, { ...wait('PodsUnreadable', 'the role lacks it'), unknown: true }],
  ['scaled to zero', { ...STOPPED, statefulSet: statefulSet({ replicas: 0, statusReplicas: 0, readyReplicas: 0 }) }, { state: 'met', reason: 'Stopped' }],
  ['scaled to zero, still stopping', { ...STOPPED, statefulSet: statefulSet({ replicas: 0 }) }, wait('PodsStopping', 'still stopping')],
]; // prettier-ignore

test.each(rows)('%s', (_, changes, found) => {
  expect(podsReady.judge(factsWith(changes), earlier())).toMatchObject(found);
});

describe('an init container that waits for a database that is ready (S15)', () => {
  const waiting = (seconds: number): Changes => {
    const startedAt = new Date(NOW_MS - seconds * 1_000).toISOString();
    const init = container({ running: { startedAt } }, { name: 'wait-for-postgres' });
    return { statefulSet: NOT_READY, pods: known([pod({ initContainers: [init] })]) };
  };
  const ready = earlier({ postgresReady: met('PostgresReady', '') });
  const down = earlier({ postgresReady: { state: 'wait', reason: 'PostgresInitializing', message: '' } });
  const told = (seconds: number, findings = ready) => podsReady.judge(factsWith(waiting(seconds)), findings);

  test('is told with the setting that leaves it out, after two minutes', () => {
    expect(told(121)).toMatchObject(
      wait('InitContainerWaiting', '"wait-for-postgres" has not finished', 'mesh', 'spec.waitForPostgres.enabled'),
    );
  });

  test('before that only as waiting, until then', () => {
    expect(told(100)).toMatchObject({
      reason: 'InitContainerWaiting',
      recheckMs: 20_000,
      message: expect.not.stringContaining('mesh') as unknown,
    });
  });

  test('while the database is down that is reason enough', () => {
    expect(told(500, down)).toMatchObject({ message: expect.not.stringContaining('mesh') as unknown });
  });
});

describe('a pod on a lost node (S12)', () => {
  const down = statefulSet({ readyReplicas: 0 });
  const judged = (goneByMs: number, more: Partial<PodFact> = {}) =>
    podsReady.judge(factsWith({ statefulSet: down, pods: known([pod({ terminating: true, goneByMs, ...more })]) }), earlier()); // prettier-ignore

  test('is told with pod and node once it should be gone (S12)', () => {
    expect(judged(NOW_MS - 16_000, { nodeReady: false })).toMatchObject({
      state: 'wait',
      reason: 'PodStuckTerminating',
      message: saying('"files-0"', '"node-1", which is not ready'),
    });
  });

  test('within its grace time nothing is told, and it is looked at when that has passed (S12)', () => {
    expect(judged(NOW_MS - 5_000)).toMatchObject({ reason: 'PodsStarting', recheckMs: 10_000 });
  });
});

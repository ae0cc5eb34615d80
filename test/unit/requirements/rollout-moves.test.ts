// A stuck rollout (S1): exactly the pod that is both of an earlier revision and not ready is removed, once the new template was seen.
import { known } from '../../../src/requirements/facts.ts';
import { rolloutMoves } from '../../../src/requirements/rollout-moves.ts';
import { earlier, factsWith, pod, saying, statefulSet, type Changes } from './facts.ts';

const NEW = statefulSet({ updateRevision: 'r2', generation: 2, observedGeneration: 2 });
const stuck: Changes = { statefulSet: NEW, pods: known([pod()]) };

const off: [string, Changes][] = [
  ['the pod is ready: it is rolled by its controller', { ...stuck, pods: known([pod({ ready: true })]) }],
  ['the pod is of the present revision', { ...stuck, pods: known([pod({ revision: 'r2' })]) }],
  ['the pod is going already', { ...stuck, pods: known([pod({ terminating: true })]) }],
  ['the new template was not seen yet', { ...stuck, statefulSet: statefulSet({ updateRevision: 'r2', generation: 3, observedGeneration: 2 }) }],
  ['the pod belongs to something else', { ...stuck, pods: known([pod({ controllerUid: 'another' })]) }],
  ['its update strategy keeps old pods', { ...stuck, statefulSet: statefulSet({ updateRevision: 'r2', generation: 2, observedGeneration: 2, keepsOldPods: true }) }],
  ['the StatefulSet is somebody else’s', { ...stuck, statefulSet: statefulSet({ ownership: 'foreign', updateRevision: 'r2' }) }],
]; // prettier-ignore

test.each(off)('nothing is removed: %s (S1)', (_, changes) => {
  expect(rolloutMoves.judge(factsWith(changes), earlier())).toEqual({ state: 'off' });
});

test.each([
  ['its controller has seen the new template', NEW],
  [
    'it was made again, with the status of the one before it',
    statefulSet({ updateRevision: 'r2', generation: 2, observedGeneration: 3 }),
  ],
])('a pod of the earlier revision that is not ready is to be removed: %s (S1)', (_, found) => {
  expect(rolloutMoves.judge(factsWith({ ...stuck, statefulSet: found }), earlier())).toMatchObject({
    state: 'act',
    step: 'removeStuckPod',
    intent: 'u-pod',
    message: saying('files-0', 'holds the rollout'),
  });
});

// Removes the pod that holds a rollout: that very pod, and only as it was seen, so that one that has become ready meanwhile stays.
import { valueOf } from '../src/requirements/facts.ts';
import { stuckPod } from '../src/requirements/rollout-moves.ts';
import { regarding } from './publish.ts';
import type { Act } from './outcome.ts';

export const removeStuckPod: Act = async ({ call: { deps, signal }, observation: { facts } }) => {
  const pod = stuckPod(facts);
  if (!pod) return { facts };
  const { name, uid, resourceVersion } = pod;
  const ref = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: facts.server.metadata.namespace ?? '' } };
  await deps.kube.delete(ref, { uid, resourceVersion }, { signal });
  const note = `pod ${name} of an earlier revision was not ready and held the rollout: it is removed, and the next one is of the present revision`;
  await deps.record(
    { regarding: regarding(facts.server), type: 'Normal', reason: 'StuckPodRemoved', action: 'Delete', note },
    { signal },
  );
  const pods = (valueOf(facts.pods) ?? []).map((one) => (one.uid === uid ? { ...one, terminating: true } : one));
  return { facts: { ...facts, pods: { state: 'known', value: pods } } };
};

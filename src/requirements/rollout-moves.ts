// A pod of an earlier revision that never becomes ready keeps its StatefulSet from rolling out the next one: the controller waits for it
// before it replaces it. Such a pod is removed once the new template is stored and seen; a ready one never is.
import { valueOf, type Facts, type PodFact } from './facts.ts';
import { OFF, type Requirement } from './finding.ts';
import { isSeen } from './stateful-set-plan.ts';

/** The pod that holds the rollout. */
export function stuckPod({ statefulSet, pods }: Pick<Facts, 'statefulSet' | 'pods'>): PodFact | undefined {
  const live = valueOf(statefulSet);
  if (live?.ownership !== 'ours' || live.terminating || live.updateRevision === '') return undefined;
  // Somebody means old pods to stay.
  if (live.keepsOldPods) return undefined;
  // Before its controller has seen the new template, nobody can tell old from new.
  if (!isSeen(live)) return undefined;
  const isOld = ({ controllerUid, revision }: PodFact): boolean =>
    controllerUid === live.uid && revision !== '' && revision !== live.updateRevision;
  return (valueOf(pods) ?? []).find((pod) => !pod.ready && !pod.terminating && isOld(pod));
}

export const rolloutMoves: Requirement = {
  name: 'rolloutMoves',
  condition: 'Progressing',
  judge: (facts) => {
    const pod = stuckPod(facts);
    if (!pod) return OFF;
    return {
      state: 'act',
      step: 'removeStuckPod',
      intent: pod.uid,
      summary: `remove pod ${pod.name}, which holds the rollout`,
      needs: ['notDeleted', 'specValid', 'notPaused'],
      reason: 'RolloutStuck',
      message: `pod "${pod.name}" of an earlier revision is not ready and holds the rollout; it is to be removed`,
    };
  },
};

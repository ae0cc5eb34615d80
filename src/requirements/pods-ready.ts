// The pods of the StatefulSet are ready; when they are not, Kubernetes' own words why.
import { valueOf, type Facts, type StatefulSetFact } from './facts.ts';
import { met, pending, wait, type Finding, type Requirement } from './finding.ts';
import { podTrouble, type Trouble } from './pod-trouble.ts';
import { wantedReplicas } from './stateful-set-applied.ts';

function claimTrouble({ claims, pods }: Facts): Trouble | undefined {
  const podPending = valueOf(pods)?.some(({ phase, terminating }) => phase === 'Pending' && !terminating);
  const claim = podPending ? (valueOf(claims) ?? []).find(({ phase }) => phase === 'Pending') : undefined;
  if (!claim) return undefined;
  const suffix = claim.storageClass === '' ? ' (no StorageClass)' : ` (StorageClass "${claim.storageClass}")`;
  return { reason: 'VolumePending', message: `volume claim "${claim.name}" is not bound${suffix}` };
}

function rejection({ warnings, pods, server }: Facts): Trouble | undefined {
  if ((valueOf(pods) ?? []).length > 0) return undefined;
  const warning = warnings.find(
    ({ kind, name, reason }) => kind === 'StatefulSet' && name === server.metadata.name && reason === 'FailedCreate',
  );
  return warning ? { reason: 'PodsRejected', message: warning.note } : undefined;
}

function judgeStarting(facts: Facts, live: StatefulSetFact, wanted: number): Finding {
  if (facts.pods.state === 'unreadable') {
    return wait('PodsUnreadable', `pods could not be read: ${facts.pods.why}`, { budget: 'pods', unknown: true });
  }
  const pods = valueOf(facts.pods) ?? [];
  const trouble =
    pods.map((pod) => podTrouble(pod)).find((found) => found !== undefined) ?? claimTrouble(facts) ?? rejection(facts);
  if (trouble) return wait(trouble.reason, trouble.message, { budget: 'pods' });
  return wait('PodsStarting', `${live.readyReplicas} of ${wanted} pods are ready`, { budget: 'pods' });
}

export const podsReady: Requirement = {
  name: 'podsReady',
  condition: 'Available',
  judge: (facts) => {
    const live = valueOf(facts.statefulSet);
    if (live?.ownership !== 'ours') return pending('NotStarted', 'the StatefulSet does not exist yet');
    const wanted = wantedReplicas(facts);
    if (wanted === 0) {
      return live.statusReplicas === 0
        ? met('Stopped', 'scaled to zero, as asked for')
        : wait('PodsStarting', 'a pod is still stopping', { budget: 'pods' });
    }
    if (live.readyReplicas >= wanted && live.observedGeneration === live.generation) {
      return met('MinimumReplicasAvailable', `${live.readyReplicas} of ${wanted} pods are ready`);
    }
    return judgeStarting(facts, live, wanted);
  },
};

// The status that a DittoServer should show, and whether it differs from the one that is stored.
import { canonicalJson } from '../api/fingerprint.ts';
import type { DittoServerStatus } from '../api/generated/ditto-server.ts';
import { valueOf, type Facts } from './facts.ts';
import { wantedReplicas } from './stateful-set-applied.ts';
import type { Judgement } from './judge.ts';

export type Phase = NonNullable<DittoServerStatus['phase']>;

/** The predecessor's five words: Deleting, Failed when stalled, Stopped at zero replicas, Running when its pods are ready, else Pending. */
export function phaseOf(facts: Facts, { stalled, conditions }: Judgement): Phase {
  if (facts.server.metadata.deletionTimestamp !== undefined) return 'Deleting';
  if (stalled) return 'Failed';
  const available = conditions.find(({ type }) => type === 'Available');
  if (available?.reason === 'Stopped') return 'Stopped';
  return available?.status === 'True' && wantedReplicas(facts) > 0 ? 'Running' : 'Pending';
}

/** The whole status; what is left out is dropped by the apply, since nobody else owns it. */
export function statusOf(facts: Facts, judgement: Judgement): DittoServerStatus {
  const { status: before, metadata } = facts.server;
  const live = valueOf(facts.statefulSet);
  const statefulSet = live?.ownership === 'ours' ? live : undefined;
  const cluster = valueOf(facts.postgresCluster);
  const ours = cluster?.ownership === 'ours' ? { name: `${metadata.name}-postgres`, uid: cluster.uid } : undefined;
  const configHash = statefulSet?.configHash ?? before?.configHash;
  const clusterName = ours?.name ?? before?.perconaClusterName;
  const clusterUid = ours?.uid ?? before?.perconaClusterUid;
  return {
    observedGeneration: metadata.generation ?? 0,
    phase: phaseOf(facts, judgement),
    replicas: statefulSet?.statusReplicas ?? 0,
    readyReplicas: statefulSet?.readyReplicas ?? 0,
    availableReplicas: statefulSet?.availableReplicas ?? 0,
    ...(configHash && { configHash }),
    ...(clusterName && { perconaClusterName: clusterName }),
    ...(clusterUid && { perconaClusterUid: clusterUid }),
    conditions: judgement.conditions.map((condition) => ({ ...condition })),
  };
}

/** True when writing `wanted` would change what is stored. */
export function statusDiffers(stored: DittoServerStatus | undefined, wanted: DittoServerStatus): boolean {
  const sorted = (status: DittoServerStatus | undefined): unknown => ({
    ...status,
    conditions: [...(status?.conditions ?? [])].sort((a, b) => (a.type < b.type ? -1 : 1)),
  });
  return canonicalJson(sorted(stored)) !== canonicalJson(sorted(wanted));
}

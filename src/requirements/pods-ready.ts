// The pods of the StatefulSet are ready; when they are not, Kubernetes' own words why.
import { CONTAINERS } from '../api/names.ts';
import { valueOf, type Facts, type PodFact, type StatefulSetFact } from './facts.ts';
import {
  holds,
  met,
  pending,
  unreadable,
  wait,
  type Finding,
  type Findings,
  type Requirement,
  type WaitFinding,
} from './finding.ts';
import { overdueMs, podsTrouble, stuckTerminating, type Trouble } from './pod-trouble.ts';
import { START_PATIENCE_MS } from './database-login.ts';
import { isSeen, wantedReplicas } from './stateful-set-plan.ts';

/** A volume claim that is not bound while a pod waits. */
function unboundClaim({ claims, pods }: Facts): Trouble | undefined {
  const podWaits = valueOf(pods)?.some(({ phase, terminating }) => phase === 'Pending' && !terminating);
  const claim = valueOf(claims)?.find(({ phase }) => phase === 'Pending');
  if (!podWaits || !claim) return undefined;
  const suffix = claim.storageClass === '' ? ' (no StorageClass)' : ` (StorageClass "${claim.storageClass}")`;
  return { reason: 'VolumePending', message: `volume claim "${claim.name}" is not bound${suffix}` };
}

/** Without any pod, what the API server said when the StatefulSet asked for one. */
function rejection({ warnings, pods, server }: Facts): Trouble | undefined {
  if ((valueOf(pods) ?? []).length > 0) return undefined;
  const warning = warnings.find(
    ({ kind, name, reason }) => kind === 'StatefulSet' && name === server.metadata.name && reason === 'FailedCreate',
  );
  return warning && { reason: 'PodsRejected', message: warning.note };
}

/** How long an init container may run beside a database that is ready before its network comes to mind. */
const PATIENCE_MS = 2 * 60_000;

/**
 * An init container that waits for a database which is ready may have no network yet: a sidecar mesh brings it up only after init
 * containers have ended.
 */
function judgeInitContainer({ pods, nowMs }: Facts, earlier: Findings, { reason, message }: Trouble): Finding {
  const waits = (valueOf(pods) ?? [])
    .flatMap(({ initContainers }) => initContainers)
    .find(({ name }) => name === CONTAINERS.waitForPostgres);
  const startedAt = waits?.state?.running?.startedAt;
  if (startedAt === undefined || !holds(earlier, 'postgresReady')) return wait(reason, message);
  const waitedMs = nowMs - Date.parse(startedAt);
  // Then the database itself is asked, which may know better.
  if (waitedMs < START_PATIENCE_MS) return wait(reason, message, { recheckMs: START_PATIENCE_MS - waitedMs });
  if (waitedMs < PATIENCE_MS) return wait(reason, message, { recheckMs: PATIENCE_MS - waitedMs });
  const hint =
    'with a sidecar mesh, whose network comes up only after init containers, set spec.waitForPostgres.enabled to false';
  return wait(reason, `${message}, although PostgreSQL is ready; ${hint}`);
}

function judgeStopping({ statusReplicas }: StatefulSetFact): Finding {
  return statusReplicas === 0
    ? met('Stopped', 'scaled to zero, as asked for')
    : wait('PodsStopping', 'a pod is still stopping');
}

/** When the next pod that is being deleted is overdue. */
function nextOverdue(pods: readonly PodFact[], nowMs: number): Pick<WaitFinding, 'recheckMs'> {
  const due = pods.flatMap((pod) => overdueMs(pod) ?? []).map((atMs) => atMs - nowMs);
  return due.length > 0 ? { recheckMs: Math.min(...due) } : {};
}

/** Nothing hinders it; it takes its time. */
function judgeCalm(facts: Facts, live: StatefulSetFact, pods: readonly PodFact[]): Finding {
  const wanted = wantedReplicas(facts);
  const ready = Math.min(live.readyReplicas, wanted);
  return ready < wanted
    ? wait('PodsStarting', `${ready} of ${wanted} pods are ready`, nextOverdue(pods, facts.nowMs))
    : wait('PodsStarting', 'Kubernetes has not seen the last change of the StatefulSet yet');
}

function judgeStarting(facts: Facts, live: StatefulSetFact, earlier: Findings): Finding {
  if (facts.pods.state === 'unreadable')
    return unreadable('PodsUnreadable', `pods could not be read: ${facts.pods.why}`);
  const pods = valueOf(facts.pods) ?? [];
  const trouble = stuckTerminating(pods, facts.nowMs) ?? podsTrouble(pods) ?? unboundClaim(facts) ?? rejection(facts);
  if (trouble?.reason === 'InitContainerWaiting') return judgeInitContainer(facts, earlier, trouble);
  return trouble ? wait(trouble.reason, trouble.message) : judgeCalm(facts, live, pods);
}

export const podsReady: Requirement = {
  name: 'podsReady',
  condition: 'Available',
  judge: (facts, earlier) => {
    const live = valueOf(facts.statefulSet);
    if (live?.ownership !== 'ours') return pending('NotStarted', 'the StatefulSet does not exist yet');
    const wanted = wantedReplicas(facts);
    if (wanted === 0) return judgeStopping(live);
    const ready = live.readyReplicas >= wanted && isSeen(live);
    return ready
      ? met('MinimumReplicasAvailable', `${live.readyReplicas} of ${wanted} pods are ready`)
      : judgeStarting(facts, live, earlier);
  },
};

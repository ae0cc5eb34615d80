// From facts and judgement to the verdict that a workflow stores and a person reads in the Temporal UI.
import { names } from '../src/api/names.ts';
import type { Memory, Story, Verdict } from '../src/api/verdict.ts';
import { timestamp } from '../src/api/kubernetes.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import type { Judgement } from '../src/requirements/judge.ts';
import type { Deps } from './deps.ts';

/** One line per child, for the workflow's details; what is to be written down on a Secret is no child of its own. */
function childrenOf(facts: Facts): readonly string[] {
  const lines = facts.foundation
    .filter(({ policy }) => policy !== 'noted')
    .map(({ child, live }) => `${child}: ${live.state === 'known' ? 'there' : live.state}`);
  const statefulSet = valueOf(facts.statefulSet);
  const cluster = valueOf(facts.postgresCluster);
  const name = facts.server.metadata.name;
  return [
    ...(cluster
      ? [
          `PerconaPGCluster/${names(name).postgresCluster}: ${cluster.state || 'no state yet'}, ${cluster.ready} of ${cluster.wanted} ready`,
        ]
      : []),
    ...(statefulSet ? [`StatefulSet/${name}: ${statefulSet.readyReplicas} of ${statefulSet.replicas} ready`] : []),
    ...lines,
  ];
}

export function storyOf(facts: Facts, judgement: Judgement): Story {
  const { stage, reason, message, sinceMs, deadlineMs, ready, stalled } = judgement;
  return {
    stage,
    reason,
    message,
    since: timestamp(sinceMs),
    ...(deadlineMs !== undefined && { deadline: timestamp(deadlineMs) }),
    ready,
    stalled,
    children: childrenOf(facts),
  };
}

export function verdictOf(deps: Deps, facts: Facts, judgement: Judgement): Verdict {
  return {
    ...(judgement.next && { next: judgement.next }),
    recheckAfterMs: judgement.recheckAfterMs,
    seen: facts.seen,
    memory: facts.memory,
    story: storyOf(facts, judgement),
    gone: false,
    decorate: deps.decorated(),
  };
}

const AFTER_GONE_MS = 60_000;

/** The DittoServer does not exist: what is left is told once, and what unlocks nothing is removed; then the workflow ends. */
export function goneVerdict(deps: Deps, memory: Memory, collectable = false): Verdict {
  const untold = memory.serverUid !== '';
  const intent = untold ? 'leftovers' : 'keys';
  const summary = untold ? 'tell what the deleted DittoServer leaves' : 'remove keys that unlock nothing any more';
  return {
    ...((untold || collectable) && { next: { name: 'reportLeftovers', intent, summary } }),
    recheckAfterMs: AFTER_GONE_MS,
    seen: {},
    memory: { ...memory, applied: {}, databaseReadySinceMs: 0, lookFailingSinceMs: 0, attempts: [] },
    story: {
      stage: 'Gone',
      reason: 'Deleted',
      message: 'the DittoServer does not exist',
      since: timestamp(deps.now()),
      ready: false,
      stalled: false,
      children: [],
    },
    gone: true,
    decorate: deps.decorated(),
  };
}

// Sees, judges and tells: reads the facts, runs them through the requirements, and publishes if nothing is to be done first.
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInput, Verdict } from '../src/api/verdict.ts';
import { KubeError } from '../src/kube/index.ts';
import { forgetFailures } from '../src/requirements/attempts.ts';
import { timestamp } from '../src/api/kubernetes.ts';
import type { Facts } from '../src/requirements/facts.ts';
import { judge, requirements } from '../src/requirements/index.ts';
import { FIRST_MS, recheckWaiting } from '../src/requirements/recheck.ts';
import type { Call, Deps } from './deps.ts';
import { failureOf, isStale, type StaleFacts } from './failure.ts';
import { uselessKeys } from './keys.ts';
import { leftPod } from './left-pod.ts';
import { observe, type Observation } from './observe/index.ts';
import { reader } from './observe/read.ts';
import { publish } from './publish.ts';
import { goneVerdict, verdictOf } from './story.ts';

/** How often one activity looks again when the DittoServer changed under its hands. */
const FRESH_LOOKS = 3;

/** Refuses tasks of another cluster or installation: they reached this queue by mistake, and their objects are not here. */
export function guard(deps: Deps, { target }: ActivityInput): void {
  const { cluster, installation } = deps.self;
  if (target.cluster === cluster && target.installation === installation) return;
  throw ApplicationFailure.nonRetryable(
    `this worker serves ${cluster}/${installation}, not ${target.cluster}/${target.installation}`,
    'ForeignTarget',
  );
}

/** Judges and, when no step follows, publishes. */
export async function conclude(call: Call, facts: Facts): Promise<Verdict> {
  const judgement = judge(requirements, facts, call.deps.settings);
  const told = judgement.next ? facts : await publish(call, facts, judgement);
  return verdictOf(call.deps, told, judgement);
}

/** The verdict when the API server does not answer: wait, ever longer, and say so. */
function unreachable(deps: Deps, { memory }: ActivityInput, error: KubeError | StaleFacts): Verdict {
  const sinceMs = memory.lookFailingSinceMs > 0 ? memory.lookFailingSinceMs : deps.now();
  return {
    recheckAfterMs: recheckWaiting(FIRST_MS.untold, deps.now() - sinceMs),
    seen: {},
    memory: { ...memory, lookFailingSinceMs: sinceMs },
    story: {
      stage: 'Unreachable',
      ...failureOf(error),
      since: timestamp(sinceMs),
      ready: false,
      stalled: false,
      children: [],
    },
    gone: false,
    decorate: deps.decorated(),
  };
}

/** Runs `attempt`, again when the facts turned out stale; an API server that does not answer becomes a verdict. */
export async function withFreshFacts(
  deps: Deps,
  input: ActivityInput,
  attempt: () => Promise<Verdict>,
): Promise<Verdict> {
  for (let left = FRESH_LOOKS; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (isStale(error) && left > 1) continue;
      if (error instanceof KubeError || isStale(error)) return unreachable(deps, input, error);
      throw error;
    }
  }
}

/** The first step of a DittoServer that is new, chosen without a look at children that are most likely not there. */
function firstStep({ deps }: Call, { facts, assumed }: Observation): Verdict | undefined {
  const judgement = assumed ? judge(requirements, facts, deps.settings) : undefined;
  // Without search attributes: a moment later the step says more, and each change of them is an event.
  return judgement?.next && { ...verdictOf(deps, facts, judgement), decorate: false };
}

/** Whether a DittoServer of which nothing is known, not even that it was, has left what nobody else removes. */
async function isUselessLeft(call: Call): Promise<boolean> {
  const keys = await uselessKeys(reader(call), call.target);
  return keys.length > 0 || (await leftPod(call, { waits: false, wasServed: false })) !== undefined;
}

export async function look(call: Call, input: ActivityInput): Promise<Verdict> {
  return withFreshFacts(call.deps, input, async () => {
    const memory = forgetFailures(input.memory);
    const glance = await observe(call, memory, true);
    const first = glance && firstStep(call, glance);
    if (first) return first;
    const observation = glance?.assumed ? await observe(call, memory) : glance;
    if (observation) return conclude(call, observation.facts);
    return goneVerdict(call.deps, memory, memory.serverUid === '' && (await isUselessLeft(call)));
  });
}

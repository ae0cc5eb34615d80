// The frame of every step: read, check that the step still is the next one, do it, and judge what came of it. So a step is
// safe to repeat at any moment, and one that came too late does nothing.
import type { ActivityInput, Failure, Step, Verdict } from '../src/api/verdict.ts';
import { KubeError } from '../src/kube/index.ts';
import type { RenderableServer } from '../src/manifests/index.ts';
import { remember } from '../src/requirements/attempts.ts';
import type { Facts } from '../src/requirements/facts.ts';
import type { Findings } from '../src/requirements/finding.ts';
import { judge, requirements } from '../src/requirements/index.ts';
import type { Call } from './deps.ts';
import { failureOf, isStale } from './failure.ts';
import { conclude, withFreshFacts } from './look.ts';
import { observe, type Observation } from './observe/index.ts';
import { outcomeOf, type Act } from './outcome.ts';
import { goneVerdict } from './story.ts';

/** What a step works on. */
export interface Work {
  readonly call: Call;
  readonly server: RenderableServer;
  readonly observation: Observation;
  readonly findings: Findings;
}

function attempted({ deps }: Call, facts: Facts, step: Step, failure?: Failure): Facts {
  const attempt = { step: step.name, intent: step.intent, atMs: deps.now(), ...(failure && { failure }) };
  return { ...facts, memory: remember(facts.memory, attempt) };
}

/** Does the step and remembers that it was taken; one that fails is told, unless a fresh look is better. */
async function tryAct(work: Work, step: Step, act: Act): Promise<Facts> {
  const { call } = work;
  const { log } = call.deps;
  const { facts, error } = await outcomeOf(work, act);
  if (error === undefined) {
    log.info({ step: step.name, ...target(call) }, step.summary);
    return attempted(call, facts, step);
  }
  if (isStale(error) || !(error instanceof KubeError)) throw error;
  const failure = failureOf(error);
  log.warn({ step: step.name, reason: failure.reason, ...target(call) }, failure.message);
  return attempted(call, facts, step, failure);
}

const target = ({ target: { namespace, name } }: Call): Record<string, string> => ({ namespace, name });

/** Takes the step if it is still due; returns the verdict on what stands afterwards. */
export async function takeStep(call: Call, input: ActivityInput, act: Act): Promise<Verdict> {
  const { deps } = call;
  return withFreshFacts(deps, input, async () => {
    const observation = await observe(call, input.memory);
    if (!observation) return goneVerdict(deps, input.memory);
    const { facts, server } = observation;
    const { next, findings } = judge(requirements, facts, deps.settings);
    if (!server || next?.name !== input.step?.name || !next) return conclude(call, facts);
    return conclude(call, await tryAct({ call, server, observation, findings }, next, act));
  });
}

// The frame of every step: read, check that the step still is the next one, do it, and judge what came of it. So a step is
// safe to repeat at any moment, and one that came too late does nothing.
import type { ActivityInput, Attempt, Step, Verdict } from '../src/api/verdict.ts';
import type { RenderableServer } from '../src/manifests/index.ts';
import { remember } from '../src/requirements/contest.ts';
import type { Facts } from '../src/requirements/facts.ts';
import type { Findings } from '../src/requirements/finding.ts';
import { judge, requirements } from '../src/requirements/index.ts';
import type { Failure } from '../src/requirements/judge.ts';
import type { Call } from './deps.ts';
import { failureOf, isStale } from './failure.ts';
import { conclude, withFreshFacts } from './look.ts';
import { observe, type Observation } from './observe/index.ts';
import { goneVerdict } from './story.ts';

/** What a step works on. */
export interface Work {
  readonly call: Call;
  readonly server: RenderableServer;
  readonly observation: Observation;
  readonly findings: Findings;
}

/** Does the step and returns the facts as they are then. */
export type Act = (work: Work) => Promise<Facts>;

function attempted(facts: Facts, step: Step, atMs: number, failed: boolean): Facts {
  const attempt: Attempt = { step: step.name, intent: step.intent, atMs, failed };
  return { ...facts, memory: remember(facts.memory, attempt) };
}

async function tryAct(work: Work, step: Step, act: Act): Promise<{ facts: Facts; failure?: Failure }> {
  const { deps } = work.call;
  try {
    return { facts: attempted(await act(work), step, deps.now(), false) };
  } catch (error) {
    if (isStale(error)) throw error;
    const failure = failureOf(step.name, error);
    deps.log.warn({ step: step.name, reason: failure.reason, ...target(work.call) }, failure.message);
    return { facts: attempted(work.observation.facts, step, deps.now(), true), failure };
  }
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
    const { facts: after, failure } = await tryAct({ call, server, observation, findings }, next, act);
    deps.log.info({ step: next.name, ...target(call) }, next.summary);
    return conclude(call, after, failure);
  });
}

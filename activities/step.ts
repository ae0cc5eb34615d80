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

/** What a step works on that needs no specification that makes sense. */
export interface BareWork {
  readonly call: Call;
  readonly observation: Observation;
  readonly findings: Findings;
}

/** What a step works on. */
export interface Work extends BareWork {
  readonly server: RenderableServer;
}

/** A step that is taken whatever the specification says. */
export type BareAct = Act<BareWork>;

function attempted({ deps }: Call, facts: Facts, step: Step, failure?: Failure): Facts {
  const attempt = { step: step.name, intent: step.intent, atMs: deps.now(), ...(failure && { failure }) };
  return { ...facts, memory: remember(facts.memory, attempt) };
}

/** Does the step and remembers that it was taken; one that fails is told, unless a fresh look is better. */
async function tryAct<W extends BareWork>(work: W, step: Step, act: Act<W>): Promise<Facts> {
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

/** Takes the step if it is still due and can be worked on; returns the verdict on what stands afterwards. */
async function take<W extends BareWork>(
  call: Call,
  input: ActivityInput,
  act: Act<W>,
  workOn: (bare: BareWork) => W | undefined,
): Promise<Verdict> {
  const { deps } = call;
  return withFreshFacts(deps, input, async () => {
    const observation = await observe(call, input.memory);
    if (!observation) return goneVerdict(deps, input.memory);
    const { facts } = observation;
    const { next, findings } = judge(requirements, facts, deps.settings);
    const work = workOn({ call, observation, findings });
    if (!work || next?.name !== input.step?.name || !next) return conclude(call, facts);
    return conclude(call, await tryAct(work, next, act));
  });
}

/** A step that works on what the specification asks for. */
export const takeStep = (call: Call, input: ActivityInput, act: Act): Promise<Verdict> =>
  take(call, input, act, (bare) => bare.observation.server && { ...bare, server: bare.observation.server });

/** A step that is taken whatever the specification says. */
export const takeBareStep = (call: Call, input: ActivityInput, act: BareAct): Promise<Verdict> =>
  take(call, input, act, (bare) => bare);

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
import { outcomeOf, type Act, type Outcome } from './outcome.ts';
import { goneVerdict } from './story.ts';

/** What a step works on. */
export interface Work {
  readonly call: Call;
  readonly server: RenderableServer;
  readonly observation: Observation;
  readonly findings: Findings;
}

/** What a step works on that needs nothing rendered: it is taken whatever the specification says. */
export type BareWork = Omit<Work, 'server'>;
export type BareAct = (work: BareWork) => Promise<Outcome>;

function attempted({ deps }: Call, facts: Facts, step: Step, failure?: Failure): Facts {
  const attempt = { step: step.name, intent: step.intent, atMs: deps.now(), ...(failure && { failure }) };
  return { ...facts, memory: remember(facts.memory, attempt) };
}

/** Does the step and remembers that it was taken; one that fails is told, unless a fresh look is better. */
async function tryAct(work: BareWork, step: Step, act: BareAct): Promise<Facts> {
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

/** Takes the step if it is still due, and what it needs can be rendered; returns the verdict on what stands afterwards. */
export const takeStep = (call: Call, input: ActivityInput, act: Act): Promise<Verdict> =>
  take(call, input, (server) => server && ((work) => act({ ...work, server })));

/** The same for a step that needs nothing rendered. */
export const takeBareStep = (call: Call, input: ActivityInput, act: BareAct): Promise<Verdict> =>
  take(call, input, () => act);

type ActFor = (server: RenderableServer | undefined) => BareAct | undefined;

async function take(call: Call, input: ActivityInput, actFor: ActFor): Promise<Verdict> {
  const { deps } = call;
  return withFreshFacts(deps, input, async () => {
    const observation = await observe(call, input.memory);
    if (!observation) return goneVerdict(deps, input.memory);
    const { facts, server } = observation;
    const { next, findings } = judge(requirements, facts, deps.settings);
    const act = actFor(server);
    if (!act || next?.name !== input.step?.name || !next) return conclude(call, facts);
    return conclude(call, await tryAct({ call, observation, findings }, next, act));
  });
}

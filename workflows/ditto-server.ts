// One durable workflow per DittoServer. It carries verdicts out: takes the step that the last look asked for, or waits until a
// nudge or the time given. It knows no requirement, so that the rules can change under workflows that live for years.
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { createAlarm } from './alarm.ts';
import { createInbox } from './inbox.ts';
import { createPasses } from './passes.ts';
import { EMPTY_MEMORY, nudge, reconcileNow, state, type DittoServerInput, type State } from './messages.ts';
import { show } from './show.ts';
import { troubleVerdict, unreachable } from './trouble.ts';
import type {
  ActivityInput,
  DEFAULT_WORKER_TIMEOUT_MS,
  SERVER_API as ServerApi,
  Step,
  StepName,
  Verdict,
} from '../src/api/verdict.ts';

type Activities = Readonly<Record<'look' | StepName, (input: ActivityInput) => Promise<Verdict>>>;

/** A step tells several times within so long that it is alive: one whose process was killed is taken up again. */
const HEARTBEAT_MS: typeof DEFAULT_WORKER_TIMEOUT_MS = 4_000;

/**
 * A little more than an activity gives itself (activities/index.ts). A step that a worker does not know is answered too: an update may be
 * under way.
 */
const steps = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '500ms', maximumInterval: '10s', maximumAttempts: 5 },
});
const looks = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumAttempts: 3 },
});

const SERVER_API: typeof ServerApi = 'server-api';

/** Replaying more than this takes longer than a person wants to wait for a query. */
const LONG_HISTORY_EVENTS = 1_000;

export async function dittoServer(input: DittoServerInput): Promise<State> {
  const { target } = input;
  const inbox = createInbox();
  const alarm = createAlarm();
  const passes = createPasses();
  let memory = input.memory ?? EMPTY_MEMORY;
  let verdict: Verdict | undefined;
  let nextLookMs = 0;
  let brokenSinceMs = 0;

  const now = (): State => ({
    story: verdict?.story ?? unreachable('Queued', 'the first look is about to be taken', Date.now()),
    ...(nextLookMs > 0 && { nextLook: timeOf(nextLookMs) }),
    passes: passes.ended(),
  });
  const answerAfterPass = async (): Promise<State> => {
    await passes.next();
    return now();
  };
  setHandler(nudge, (message) => inbox.put(message), { description: 'Look again: something outside changed' });
  setHandler(state, now, { description: 'What it is doing, since when, and until when' });
  setHandler(reconcileNow, answerAfterPass, { description: 'Look now, and answer at the end of the pass' });

  /** What the prober told is kept until an activity has taken it up, since no look can see it. */
  const remember = (): void => {
    const told = inbox.told(SERVER_API);
    if (told !== undefined) memory = { ...memory, told };
  };
  const run = async (activity: () => Promise<Verdict>): Promise<Verdict> => {
    remember();
    inbox.clear();
    passes.begin();
    nextLookMs = 0;
    try {
      const found = await activity();
      if (!found.next) brokenSinceMs = 0;
      return found;
    } catch (error) {
      if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
      brokenSinceMs ||= memory.lookFailingSinceMs || Date.now();
      return troubleVerdict(memory, brokenSinceMs, verdict?.decorate ?? false);
    }
  };
  const look = (): Promise<Verdict> => run(() => looks.look({ target, memory }));
  const take = (step: Step, heartbeatTimeout: number = HEARTBEAT_MS): Promise<Verdict> =>
    run(() => steps[step.name].executeWithOptions({ summary: step.summary, heartbeatTimeout }, [{ target, memory, step }])); // prettier-ignore

  verdict = await look();
  for (;;) {
    memory = verdict.memory;
    const { next, seen, gone, recheckAfterMs, workerTimeoutMs } = verdict;
    // While nothing is known of the objects, whatever is told of them is news.
    const blind = memory.lookFailingSinceMs > 0;
    const isAwake = (): boolean => passes.areWanted() || inbox.hasNews(blind ? undefined : seen);
    if (!next) passes.end();
    if (!next && !gone) nextLookMs = Date.now() + recheckAfterMs;
    show(verdict, target, nextOf(verdict, nextLookMs));

    // An update that waits for another pass would never be answered by a run that waits for it here.
    if (historyIsLong() && !passes.areWanted()) {
      await condition(allHandlersFinished);
      remember();
      await continueAsNew<typeof dittoServer>({ target, memory });
    }
    if (next) {
      verdict = await take(next, workerTimeoutMs);
    } else {
      if (await hasEnded(gone, isAwake)) return now();
      await alarm.wait(isAwake, recheckAfterMs);
      verdict = await look();
    }
  }
}

/** What comes after this verdict, for people. */
function nextOf({ next, gone }: Verdict, nextLookMs: number): string {
  if (next) return next.summary;
  return gone ? 'this run ends' : `look at ${timeOf(nextLookMs)} or when nudged`;
}

/** The DittoServer is gone, nobody waits for an answer any more, and nothing has been told since the last look. */
async function hasEnded(gone: boolean, isAwake: () => boolean): Promise<boolean> {
  if (!gone) return false;
  await condition(() => isAwake() || allHandlersFinished());
  return !isAwake();
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function historyIsLong(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= LONG_HISTORY_EVENTS;
}

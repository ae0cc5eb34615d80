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
import { EMPTY_MEMORY, nudge, reconcileNow, state, type DittoServerInput, type State } from './messages.ts';
import { show } from './show.ts';
import { troubleVerdict, unreachable } from './trouble.ts';
import type { ActivityInput, StepName, Verdict } from '../src/api/verdict.ts';

type Activities = Readonly<Record<'look' | StepName, (input: ActivityInput) => Promise<Verdict>>>;

/** A little more than an activity gives itself (activities/index.ts). */
const steps = proxyActivities<Activities>({
  startToCloseTimeout: '15s',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '1s', maximumInterval: '10s', maximumAttempts: 4 },
});
const looks = proxyLocalActivities<Activities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '1s', maximumAttempts: 3 },
});

/** Replaying more than this takes longer than a person wants to wait for a query. */
const LONG_HISTORY_EVENTS = 1_000;

export async function dittoServer(input: DittoServerInput): Promise<State> {
  const { target } = input;
  const inbox = createInbox();
  const alarm = createAlarm();
  let memory = input.memory ?? EMPTY_MEMORY;
  let verdict: Verdict | undefined;
  let nextLookMs = 0;
  let brokenSinceMs = 0;
  // Every activity looks; a pass ends when nothing is to be done. An update waits for the end of a pass begun after it.
  let begun = 0;
  let passed = 0;
  let wanted = 0;

  const now = (): State => ({
    story: verdict?.story ?? unreachable('Queued', 'the first look is about to be taken', Date.now()),
    ...(nextLookMs > 0 && { nextLook: timeOf(nextLookMs) }),
    passes: passed,
  });
  setHandler(nudge, (message) => inbox.put(message), { description: 'Look again: something outside changed' });
  setHandler(state, now, { description: 'What it is doing, since when, and until when' });
  setHandler(
    reconcileNow,
    async () => {
      const mine = begun + 1;
      wanted = mine;
      await condition(() => passed >= mine);
      return now();
    },
    { description: 'Look now, and answer at the end of the pass' },
  );

  const run = async (activity: () => Promise<Verdict>): Promise<Verdict> => {
    inbox.clear();
    begun += 1;
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

  verdict = await look();
  for (;;) {
    memory = verdict.memory;
    const { next, seen, gone, recheckAfterMs } = verdict;
    const isAwake = (): boolean => wanted > passed || inbox.hasNews(seen);
    if (!next) passed = begun;
    if (!next && !gone) nextLookMs = Date.now() + recheckAfterMs;
    show(verdict, target, next?.summary ?? (gone ? 'this run ends' : `look at ${timeOf(nextLookMs)} or when nudged`));

    // An update that waits for another pass would never be answered by a run that waits for it here.
    if (historyIsLong() && wanted <= passed) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof dittoServer>({ target, memory });
    }
    if (next) {
      verdict = await run(() =>
        steps[next.name].executeWithOptions({ summary: next.summary }, [{ target, memory, step: next }]),
      );
      continue;
    }
    if (gone) {
      await condition(() => isAwake() || allHandlersFinished());
      if (!isAwake()) return now();
    }
    await alarm.wait(isAwake, recheckAfterMs);
    verdict = await look();
  }
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

function historyIsLong(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= LONG_HISTORY_EVENTS;
}

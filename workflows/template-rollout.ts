// Brings pod templates of older versions up to date, a few DittoServers at a time: each has its turn until it is Ready again, or its time is
// over. It only admits; the DittoServer's own workflow does the rest. Cancelled or terminated, it admits nobody any more.
import {
  continueAsNew,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  Installation,
  Progress,
  RolloutActivities,
  RolloutInput,
  RolloutState,
  ServerName,
  Survey,
} from '../src/api/rollout.ts';
import { createPatches, PATCHES } from './patches.ts';

const goesTheNewWay = createPatches(PATCHES);

/** Tried for as long as it takes: while the API server is away nobody is admitted. */
const activities = proxyActivities<RolloutActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

const POLL_MS = 10_000;
const LONG_HISTORY_EVENTS = 1_000;

export const rolloutState = defineQuery<RolloutState>('state');

export async function templateRollout(input: RolloutInput): Promise<RolloutState> {
  const { cluster, installation, atATime } = input;
  const of = { cluster, installation };
  let progress: Progress = input.progress ?? { turns: [], done: 0, overdue: [] };
  let [revision, left] = ['', 0];
  let unseen: readonly string[] = [];
  const state = (): RolloutState => ({ revision, ...progress, left, unseen });
  setHandler(rolloutState, state, { description: 'Who has a turn, how many are done and how many are left' });

  for (;;) {
    const turns = progress.turns.map(({ server }) => server);
    const { overdue, refused = [] } = progress;
    const found = await activities.surveyTemplates({ ...of, turns, had: [...overdue, ...refused], most: atATime });
    ({ revision, unseen = [] } = found);
    progress = afterSurvey(progress, found, Date.now());
    await withdraw(of, revision, progress.overdue.slice(overdue.length));
    const admitted: ServerName[] = [];
    const notAdmitted: ServerName[] = [];
    for (const server of found.next.slice(0, Math.max(0, atATime - progress.turns.length))) {
      const options = { summary: `admit ${server}` };
      const isAdmitted = await activities.admitTemplate.executeWithOptions(options, [{ ...of, server, revision }]);
      (isAdmitted ? admitted : notAdmitted).push(server);
    }
    const untilMs = Date.now() + input.deadlineMs;
    progress = {
      ...progress,
      turns: [...progress.turns, ...admitted.map((server) => ({ server, untilMs }))],
      refused: [...refused, ...notAdmitted],
    };
    left = found.left - admitted.length;
    setCurrentDetails(detailsOf(state(), input));
    if (progress.turns.length === 0 && found.next.length === 0) return state();
    if (isLong()) await continueAsNew<typeof templateRollout>({ ...input, progress });
    await sleep(POLL_MS, { summary: 'next look' });
  }
}

/** After a long outage they would take the template all at once. */
async function withdraw(of: Installation, revision: string, late: readonly ServerName[]): Promise<void> {
  if (late.length === 0 || !goesTheNewWay('withdraw-at-deadline')) return;
  for (const server of late) {
    const options = { summary: `withdraw the admission of ${server}` };
    await activities.withdrawTemplate.executeWithOptions(options, [{ ...of, server, revision }]);
  }
}

/** Turns that have ended are done; those whose time is over are returned, too. */
function afterSurvey(before: Progress, { ended }: Survey, nowMs: number): Progress {
  const { turns, done, overdue } = before;
  const open = turns.filter(({ server }) => !ended.includes(server));
  const late = open.filter(({ untilMs }) => untilMs <= nowMs);
  return {
    ...before,
    turns: open.filter((turn) => !late.includes(turn)),
    done: done + turns.length - open.length,
    overdue: [...overdue, ...late.map(({ server }) => server)],
  };
}

const listOf = (servers: readonly ServerName[]): string => (servers.length === 0 ? '-' : servers.join(', '));

function detailsOf(
  { revision, turns, done, overdue, refused = [], left, unseen }: RolloutState,
  { atATime }: RolloutInput,
): string {
  const rows = [
    ['Template revision', revision],
    ['At a time', String(atATime)],
    ['Under way', listOf(turns.map(({ server, untilMs }) => `${server} (until ${new Date(untilMs).toISOString()})`))],
    ['Done', String(done)],
    ['Not Ready in time', listOf(overdue)],
    ['Not to be admitted', listOf(refused)],
    ['Left', String(left)],
    ['Not looked at', listOf(unseen)],
  ];
  return `| | |\n|---|---|\n${rows.map(([name = '', value = '']) => `| ${name} | ${value} |`).join('\n')}`;
}

function isLong(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= LONG_HISTORY_EVENTS;
}

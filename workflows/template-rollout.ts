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
  Progress,
  RolloutActivities,
  RolloutInput,
  RolloutState,
  ServerName,
  Survey,
} from '../src/api/rollout.ts';

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
  const state = (): RolloutState => ({ revision, ...progress, left });
  setHandler(rolloutState, state, { description: 'Who has a turn, how many are done and how many are left' });

  for (;;) {
    const turns = progress.turns.map(({ server }) => server);
    const found = await activities.surveyTemplates({ ...of, turns, had: progress.overdue, most: atATime });
    ({ revision } = found);
    progress = afterSurvey(progress, found, Date.now());
    const admitted: ServerName[] = [];
    for (const server of found.next.slice(0, Math.max(0, atATime - progress.turns.length))) {
      const options = { summary: `admit ${server}` };
      if (await activities.admitTemplate.executeWithOptions(options, [{ ...of, server, revision }]))
        admitted.push(server);
    }
    const untilMs = Date.now() + input.deadlineMs;
    progress = { ...progress, turns: [...progress.turns, ...admitted.map((server) => ({ server, untilMs }))] };
    left = found.left - admitted.length;
    setCurrentDetails(detailsOf(state(), input));
    if (progress.turns.length === 0 && found.next.length === 0) return state();
    if (isLong()) await continueAsNew<typeof templateRollout>({ ...input, progress });
    await sleep(POLL_MS, { summary: 'next look' });
  }
}

/** Turns that have ended are done; those whose time is over are returned, too. */
function afterSurvey({ turns, done, overdue }: Progress, { ended }: Survey, nowMs: number): Progress {
  const open = turns.filter(({ server }) => !ended.includes(server));
  const late = open.filter(({ untilMs }) => untilMs <= nowMs);
  return {
    turns: open.filter((turn) => !late.includes(turn)),
    done: done + turns.length - open.length,
    overdue: [...overdue, ...late.map(({ server }) => server)],
  };
}

const listOf = (servers: readonly ServerName[]): string => (servers.length === 0 ? '-' : servers.join(', '));

function detailsOf({ revision, turns, done, overdue, left }: RolloutState, { atATime }: RolloutInput): string {
  const rows = [
    ['Template revision', revision],
    ['At a time', String(atATime)],
    ['Under way', listOf(turns.map(({ server, untilMs }) => `${server} (until ${new Date(untilMs).toISOString()})`))],
    ['Done', String(done)],
    ['Not Ready in time', listOf(overdue)],
    ['Left', String(left)],
  ];
  return `| | |\n|---|---|\n${rows.map(([name = '', value = '']) => `| ${name} | ${value} |`).join('\n')}`;
}

function isLong(): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength >= LONG_HISTORY_EVENTS;
}

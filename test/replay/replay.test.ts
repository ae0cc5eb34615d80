// Histories that were recorded once replay on the workflow as it is now: a change that would break running DittoServers is caught here.
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { changedLoop } from './changed-loop.ts';
import { HISTORIES } from './record.ts';
import { RECORDED } from './recorded.ts';

const names = readdirSync(HISTORIES)
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.replace(/\.json$/, ''))
  .sort();

function* histories() {
  for (const workflowId of names) {
    const history: unknown = JSON.parse(readFileSync(join(HISTORIES, `${workflowId}.json`), 'utf8'));
    yield { workflowId, history };
  }
}

const bundle = (path: string): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath: join(import.meta.dirname, path), logger: new DefaultLogger('WARN') });

/** History → name of the error with which its replay ended, or "replayed". */
async function replay(workflowBundle: WorkflowBundle): Promise<Readonly<Record<string, string>>> {
  const outcomes: Record<string, string> = {};
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories())) {
    outcomes[workflowId] = error === undefined ? 'replayed' : `${error.name}: ${error.message}`;
  }
  return outcomes;
}

describe('recorded histories', () => {
  let outcomes: Readonly<Record<string, string>>;

  beforeAll(async () => {
    // A failing replay is told by the tests.
    const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => undefined),
      shutdownSignals: [],
      telemetryOptions: { logging: { filter } },
    });
    outcomes = await replay(await bundle('../../workflows/index.ts'));
  });

  test('none is missing, and each is listed', () => {
    expect(names).toEqual([...RECORDED].sort());
  });

  test.each(names)('%s replays', (name) => {
    expect(outcomes[name]).toBe('replayed');
  });

  test('a workflow with a step that no history has is caught by every one of them', async () => {
    const broken = await replay(await bundle('broken-workflow.ts'));
    expect(Object.keys(broken)).toEqual(names);
    for (const outcome of Object.values(broken)) expect(outcome).toMatch(/^DeterminismViolationError: /);
  });

  test('a loop that is changed in its middle is caught by those that have come so far', async () => {
    const changed = Object.values(await replay(await changedLoop('unmarked')));
    expect(changed.filter((outcome) => outcome.startsWith('DeterminismViolationError: ')).length).toBeGreaterThan(5);
  });

  test('the same change behind a patch marker replays every one of them', async () => {
    expect(new Set(Object.values(await replay(await changedLoop('marked'))))).toEqual(new Set(['replayed']));
  });
});

// What one visit of the audit does with each state of a run, on a fake clock and a fake engine.
import { pino } from 'pino';
import type { Engine, Workers } from '../../../src/watcher/index.ts';
import type { Run } from '../../../src/watcher/run.ts';
import { createVisits, type Visits } from '../../../src/watcher/visits.ts';

const MINUTE_MS = 60_000;
const START_MS = 1_800_000_000_000;
const target = { cluster: 'c1', installation: 'i1', namespace: 'ns', name: 'files' };
const OWN_QUEUE = 'dittoserver/c1/i1';

let run: Run | undefined;
let workers: Workers;
let stepWorkers: Workers;
let calls: string[];
let visits: Visits;
let counted: string[];

beforeEach(() => {
  jest.useFakeTimers({ now: START_MS });
  workers = { polling: true, backlog: 0 };
  stepWorkers = { polling: true, backlog: 0 };
  calls = [];
  counted = [];
  visits = createVisits({
    engine,
    target: () => target,
    log: pino({ level: 'silent' }),
    counters: { count: (name) => void counted.push(name) },
    stalledAfterMs: MINUTE_MS,
  });
});
afterEach(() => jest.useRealTimers());

const engine: Engine = {
  nudge: () => Promise.resolve(),
  ensure() {
    calls.push('ensure');
    return Promise.resolve();
  },
  inspect: () => Promise.resolve(run),
  terminate(_, runId, why) {
    calls.push(`terminate ${runId}: ${why}`);
    return Promise.resolve();
  },
  workers(_, of) {
    calls.push('workers');
    return Promise.resolve(of === 'activity' ? stepWorkers : workers);
  },
  running: () => Promise.resolve([]),
};

const idle = (more: Partial<Run> = {}): Run => ({
  runId: 'r1',
  state: 'running',
  startedMs: START_MS - 60 * MINUTE_MS,
  taskQueue: OWN_QUEUE,
  pinned: false,
  workflowTask: undefined,
  activity: undefined,
  ...more,
});
const task = (more: Partial<NonNullable<Run['workflowTask']>> = {}) => ({
  attempt: 1,
  scheduledMs: START_MS,
  started: false,
  ...more,
});

/** A round of the audit each minute, or more seldom. */
async function rounds(count: number, everyMs = MINUTE_MS): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await visits.visit('ns/files');
    jest.setSystemTime(Date.now() + everyMs);
  }
}
const replaced = (): readonly string[] => calls.filter((call) => call.startsWith('terminate'));
const message = (): string => {
  const found = visits.found('ns/files');
  return found === undefined || found === 'moves' ? String(found) : `${found.status} ${found.reason}: ${found.message}`;
};

test('a run that has nothing to do, or does it, costs one call and is left alone', async () => {
  run = idle();
  await rounds(3);
  run = idle({ workflowTask: task({ started: true }) });
  await rounds(3);
  run = idle({ activity: task({ started: true, attempt: 3 }) });
  await rounds(3);
  expect(calls).toEqual([]);
  expect(visits.found('ns/files')).toBe('moves');
});

test('a workflow that is not there, or has ended, is started', async () => {
  run = undefined;
  await rounds(1);
  run = idle({ state: 'ended' });
  await rounds(1);
  expect(calls).toEqual(['ensure', 'ensure']);
  expect(counted).toEqual(['runs_started', 'runs_started']);
});

test('tasks that keep failing are told within two minutes and the run replaced, with a reason for people', async () => {
  run = idle({ workflowTask: task({ attempt: 2, started: true }) });
  await rounds(1);
  expect(message()).toBe('undefined');
  // Each try has a time of its own; the first that was seen counts.
  run = idle({ workflowTask: task({ attempt: 7, started: true, scheduledMs: START_MS + 55_000 }) });
  await rounds(1);
  expect(message()).toMatch(
    /^Unknown EngineStalled: the workflow tasks of this DittoServer fail or time out since \S+Z; see workflow dittoserver\/c1\/ns\/files, run r1, in the Temporal UI: its history tells why$/,
  );
  expect(replaced()).toEqual([
    expect.stringMatching(
      /^terminate r1: the workflow tasks of this run fail or time out since \S+Z: a new run takes over/,
    ),
  ]);
  expect(calls.at(-1)).toBe('ensure');
});

test('what is told of a run that goes on failing stays the same from round to round', async () => {
  const messages = new Set<string>();
  for (let attempt = 8; attempt < 17; attempt += 1) {
    run = idle({ startedMs: START_MS, workflowTask: task({ attempt, scheduledMs: Date.now() - 30_000 }) });
    await rounds(1);
    messages.add(message());
  }
  expect([...messages].filter((each) => each !== 'undefined')).toHaveLength(1);
});

test('at most once in ten minutes a run is replaced, whoever holds the Lease', async () => {
  let startedMs = START_MS - 60 * MINUTE_MS;
  let count = 0;
  const broken = (): Run =>
    idle({ runId: `r${count}`, startedMs, workflowTask: task({ attempt: 40, scheduledMs: Date.now() }) });
  const times: number[] = [];
  for (let minute = 0; minute < 60; minute += 1) {
    run = broken();
    await visits.visit('ns/files');
    if (replaced().length > count) {
      count = replaced().length;
      startedMs = Date.now();
      times.push(minute);
    }
    // Another replica takes over now and then, and remembers nothing.
    if (minute % 7 === 0) visits.reset();
    jest.setSystemTime(Date.now() + MINUTE_MS);
  }
  const gaps = times.slice(1).map((minute, i) => minute - (times[i] ?? 0));
  expect(times.length).toBeGreaterThanOrEqual(4);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10);
});

describe('a task that nobody takes', () => {
  const waiting = (more: Partial<Run> = {}): Run =>
    idle({ workflowTask: task({ scheduledMs: START_MS - MINUTE_MS }), ...more });

  test('without a worker that is said, and nothing is replaced', async () => {
    workers = { polling: false, backlog: 1 };
    run = waiting();
    await rounds(20);
    expect(message()).toMatch(
      /^Unknown EngineStalled: no worker polls the task queue "dittoserver\/c1\/i1", so that nothing is done .* start one/,
    );
    expect(replaced()).toEqual([]);
  });

  test('that only waits its turn behind others stays in the line', async () => {
    workers = { polling: true, backlog: 500 };
    run = waiting();
    await rounds(20);
    expect(message()).toContain(
      'no worker has taken the task of this DittoServer from the task queue "dittoserver/c1/i1" since',
    );
    expect(replaced()).toEqual([]);
  });

  test('is left to workers that have just come', async () => {
    workers = { polling: false, backlog: 0 };
    run = waiting();
    await rounds(5);
    workers = { polling: true, backlog: 0 };
    await rounds(1);
    expect(replaced()).toEqual([]);
    await rounds(1);
    expect(replaced()).toHaveLength(1);
  });

  test.each([
    ['on the queue of an installation that is gone', { taskQueue: 'dittoserver/c1/old' }],
    ['for a build of the worker that is gone', { pinned: true }],
  ])('%s: the run is replaced, however long the line is', async (_, more) => {
    workers = { polling: true, backlog: 3 };
    run = waiting(more);
    await rounds(2);
    expect(replaced()).toEqual([expect.stringContaining('terminate r1: no worker has taken the task of this run')]);
  });

  test.each([1, 3, 5, 30])('is replaced in the second round, with a round each %s minutes', async (minutes) => {
    run = waiting();
    await rounds(2, minutes * MINUTE_MS);
    expect(replaced()).toHaveLength(1);
  });

  test('is left to workers that may have just come, when nobody could ask for a while', async () => {
    run = waiting();
    await rounds(1);
    jest.setSystemTime(Date.now() + 30 * MINUTE_MS);
    // As after an hour with another holder of the Lease.
    visits.reset();
    await rounds(1);
    expect(replaced()).toEqual([]);
    await rounds(1);
    expect(replaced()).toHaveLength(1);
  });

  test('that is a step behind others stays in their line, however short that of the workflows is', async () => {
    stepWorkers = { polling: true, backlog: 500 };
    run = idle({ activity: task({ scheduledMs: START_MS - MINUTE_MS }) });
    await rounds(20);
    expect(visits.stalled()).toBe(1);
    expect(replaced()).toEqual([]);
  });

  test('that is a step counts too', async () => {
    run = idle({ activity: task({ scheduledMs: START_MS - MINUTE_MS }) });
    await rounds(2);
    expect(replaced()).toHaveLength(1);
  });
});

test('a workflow that somebody paused in Temporal is told and left alone', async () => {
  run = idle({ state: 'paused' });
  await rounds(15);
  expect(message()).toMatch(
    /^Unknown EngineStalled: the workflow of this DittoServer is paused in Temporal: unpause it there/,
  );
  expect(replaced()).toEqual([]);
});

test('a new run that has not moved yet leaves what was told as it was; one that moves takes it back', async () => {
  run = idle({ workflowTask: task({ attempt: 40, scheduledMs: START_MS - MINUTE_MS }) });
  await rounds(1);
  const before = message();
  run = idle({ runId: 'r2', startedMs: Date.now(), workflowTask: task({ scheduledMs: Date.now() - 1_000 }) });
  await rounds(1);
  expect(message()).toBe(before);
  expect(visits.stalled()).toBe(1);
  run = idle({ runId: 'r2' });
  await rounds(1);
  expect(visits.found('ns/files')).toBe('moves');
  expect(visits.stalled()).toBe(0);
});

test('many stuck runs ask for the workers of the queue once in a few seconds, not once each', async () => {
  run = idle({ startedMs: START_MS, workflowTask: task({ scheduledMs: START_MS - MINUTE_MS }) });
  for (let i = 0; i < 100; i += 1) {
    await visits.visit(`ns/s${i}`);
    jest.setSystemTime(Date.now() + 50);
  }
  expect(calls.filter((call) => call === 'workers')).toHaveLength(1);
});

test.each([
  ['a run that was told and has a new task now', 'r1', { workflowTask: task({ scheduledMs: START_MS - MINUTE_MS }) }],
  ['the run after one that was paused', 'r2', { state: 'paused' }],
] as const)('%s moves until that is shown to be wrong', async (_, runId, before) => {
  run = idle({ startedMs: START_MS - 2 * MINUTE_MS, ...before });
  await rounds(1);
  expect(visits.stalled()).toBe(1);
  run = idle({ runId, startedMs: START_MS, activity: task({ scheduledMs: Date.now() - 1_000 }) });
  await rounds(1);
  expect(visits.found('ns/files')).toBe('moves');
  expect(visits.stalled()).toBe(0);
});

describe('a DittoServer that is deleted during a visit', () => {
  const held = (answer: () => Run | undefined) => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const gated = createVisits({
      engine: { ...engine, inspect: () => gate.then(answer) },
      target: () => target,
      log: pino({ level: 'silent' }),
      stalledAfterMs: MINUTE_MS,
    });
    return { gated, release };
  };

  test.each([
    ['stuck', () => idle({ workflowTask: task({ attempt: 40, scheduledMs: START_MS - MINUTE_MS }) })],
    ['gone', () => undefined],
    ['well', () => idle()],
  ])('is not remembered, and nothing is done for it: its run is %s', async (_, answer) => {
    const { gated, release } = held(answer);
    const visit = gated.visit('ns/files');
    gated.forget('ns/files');
    release();
    await visit;
    expect(calls).toEqual([]);
    expect(gated.found('ns/files')).toBeUndefined();
    expect(gated.stalled()).toBe(0);
  });

  test.each(['forget', 'reset'] as const)('while the workers are asked for, too (%s)', async (how) => {
    run = idle({ workflowTask: task({ attempt: 40, scheduledMs: START_MS - MINUTE_MS }) });
    const leaving = createVisits({
      engine: {
        ...engine,
        workers() {
          leaving[how]('ns/files');
          return Promise.resolve(workers);
        },
      },
      target: () => target,
      log: pino({ level: 'silent' }),
      stalledAfterMs: MINUTE_MS,
    });
    await leaving.visit('ns/files');
    expect(calls).toEqual([]);
    expect(leaving.stalled()).toBe(0);
  });
});

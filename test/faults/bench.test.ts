// The benchmark itself still runs, in its smallest size: `make bench` is no part of the tests, and must not rot.
import { marks } from '../bench/marks.ts';
import { FULL } from '../bench/options.ts';
import { report } from '../bench/report.ts';
import type { Results } from '../bench/results.ts';
import { runBench } from '../bench/run.ts';
import { tell } from '../kit/tell.ts';

const N = 3;
const BESIDE = 2;
const said: string[] = [];
let results: Results;

beforeAll(async () => {
  const options = {
    ...FULL,
    scenarios: ['P1', 'P2b', 'P4b', 'P5', 'B-S9', 'B-S13'],
    samples: 1,
    databaseSizes: [N],
    restServers: N,
    restSeconds: 2,
    refusedSeconds: 2,
    besideServers: BESIDE,
    settledSizes: [N],
    nudges: N,
    quietMs: 1_000,
    settledMs: 1_000,
    floor: { writes: 20, seconds: 1 },
  } as const;
  results = await runBench({ options, folder: '', say: (line) => void said.push(line) });
  const [fan] = results.databases;
  tell(`bench in small: ${said.join(', ')}; ${fan?.requests.writes} writes with Percona`);
});

test('a run in small measures what it is asked to, and nothing else', () => {
  expect(results.floors).toHaveLength(2);
  expect(results.p1).toMatchObject({ samples: 1, missed: 0 });
  expect(results.databases).toMatchObject([{ servers: N, readyToStatefulSet: { samples: N } }]);
  expect(results.rest).toMatchObject({ servers: N });
  expect(results.memory.map(({ servers }) => servers)).toEqual([0, N]);
  expect(results.fans).toEqual([]);
  expect(results.p2).toBeUndefined();
});

test('CPU time, memory, requests and histories are seen, each of its own part', () => {
  const [fan] = results.databases;
  for (const group of ['provisioner', 'temporal', 'controlPlane'] as const) {
    expect(fan?.usage.cpuMs[group]).toBeGreaterThan(0);
    expect(fan?.usage.peakRssMib[group]).toBeGreaterThan(20);
  }
  expect(fan?.requests.byKind).toMatchObject({ 'create perconapgclusters': 1, 'create secrets': 2 });
  expect(fan?.requests.reads).toBeGreaterThan(0);
  expect(fan?.history.events).toBeGreaterThan(10);
  expect(results.nudge?.events).toBeGreaterThan(0);
  expect(results.resync).toMatchObject({ looks: N, writes: 0 });
});

test('servers that are asked, one that refuses and one that hangs are seen by their calls', () => {
  // At rest they may have been asked, or not: two seconds are less than the interval.
  expect(results.rest).toMatchObject({ writes: 0, events: 0 });
  expect(results.refused).toMatchObject({ servers: 1, writes: 0, calls: 0 });
  expect(results.hanging).toMatchObject({
    servers: BESIDE,
    alone: { edit: { samples: BESIDE, missed: 0 }, apply: { samples: BESIDE, missed: 0 } },
    beside: { edit: { samples: BESIDE, missed: 0 }, apply: { samples: BESIDE, missed: 0 } },
  });
  expect(results.hanging?.hungShare).toBeGreaterThan(0.5);
});

test('tables and marks come out of it', () => {
  const text = report(results);
  for (const title of [
    'Speed',
    'Cost of one DittoServer',
    'At rest',
    'Beside a server whose API hangs',
    'Memory, MiB',
    'Marks',
  ]) {
    expect(text).toContain(`### ${title}`);
  }
  expect(text).not.toMatch(/NaN|undefined/);
  expect(marks(results).map(({ what }) => what)).toContain('P1: database ready → StatefulSet, p50');
});

// From results to tables and marks, with made-up results.
import { marks, meanFloor } from '../../bench/marks.ts';
import { placeOf, withFigures } from '../../bench/page.ts';
import { report, table } from '../../bench/report.ts';
import type { FanIn, Floor, Latency, Looks, Results, Serving } from '../../bench/results.ts';
import type { Usage } from '../../bench/usage.ts';

const floor = (oneWriteMs: number, writesPerSecond: number): Floor => ({
  oneWrite: { samples: 300, p50Ms: oneWriteMs, p95Ms: oneWriteMs, maxMs: oneWriteMs },
  writesPerSecond,
  controlPlaneMsPerWrite: 1.2,
});
const usage: Usage = {
  seconds: 10,
  cpuMs: { provisioner: 4_000, temporal: 3_000, controlPlane: 2_000 },
  peakRssMib: { provisioner: 300, temporal: 200, controlPlane: 500 },
  otherCpuMs: 500,
};
const fan = (servers: number, seconds: number, more: Partial<FanIn> = {}): FanIn => ({
  servers,
  seconds,
  quietAfterSeconds: seconds + 1,
  requests: { writes: 8, reads: 3, byKind: {}, refused: {} },
  history: { events: 13, bytes: 3_300 },
  usage,
  afterwards: usage,
  ...more,
});
const looks: Looks = {
  servers: 200,
  looks: 200,
  seconds: 20,
  events: 5,
  bytes: 1_700,
  writes: 0,
  reads: 8,
  usage,
  rssAfterMib: usage.peakRssMib,
};
const latency = (p50Ms: number, missed = 0) => ({ samples: 20, p50Ms, p95Ms: p50Ms * 2, maxMs: p50Ms * 3, missed });
const servingIn = (wholeMs: number, ownMs: number): Serving => {
  const [whole, own, part] = [latency(wholeMs), latency(ownMs), latency(100)];
  return { samples: 20, login: whole, ready: whole, whole, toCluster: part, database: part, toStatefulSet: part, pod: part, toReady: part, own }; // prettier-ignore
};
const nothing: Results = {
  date: '2026-01-02',
  revision: 'abc1234',
  machine: { cpu: 'Some CPU', cores: 2, memoryGib: 24, kernel: 'Linux 6.18', versions: { etcd: '3.6.8' } },
  // Half as fast as the Go operator's machine.
  floors: [floor(3, 400), floor(5, 515.5)],
  fans: [],
  databases: [],
  memory: [],
};
const verdictOf = (results: Partial<Results>, what: string): string | undefined =>
  marks({ ...nothing, ...results }).find((mark) => mark.what.startsWith(what))?.verdict;

test('the floor is the mean of what was measured before and after', () => {
  expect(meanFloor(nothing)).toEqual({ oneWriteMs: 4, writesPerSecond: 457.75 });
  expect(() => meanFloor({ floors: [] })).toThrow('No floor');
});

describe('marks', () => {
  test('what was not measured has no mark', () => {
    expect(marks(nothing)).toEqual([]);
  });

  test.each([
    ['P1', { p1: latency(90) }, { p1: latency(91) }],
    ['P1b', { p1b: latency(90) }, { p1b: latency(90, 1) }],
    ['P2', { p2: latency(110) }, { p2: latency(111) }],
    ['P2fan 500', { fans: [fan(500, 500 / 14)] }, { fans: [fan(500, 500 / 13.8)] }],
    ['P3', { p3: latency(10) }, { p3: latency(10, 1) }],
  ])('%s may be half as fast where the floor is', (what, passes, misses) => {
    expect(verdictOf(passes, what)).toBe('pass');
    expect(verdictOf(misses, what)).toBe('**miss**');
  });

  test('P2fan is held against the pace at 500 only', () => {
    expect(verdictOf({ fans: [fan(50, 100)] }, 'P2fan')).toBeUndefined();
  });

  test('P2b 200 is held against the median wait and the longest one', () => {
    const waiting = (p50Ms: number, maxMs: number) => ({
      databases: [fan(200, 20, { readyToStatefulSet: { samples: 200, p50Ms, p95Ms: maxMs, maxMs } })],
    });
    const told = ({ databases }: Pick<Results, 'databases'>) =>
      marks({ ...nothing, databases })
        .filter(({ what }) => what.startsWith('P2b'))
        .map(({ verdict }) => verdict);
    expect(told(waiting(1_000, 2_400))).toEqual(['pass', 'pass']);
    expect(told(waiting(1_001, 2_401))).toEqual(['**miss**', '**miss**']);
  });

  test('writes are counted, whatever the floor', () => {
    const requests = (writes: number) => ({ requests: { writes, reads: 0, byKind: {}, refused: {} } });
    const what = 'API writes per DittoServer until';
    expect(verdictOf({ fans: [fan(50, 1, requests(7)), fan(500, 1, requests(8.04))] }, what)).toBe('pass');
    expect(verdictOf({ fans: [fan(50, 1, requests(8.2)), fan(500, 1, requests(8))] }, what)).toBe('**miss**');
    expect(verdictOf({ databases: [fan(50, 1, requests(11.1))] }, 'API writes per DittoServer with Percona')).toBe(
      '**miss**',
    );
  });

  test('a nudge is held against its events and the CPU time of all parts', () => {
    expect(verdictOf({ nudge: looks }, 'a nudge of a settled one: events')).toBe('pass');
    expect(verdictOf({ nudge: looks }, 'a nudge of a settled one: CPU-ms')).toBe('**miss**'); // 45
    expect(verdictOf({ nudge: { ...looks, looks: 300 } }, 'a nudge of a settled one: CPU-ms')).toBe('pass'); // 30
  });

  test('one write at rest is one too many', () => {
    const rest = { servers: 50, seconds: 600, writes: 0, reads: 0, events: 0, calls: 0, tokens: 0, usage };
    expect(verdictOf({ rest }, 'P4b: API writes')).toBe('pass');
    expect(verdictOf({ rest: { ...rest, writes: 1 } }, 'P4b: API writes')).toBe('**miss**');
    expect(verdictOf({ rest: { ...rest, events: 1 } }, 'P4b: workflow events')).toBe('**miss**');
    expect(verdictOf({ refused: rest }, 'B-S9')).toBe('pass');
    expect(verdictOf({ refused: { ...rest, writes: 1 } }, 'B-S9')).toBe('**miss**');
  });

  test('an API that hangs may slow nobody else, neither most nor a few', () => {
    const hanging = (beside: Latency) => ({
      hanging: { servers: 20, hungShare: 1, alone: { edit: latency(40), apply: latency(40) }, beside: { edit: latency(40), apply: beside } }, // prettier-ignore
    });
    const told = (beside: Latency) =>
      marks({ ...nothing, ...hanging(beside) })
        .filter(({ what }) => what.startsWith('B-S13: apply'))
        .map(({ verdict }) => verdict);
    expect(told(latency(50))).toEqual(['pass', 'pass']);
    expect(told(latency(51))).toEqual(['**miss**', 'pass']);
    expect(told({ ...latency(40), p95Ms: 161 })).toEqual(['pass', '**miss**']);
    expect(told(latency(40, 1))).toEqual(['**miss**', '**miss**']);
  });

  test('a server serves within six seconds, of which half a second is ours', () => {
    const told = (wholeMs: number, ownMs: number) =>
      marks({ ...nothing, serving: servingIn(wholeMs, ownMs) }).map(({ verdict }) => verdict);
    expect(told(6_000, 500)).toEqual(['pass', 'pass']);
    expect(told(6_001, 501)).toEqual(['**miss**', '**miss**']);
  });
});

describe('the tables', () => {
  const text = report({
    ...nothing,
    p1: latency(60),
    fans: [fan(500, 20)],
    nudge: looks,
    memory: [{ servers: 1_000, rssMib: usage.peakRssMib }],
  });

  test('say a time as so many writes, and a pace as a share of what four clients write, ours and theirs', () => {
    expect(text).toContain('p50 60 ms, p95 120 ms, max 180 ms (20 samples, 0 missed) | 15 writes |');
    expect(text).toContain('| 20 s (25/s); last write after 21 s | 5.5 % | 19.2 / 16.9 s (26–30/s); 90 MiB | 3.0 % |');
  });

  test('tell the CPU time of each part for one DittoServer, and that of others on the machine', () => {
    expect(text).toContain(
      '| P2fan 500 | 8 / 6 / 4 = 18 | 18 | 8.0 / 3.0 | 13 events, 3.3 kB | 300 / 200 / 500 | 0.05 cores |',
    );
    expect(text).toContain('CPU-ms each 20 / 15 / 10 = 45; 5 events, 1.7 kB, 8 reads, 0 writes each');
    expect(text).toContain('| 1,000 | 300 | 200 | 500 | 119 |');
  });

  test('tell the way to a server that serves, part by part', () => {
    const lines = report({ ...nothing, serving: servingIn(5_000, 300) }).split('\n');
    expect(lines).toContain('| → StatefulSet created | ours | p50 100 ms, p95 200 ms, max 300 ms |  |');
    expect(lines.find((line) => line.startsWith('| apply → Ready'))).toContain('p50 5 s, p95 10 s');
  });

  test('name the machine, and leave out what was not measured', () => {
    expect(text).toContain('Some CPU, 2 cores, 24 GiB, Linux 6.18');
    expect(text).not.toContain('P1b');
    expect(report(nothing)).not.toContain('###');
  });

  test('are markdown', () => {
    expect(table(['', 'b'], [['c', 'd']])).toBe('|  | b |\n| --- | --- |\n| c | d |');
  });
});

describe('the page', () => {
  const page =
    'Text.\n\n<!-- figures: written by `make bench`, not by hand -->\n\nold\n\n<!-- end of figures -->\n\nMore text.\n';

  test('gets the figures between its two comments, and keeps its text', () => {
    const written = withFigures(page, 'new');
    expect(written).toBe(page.replace('old', 'new'));
    expect(withFigures(written, 'old')).toBe(page);
  });

  test('has a place of its own for a run that measures servers alone', () => {
    expect([placeOf(['serving', 'P4b', 'B-S13']), placeOf(['serving', 'P1'])]).toEqual(['servers', 'all']);
    const both = `${page}\n<!-- figures of servers: written by \`make bench\`, not by hand -->\n\ntheirs\n\n<!-- end of figures of servers -->\n`;
    expect(withFigures(both, 'new', 'servers')).toBe(both.replace('theirs', 'new'));
    expect(withFigures(both, 'new', 'all')).toBe(both.replace('old', 'new'));
  });

  test.each([page.replace('<!-- figures', '<!--'), page.replace('end of figures', '')])(
    'without them is left alone',
    (broken) => {
      expect(() => withFigures(broken, 'new')).toThrow('lacks the comment');
    },
  );
});

// The results as markdown: what is printed, and what stands in docs/performance.md.
import { allCpuMs, inWrites, kb, others, perServer, type Row, sampledSpread, spread, three } from './cells.ts';
import { GO_OPERATOR } from './go-operator.ts';
import { marks, meanFloor, type MeanFloor, pace } from './marks.ts';
import { HANGING_HEAD, hangingRows, REST_HEAD, restRows, SERVING_HEAD, servingRows } from './report-rest.ts';
import type { FanIn, Latency, Memory, Results } from './results.ts';
import { rounded } from './statistics.ts';

/** A table; cells must not hold `|`. */
export function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Everything that was measured, in the order in which one reads it. */
export function report(results: Results): string {
  const floor = meanFloor(results);
  const verdicts = marks(results).map(({ what, limit, here, ours, verdict }) => [what, limit, here, ours, verdict]);
  return [
    ...preamble(results),
    section('Speed', ['', '', 'here', '× floor', 'Go operator', '× its floor'], speedRows(results, floor)),
    section('Cost of one DittoServer', COST_HEAD, costRows(results)),
    section('From apply to serving', SERVING_HEAD, servingRows(results)),
    section('At rest', REST_HEAD, restRows(results)),
    section('Beside a server whose API hangs', HANGING_HEAD, hangingRows(results)),
    section(
      'Memory, MiB',
      ['settled DittoServers', 'provisioner', 'Temporal', 'control plane', 'Go operator'],
      memoryRows(results.memory),
    ),
    section('Marks', ['', 'mark', 'at the floor of this run', 'here', ''], verdicts),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function section(title: string, head: Row, rows: readonly Row[]): string {
  return rows.length === 0 ? '' : `### ${title}\n\n${table(head, rows)}`;
}

function preamble({ date, revision, machine, floors }: Results): readonly string[] {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const told = floors.map(
    ({ oneWrite, writesPerSecond, controlPlaneMsPerWrite }) =>
      `${rounded(oneWrite.p50Ms)} ms (p95 ${rounded(oneWrite.p95Ms)}), ${rounded(writesPerSecond)} writes/s at ${rounded(controlPlaneMsPerWrite)} CPU-ms each`,
  );
  return [
    [
      `- ${date}, revision ${revision}`,
      `- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB, ${machine.kernel}`,
      `- Versions: ${versions.join(', ')}`,
      `- Floor (one write by one client; four clients), before and after: ${told.join('; ')}`,
      `- The Go operator's machine: ${GO_OPERATOR.machine}; its floor: ${GO_OPERATOR.floor.text}`,
    ].join('\n'),
  ];
}

/** A pace as a share of what four clients write. */
const ofFloor = (perSecond: number, writesPerSecond: number): string =>
  `${((100 * perSecond) / writesPerSecond).toFixed(1)} %`;

function speedRows(results: Results, floor: MeanFloor): readonly Row[] {
  const go = GO_OPERATOR;
  return [
    ...latencyRow(['P1', 'database ready → StatefulSet'], results.p1, floor, go.p1),
    ...latencyRow(['P1b', 'the same, Percona installed after the provisioner started'], results.p1b, floor, go.p1b),
    ...latencyRow(['P2', 'apply → StatefulSet, one at a time'], results.p2, floor, go.p2),
    ...results.fans.map((fan) => fanRow(fan, floor)),
    ...results.databases.map((fan) => databaseRow(fan, floor)),
    ...latencyRow(['P3', 'new database password → StatefulSet'], results.p3, floor, { text: go.p3 }),
  ];
}

interface GoLatency {
  /** Where it can be compared. */
  readonly p50Ms?: number;
  readonly text: string;
}

function latencyRow([id, what]: Row, latency: Latency | undefined, floor: MeanFloor, go: GoLatency): readonly Row[] {
  if (!latency) return [];
  const theirs = go.p50Ms === undefined ? '' : inWrites(go.p50Ms, GO_OPERATOR.floor.oneWriteMs);
  return [[id ?? '', what ?? '', sampledSpread(latency), inWrites(latency.p50Ms, floor.oneWriteMs), go.text, theirs]];
}

function fanRow(fan: FanIn, { writesPerSecond }: MeanFloor): Row {
  const go = GO_OPERATOR.fans.find(({ servers }) => servers === fan.servers);
  return [
    `P2fan ${fan.servers}`,
    'at once → the last StatefulSet',
    `${rounded(fan.seconds)} s (${rounded(pace(fan))}/s); last write after ${rounded(fan.quietAfterSeconds)} s`,
    ofFloor(pace(fan), writesPerSecond),
    go?.text ?? '',
    go ? ofFloor(go.perSecond, GO_OPERATOR.floor.writesPerSecond) : '',
  ];
}

function databaseRow(fan: FanIn, { writesPerSecond }: MeanFloor): Row {
  const go = GO_OPERATOR.databases.find(({ servers }) => servers === fan.servers);
  const waits = fan.readyToStatefulSet;
  return [
    `P2b ${fan.servers}`,
    'the same with Percona, ready after 1 s',
    `${rounded(fan.seconds)} s (${rounded(pace(fan))}/s)${waits ? `; ready → StatefulSet ${spread(waits)}` : ''}`,
    ofFloor(pace(fan), writesPerSecond),
    go?.text ?? '',
    go ? ofFloor(go.perSecond, GO_OPERATOR.floor.writesPerSecond) : '',
  ];
}

const COST_HEAD = [
  '',
  'CPU-ms: provisioner / Temporal / control plane = all',
  'in the silence after',
  'API writes / reads',
  'history',
  'peak RSS, MiB',
  'other load',
];

function costRows({ fans, databases }: Results): readonly Row[] {
  const ours =
    (id: string) =>
    (fan: FanIn): Row => [
      `${id} ${fan.servers}`,
      perServer(fan.usage, fan.servers),
      rounded(allCpuMs(fan.afterwards) / fan.servers),
      `${fan.requests.writes.toFixed(1)} / ${fan.requests.reads.toFixed(1)}`,
      `${rounded(fan.history.events)} events, ${kb(fan.history.bytes)}`,
      three(fan.usage.peakRssMib),
      others(fan.usage),
    ];
  const go = GO_OPERATOR.fans
    .filter(({ servers }) => fans.some((fan) => fan.servers === servers))
    .map(({ servers, cpuMs: { operator, controlPlane } }) => [
      `Go operator, P2fan ${servers}`,
      `${operator} / – / ${controlPlane} = ${operator + controlPlane}`,
      '',
      '',
      '',
      '',
      '',
    ]);
  const writes = fans.length > 0 ? [['Go operator', '', '', `${GO_OPERATOR.writes} / 2.3`, '', '', '']] : [];
  return [...fans.map(ours('P2fan')), ...databases.map(ours('P2b')), ...go, ...writes];
}

const GO_MEMORY: Readonly<Record<number, string>> = { 0: '51', 100: '64', 500: '90', 1_000: '119' };

function memoryRows(memory: readonly Memory[]): readonly Row[] {
  return memory.map(({ servers, rssMib }) => [
    servers === 0 ? 'none' : rounded(servers),
    rounded(rssMib.provisioner),
    rounded(rssMib.temporal),
    rounded(rssMib.controlPlane),
    GO_MEMORY[servers] ?? '',
  ]);
}

// The marks that the figures are held against. A time is allowed as many writes as it was at the Go operator's floor, so that a slow
// machine, or a fast one, changes nothing: one thing at a time is measured in single writes, a crowd in writes per second.
import { GO_OPERATOR } from './go-operator.ts';
import { allCpuMs } from './cells.ts';
import { counted, type Mark, verdict } from './mark.ts';
import type { FanIn, Latency, Looks, Results } from './results.ts';
import { serverMarks } from './server-marks.ts';
import { duration, mean, rounded } from './statistics.ts';

/** The floor of a run: before and after the scenarios, on average. */
export interface MeanFloor {
  readonly oneWriteMs: number;
  readonly writesPerSecond: number;
}

/** Throws when no floor was measured. */
export function meanFloor({ floors }: Pick<Results, 'floors'>): MeanFloor {
  if (floors.length === 0) throw new Error('No floor was measured.');
  return {
    oneWriteMs: mean(floors.map(({ oneWrite }) => oneWrite.p50Ms)),
    writesPerSecond: mean(floors.map(({ writesPerSecond }) => writesPerSecond)),
  };
}

/** DittoServers per second, from the first request to the last StatefulSet. */
export const pace = ({ servers, seconds }: FanIn): number => servers / seconds;

/** Every mark of which this run measured something, in the order of the scenarios. */
export function marks(results: Results): readonly Mark[] {
  const floor = meanFloor(results);
  return [
    ...alone('P1: database ready → StatefulSet, p50', 45, results.p1, floor),
    ...alone('P1b: the same, Percona installed late, p50', 45, results.p1b, floor),
    ...alone('P2: apply → StatefulSet, p50', 55, results.p2, floor),
    ...results.fans.filter(({ servers }) => servers === 500).map((fan) => fanMark(fan, floor)),
    ...writes('API writes per DittoServer', 8, results.fans),
    ...results.databases.filter(({ servers }) => servers === 200).flatMap((fan) => databaseMarks(fan, floor)),
    ...writes('API writes per DittoServer with Percona', 11, results.databases),
    ...missed(results.p3),
    ...nudged(results.nudge),
    ...serverMarks(results),
  ];
}

function alone(what: string, limitMs: number, latency: Latency | undefined, floor: MeanFloor): readonly Mark[] {
  if (!latency) return [];
  const hereMs = limitMs * (floor.oneWriteMs / GO_OPERATOR.floor.oneWriteMs);
  const lost = latency.missed === 0 ? '' : `, ${latency.missed} missed`;
  return [
    {
      what,
      limit: `≤ ${duration(limitMs)}`,
      here: `≤ ${duration(hereMs)}`,
      ours: `${duration(latency.p50Ms)}${lost}`,
      verdict: verdict(latency.p50Ms <= hereMs && latency.missed === 0),
    },
  ];
}

function fanMark(fan: FanIn, floor: MeanFloor): Mark {
  const go = GO_OPERATOR.fans.find(({ servers }) => servers === fan.servers)?.perSecond ?? 0;
  const here = go * (floor.writesPerSecond / GO_OPERATOR.floor.writesPerSecond);
  return {
    what: `P2fan ${fan.servers}: the Go operator's pace`,
    limit: `≥ ${rounded(go)}/s`,
    here: `≥ ${rounded(here)}/s`,
    ours: `${rounded(pace(fan))}/s`,
    verdict: verdict(pace(fan) >= here),
  };
}

function databaseMarks({ servers, readyToStatefulSet: waits }: FanIn, floor: MeanFloor): readonly Mark[] {
  if (!waits) return [];
  const scale = GO_OPERATOR.floor.writesPerSecond / floor.writesPerSecond;
  const mark = (which: string, limitMs: number, oursMs: number): Mark => ({
    what: `P2b ${servers}: database ready → StatefulSet, ${which}`,
    limit: `≤ ${duration(limitMs)}`,
    here: `≤ ${duration(limitMs * scale)}`,
    ours: duration(oursMs),
    verdict: verdict(oursMs <= limitMs * scale),
  });
  return [mark('p50', 500, waits.p50Ms), mark('max', 1_200, waits.maxMs)];
}

function writes(what: string, limit: number, fans: readonly FanIn[]): readonly Mark[] {
  const most = Math.max(...fans.map(({ requests }) => requests.writes));
  return fans.length === 0 ? [] : [counted(`${what} until quiet`, limit, most)];
}

function missed(p3: Latency | undefined): readonly Mark[] {
  return p3 ? [counted(`P3: rotations missed, of ${p3.samples + p3.missed}`, 0, p3.missed)] : [];
}

function nudged(nudge: Looks | undefined): readonly Mark[] {
  if (!nudge) return [];
  return [
    counted('a nudge of a settled one: events', 5, nudge.events),
    counted('a nudge of a settled one: CPU-ms, all parts', 40, allCpuMs(nudge.usage) / nudge.looks),
  ];
}

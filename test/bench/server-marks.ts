// Marks of DittoServers whose servers answer, and of those whose servers do not. Counts and comparisons within one run; the way from
// apply to a server that serves is mostly that of real processes, which the floor says nothing about.
import { counted, type Mark, verdict } from './mark.ts';
import type { Hanging, Latency, Rest, Results, Serving } from './results.ts';
import { duration } from './statistics.ts';

/** Nothing differs where it is not slower than so many times: what two runs of the same differ by. */
const SAME = { p50: 1.25, p95: 2 } as const;
const SERVING_MS = 6_000;
const OWN_SHARE_MS = 500;

/** Every mark of which this run measured something. */
export function serverMarks({ rest, refused, hanging, serving }: Results): readonly Mark[] {
  return [...atRest(rest), ...unreachable(refused), ...beside(hanging), ...untilServing(serving)];
}

const what = ({ servers, seconds }: Rest): string => `${servers} at rest, ${Math.round(seconds)} s`;

function atRest(rest: Rest | undefined): readonly Mark[] {
  if (!rest) return [];
  return [
    counted(`P4b: API writes (${what(rest)})`, 0, rest.writes),
    counted(`P4b: workflow events (${what(rest)})`, 0, rest.events),
  ];
}

function unreachable(refused: Rest | undefined): readonly Mark[] {
  return refused
    ? [counted('B-S9: API writes per minute, one unreachable API', 0, (refused.writes * 60) / refused.seconds)]
    : [];
}

function beside(hanging: Hanging | undefined): readonly Mark[] {
  if (!hanging) return [];
  return [
    ...same('B-S13: edit → ConfigMap', hanging.alone.edit, hanging.beside.edit),
    ...same('B-S13: apply → Ready', hanging.alone.apply, hanging.beside.apply),
  ];
}

function same(name: string, alone: Latency, with_: Latency): readonly Mark[] {
  const mark = (which: string, times: number, aloneMs: number, oursMs: number): Mark => ({
    what: `${name} beside an API that hangs, ${which}`,
    limit: `≤ ${times} × alone`,
    here: `≤ ${duration(aloneMs * times)}`,
    ours: `${duration(oursMs)}${with_.missed > 0 ? `, ${with_.missed} missed` : ''}`,
    verdict: verdict(oursMs <= aloneMs * times && with_.missed === 0),
  });
  return [mark('p50', SAME.p50, alone.p50Ms, with_.p50Ms), mark('p95', SAME.p95, alone.p95Ms, with_.p95Ms)];
}

function untilServing(serving: Serving | undefined): readonly Mark[] {
  if (!serving) return [];
  const mark = (name: string, limitMs: number, oursMs: number): Mark => ({
    what: name,
    limit: `≤ ${duration(limitMs)}`,
    here: '',
    ours: duration(oursMs),
    verdict: verdict(oursMs <= limitMs),
  });
  return [
    mark('apply → serving: login works and Ready, p50', SERVING_MS, serving.whole.p50Ms),
    mark('apply → serving: our own share, p50', OWN_SHARE_MS, serving.own.p50Ms),
  ];
}

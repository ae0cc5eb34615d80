// The tables about DittoServers that rest, or should: by themselves, looked at, and with a server whose API does not answer.
import { kb, others, perServer, type Row, sampledSpread, spread, three } from './cells.ts';
import { GO_OPERATOR } from './go-operator.ts';
import type { Looks, Rest, Results } from './results.ts';
import { type Distribution, rounded } from './statistics.ts';

export const REST_HEAD = ['', 'here', 'Go operator'];

export function restRows({ rest, refused, nudge, resync }: Results): readonly Row[] {
  return [
    ...restRow('P4, P4b: healthy and authenticated, at rest', rest, [GO_OPERATOR.p4, GO_OPERATOR.p4b]),
    ...restRow('B-S9: its API refuses connections', refused, [GO_OPERATOR.bs9]),
    ...looksRow('a nudge, one at a time', nudge),
    ...looksRow('a resync, all at once', resync),
  ];
}

function restRow(what: string, rest: Rest | undefined, go: readonly string[]): readonly Row[] {
  if (!rest) return [];
  const { servers, seconds, writes, reads, events, calls, tokens, usage } = rest;
  const perMinute = (count: number): string => rounded((count * 60) / seconds);
  const done = `${writes} writes (${perMinute(writes)}/min), ${reads} reads, ${events} workflow events`;
  const asked = calls > 0 ? `; ${perMinute(calls)} server calls/min, ${tokens} new tokens` : '';
  const cpu = `CPU s/min ${three(usage.cpuMs, (1_000 * seconds) / 60)}; other load ${others(usage)}`;
  return [[`${what} (${servers}, ${Math.round(seconds)} s)`, `${done}${asked}; ${cpu}`, go.join('; ')]];
}

function looksRow(what: string, looks: Looks | undefined): readonly Row[] {
  if (!looks) return [];
  const { events, bytes, reads, writes, usage, seconds, rssAfterMib } = looks;
  const cost = `CPU-ms each ${perServer(usage, looks.looks)}; ${rounded(events)} events, ${kb(bytes)}, ${rounded(reads)} reads, ${rounded(writes)} writes each`;
  return [
    [
      `${what} (${looks.looks})`,
      `${cost}; ${rounded(seconds)} s; RSS after it ${three(rssAfterMib)} MiB; other load ${others(usage)}`,
      '',
    ],
  ];
}

export const HANGING_HEAD = ['', 'without it', 'beside it', 'Go operator, without and beside it'];

export function hangingRows({ hanging }: Results): readonly Row[] {
  if (!hanging) return [];
  const { alone, beside, servers, hungShare } = hanging;
  const { bs13 } = GO_OPERATOR;
  return [
    [
      `B-S13: edit → ConfigMap, ${servers} settled, one at a time`,
      sampledSpread(alone.edit),
      sampledSpread(beside.edit),
      `${bs13.alone}; ${bs13.beside}`,
    ],
    [`apply → Ready, ${servers} new, one at a time`, sampledSpread(alone.apply), sampledSpread(beside.apply), ''],
    ['share of that time in which a call hung', '', `${Math.round(100 * hungShare)} %`, 'nearly all'],
  ];
}

export const SERVING_HEAD = ['', 'whose', 'here', 'Go operator'];

export function servingRows({ serving }: Results): readonly Row[] {
  if (!serving) return [];
  const row = (what: string, whose: string, of: Distribution, go = ''): Row => [what, whose, spread(of), go];
  return [
    row(`apply → a login works (${serving.samples}, one at a time)`, '', serving.login),
    row('apply → Ready', '', serving.ready, GO_OPERATOR.bx2),
    row('apply → PerconaPGCluster created', 'ours', serving.toCluster),
    row('→ database ready', 'Percona, PostgreSQL', serving.database),
    row('→ StatefulSet created', 'ours', serving.toStatefulSet),
    row('→ pod ready', 'Kubernetes, DittoFS', serving.pod),
    row('→ DittoServer Ready', 'ours', serving.toReady),
    row('our share in all', 'ours', serving.own),
  ];
}

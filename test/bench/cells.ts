// What stands in the cells of the tables.
import type { Latency } from './results.ts';
import { type Distribution, duration, rounded, sum } from './statistics.ts';
import { GROUPS, type Usage } from './usage.ts';

export type Row = readonly string[];

/** CPU time of provisioner, Temporal and control plane together, milliseconds. */
export function allCpuMs({ cpuMs }: Usage): number {
  return sum(GROUPS.map((group) => cpuMs[group]));
}

export const spread = ({ p50Ms, p95Ms, maxMs }: Distribution): string =>
  `p50 ${duration(p50Ms)}, p95 ${duration(p95Ms)}, max ${duration(maxMs)}`;

/** With how many samples there are, and how many are missing. */
export const sampledSpread = (latency: Latency): string =>
  `${spread(latency)} (${latency.samples} samples, ${latency.missed} missed)`;

/** A time as so many single writes. */
export const inWrites = (ms: number, oneWriteMs: number): string => `${rounded(ms / oneWriteMs)} writes`;

export const three = ({ provisioner, temporal, controlPlane }: Usage['cpuMs'], per = 1): string =>
  [provisioner, temporal, controlPlane].map((value) => rounded(value / per)).join(' / ');

/** CPU that others took meanwhile, in cores. */
export const others = ({ otherCpuMs, seconds }: Usage): string => `${(otherCpuMs / 1_000 / seconds).toFixed(2)} cores`;

export const perServer = (usage: Usage, count: number): string =>
  `${three(usage.cpuMs, count)} = ${rounded(allCpuMs(usage) / count)}`;

export const kb = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

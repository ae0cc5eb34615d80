// What the provisioner's threads spend their time on: from the profiles that Node writes for those that run JavaScript (--cpu-prof),
// and from /proc for all of them, those of the Temporal SDK's native part too.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sum } from './statistics.ts';
import { cpuMsIn } from './usage.ts';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** The parts of a .cpuprofile that matter here. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** CPU time by name, the most first. */
export type Times = readonly (readonly [string, number])[];

/** CPU time that was spent in functions themselves; without waiting. */
export interface SelfTime {
  readonly totalMs: number;
  readonly byPackage: Times;
  readonly byFunction: Times;
}

const TOP = 15;
const WAITING = '(idle)';
const THREADS = 'threads.json';

/** Sums up the time that was spent in each function itself. */
export function selfTime({ nodes, samples, timeDeltas }: CpuProfile): SelfTime {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)));
  /** A native function works for the package that called it. */
  const ownerOf = (node: ProfileNode): string => {
    const { url, functionName } = node.callFrame;
    const parent = parents.get(node.id);
    return packageOf(url) || (parent && !functionName.startsWith('(') ? ownerOf(parent) : functionName);
  };
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const node = byId.get(id);
    if (!node || node.callFrame.functionName === WAITING) continue;
    // A sample's time runs until the next one.
    const ms = (timeDeltas[i + 1] ?? 0) / 1_000;
    add(packages, ownerOf(node), ms);
    add(functions, nameOf(node, ownerOf(node)), ms);
  }
  return { totalMs: sum([...packages.values()]), byPackage: most(packages), byFunction: most(functions) };
}

function add(to: Map<string, number>, key: string, ms: number): void {
  to.set(key, (to.get(key) ?? 0) + ms);
}

function most(of: ReadonlyMap<string, number>): Times {
  return [...of].sort(([, a], [, b]) => b - a);
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: ProfileNode, owner: string): string {
  const at = url === '' ? '' : ` ${basename(url)}:${lineNumber + 1}`;
  return `${functionName || '(anonymous)'} [${owner}]${at}`;
}

/** The npm package, the part of Node or the folder of ours that a file belongs to; empty for the engine itself. */
export function packageOf(url: string): string {
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed) return installed;
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  return /\/dist\/(?:(.+)\/)?([^/]+)$/.exec(url)?.slice(1).find(Boolean) ?? url;
}

/** CPU time of a process by the names of its threads, of those that still run. */
export function threadTimes(pid: number): Times {
  const times = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    add(times, stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')), cpuMsIn(stat));
  }
  return most(times);
}

/** Keeps them beside the profiles. */
export function keepThreadTimes(folder: string, pid: number): void {
  writeFileSync(join(folder, THREADS), JSON.stringify(threadTimes(pid)));
}

/** One text for all that is in a folder, the busiest thread first. */
export function profileReport(folder: string): string {
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const profiles = readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .map((file) => ({ file, ...selfTime(json(file) as CpuProfile) }))
    .sort((a, b) => b.totalMs - a.totalMs);
  const threads = json(THREADS) as Times;
  const totalMs = sum(threads.map(([, ms]) => ms));
  return [
    [`All threads by name, from the start on: ${Math.round(totalMs)} ms`, ...lines(threads, totalMs)],
    ...profiles.map(({ file, totalMs: ofThread, byPackage, byFunction }) => [
      `${file}: ${Math.round(ofThread)} ms of JavaScript`,
      ...lines(byPackage, ofThread),
      '',
      ...lines(byFunction, ofThread),
    ]),
  ]
    .map((part) => part.join('\n'))
    .join('\n\n');
}

function lines(times: Times, totalMs: number): readonly string[] {
  return times
    .slice(0, TOP)
    .map(([name, ms]) => `  ${((100 * ms) / totalMs).toFixed(1).padStart(5)} %  ${Math.round(ms)} ms  ${name}`);
}

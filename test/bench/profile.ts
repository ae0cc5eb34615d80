// What the provisioner's threads spend their time on, from the profiles that Node writes for each of them (--cpu-prof).
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sum } from './statistics.ts';

/** The parts of a .cpuprofile that matter here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds since the sample before. */
  readonly timeDeltas: readonly number[];
}

/** CPU time by name, the most first; without waiting. */
export interface SelfTime {
  readonly totalMs: number;
  readonly byPackage: readonly (readonly [string, number])[];
  readonly byFunction: readonly (readonly [string, number])[];
}

const TOP = 15;
const WAITING = '(idle)';

/** Sums up the time that was spent in each function itself. */
export function selfTime({ nodes, samples, timeDeltas }: CpuProfile): SelfTime {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  const add = (to: Map<string, number>, key: string, ms: number): void => void to.set(key, (to.get(key) ?? 0) + ms);
  for (const [i, id] of samples.entries()) {
    const frame = frames.get(id);
    if (!frame || frame.functionName === WAITING) continue;
    // A sample's time runs until the next one.
    const ms = (timeDeltas[i + 1] ?? 0) / 1_000;
    const from = packageOf(frame.url) || frame.functionName;
    add(packages, from, ms);
    add(functions, `${frame.functionName || '(anonymous)'} ${from} ${basename(frame.url)}:${frame.lineNumber + 1}`, ms);
  }
  const most = (of: Map<string, number>) => [...of].sort(([, a], [, b]) => b - a);
  return { totalMs: sum([...packages.values()]), byPackage: most(packages), byFunction: most(functions) };
}

/** The npm package, the part of Node or the folder of ours that a file belongs to; empty for the engine itself. */
export function packageOf(url: string): string {
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed) return installed;
  if (url.startsWith('node:')) return url.split('/').slice(0, 2).join('/');
  return /\/dist\/(.+)\/[^/]+$/.exec(url)?.[1] ?? url;
}

/** One text for all profiles in a folder, the busiest thread first. Empty without any. */
export function profileReport(folder: string): string {
  const threads = readdirSync(folder)
    .filter((file) => file.endsWith('.cpuprofile'))
    .map((file) => ({ file, ...selfTime(JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile) }));
  return threads
    .sort((a, b) => b.totalMs - a.totalMs)
    .map(({ file, totalMs, byPackage, byFunction }) =>
      [`${file}: ${Math.round(totalMs)} ms`, ...lines(byPackage, totalMs), '', ...lines(byFunction, totalMs), ''].join(
        '\n',
      ),
    )
    .join('\n');
}

function lines(entries: SelfTime['byPackage'], totalMs: number): readonly string[] {
  return entries
    .slice(0, TOP)
    .map(([name, ms]) => `  ${((100 * ms) / totalMs).toFixed(1).padStart(5)} %  ${Math.round(ms)} ms  ${name}`);
}

// CPU time and resident memory of processes, sampled from /proc four times a second, and how much CPU others took meanwhile.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { sum } from './statistics.ts';

/** The groups whose use is told apart. */
export const GROUPS = ['provisioner', 'temporal', 'controlPlane'] as const;
export type Group = (typeof GROUPS)[number];

/** The processes of each group. */
export type Processes = Readonly<Record<Group, readonly number[]>>;

type PerGroup = Readonly<Record<Group, number>>;

/** What was used between two moments. */
export interface Usage {
  readonly seconds: number;
  readonly cpuMs: PerGroup;
  readonly peakRssMib: PerGroup;
  /** CPU time of everything else on the machine but this process, which plays the users. */
  readonly otherCpuMs: number;
}

interface Sample {
  readonly atMs: number;
  readonly cpuMs: PerGroup;
  readonly rssMib: PerGroup;
  readonly harnessMs: number;
  readonly busyMs: number;
}

export interface Sampler {
  /** What has been used since a moment of performance.now(), up to another one or to now. */
  since(fromMs: number, untilMs?: number): Usage;
  /** Resident memory now, MiB. */
  rssMib(): PerGroup;
  stop(): void;
}

/** Linux counts CPU time for people in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10;
const EVERY_MS = 250;

/** The CPU time of a process with all its threads: fields 14 and 15 of /proc/<pid>/stat, milliseconds. */
export function cpuMsIn(stat: string): number {
  // The name in parentheses may hold anything, blanks too.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** The resident memory in /proc/<pid>/status, MiB; 0 of a process that has ended. */
export function rssMibIn(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}

/** CPU time that the whole machine has spent, in the first line of /proc/stat, milliseconds: all but idle, waiting for disks, and guests. */
export function busyMsIn(stat: string): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = stat.split(/\s+/, 9).map(Number);
  return (user + nice + system + irq + softirq + steal) * TICK_MS;
}

const perGroup = (of: (group: Group) => number): PerGroup => ({
  provisioner: of('provisioner'),
  temporal: of('temporal'),
  controlPlane: of('controlPlane'),
});

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

function take(processes: Processes): Sample {
  const total = (group: Group, of: (pid: number) => number): number => sum(processes[group].map(of));
  const { user, system } = process.cpuUsage();
  return {
    atMs: performance.now(),
    cpuMs: perGroup((group) => total(group, (pid) => cpuMsIn(read(`/proc/${pid}/stat`)) || 0)),
    rssMib: perGroup((group) => total(group, (pid) => rssMibIn(read(`/proc/${pid}/status`)))),
    harnessMs: (user + system) / 1_000,
    busyMs: busyMsIn(read('/proc/stat')),
  };
}

/** Begins to sample; the timer does not keep this process alive. */
export function startSampling(processes: Processes): Sampler {
  const samples = [take(processes)];
  const now = (): Sample => {
    const sample = take(processes);
    samples.push(sample);
    return sample;
  };
  const timer = setInterval(now, EVERY_MS).unref();
  return {
    since(fromMs, untilMs = Infinity) {
      if (untilMs === Infinity) now();
      return usageOf(samples, fromMs, untilMs);
    },
    rssMib: () => now().rssMib,
    stop: () => clearInterval(timer),
  };
}

const CALM = { forMs: 2_000, cores: 0.3, withinMs: 60_000 };

/** Waits, a minute at most, until all groups together have used little for two seconds: a new cluster digests its CRDs for a while. */
export async function untilCalm(sampler: Sampler): Promise<void> {
  const began = performance.now();
  for (;;) {
    await pause(EVERY_MS);
    const now = performance.now();
    if (now - began < CALM.forMs) continue;
    const { cpuMs, seconds } = sampler.since(now - CALM.forMs);
    const cores = sum(GROUPS.map((group) => cpuMs[group])) / 1_000 / seconds;
    if (cores < CALM.cores || now - began > CALM.withinMs) return;
  }
}

/** From the last sample before the beginning to the first after the end, so that nothing is left out. */
export function usageOf(samples: readonly Sample[], fromMs: number, untilMs: number): Usage {
  const first = samples.findLastIndex(({ atMs }) => atMs <= fromMs);
  const after = samples.findIndex(({ atMs }) => atMs >= untilMs);
  const within = samples.slice(Math.max(0, first), after < 0 ? samples.length : after + 1);
  const [begin, end] = [within[0], within.at(-1)];
  if (!begin || !end) throw new Error('Nothing was sampled in that time.');
  const cpuMs = perGroup((group) => end.cpuMs[group] - begin.cpuMs[group]);
  const ours = sum(GROUPS.map((group) => cpuMs[group])) + end.harnessMs - begin.harnessMs;
  return {
    seconds: (end.atMs - begin.atMs) / 1_000,
    cpuMs,
    peakRssMib: perGroup((group) => Math.max(...within.map(({ rssMib }) => rssMib[group]))),
    otherCpuMs: Math.max(0, end.busyMs - begin.busyMs - ours),
  };
}

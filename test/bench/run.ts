// Runs the scenarios that are asked for, one after the other, each on a stage of its own.
import { join } from 'node:path';
import { whyPodsCannotRun } from '../kit/process-kubelet-stand-in/why-pods-cannot-run.ts';
import { measureDatabases, measureFan } from './fan.ts';
import { measureFloor } from './floor.ts';
import { measureHanging } from './hanging.ts';
import { measureApply, measureReady, measureReadyLate, measureRotation } from './latency.ts';
import { revision, thisMachine } from './machine.ts';
import type { BenchOptions, Scenario } from './options.ts';
import type { FanIn, Floor, Results } from './results.ts';
import { measureServing } from './serving.ts';
import { measureSettled } from './settled.ts';
import { measureUnreachable } from './unreachable.ts';

export interface RunOptions {
  readonly options: BenchOptions;
  /** For profiles, a folder per scenario. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

/** Measures; the floor before and after everything else. */
export async function runBench({ options, folder, say }: RunOptions): Promise<Results> {
  const { scenarios, samples, quietMs } = options;
  refuseWhereImpossible(scenarios);
  const profilesOf = (name: string): string | undefined =>
    options.profile ? join(folder, 'profiles', name) : undefined;

  async function step<T>(name: string, measure: () => Promise<T>): Promise<T> {
    const began = performance.now();
    const result = await measure();
    say(`${name}: ${Math.round((performance.now() - began) / 1_000)} s`);
    return result;
  }
  /** Undefined when it is not asked for. */
  const one = async <T>(
    name: Scenario,
    measure: (profiles: string | undefined) => Promise<T>,
  ): Promise<T | undefined> => (scenarios.includes(name) ? step(name, () => measure(profilesOf(name))) : undefined);
  const perSize = async (
    name: Scenario,
    sizes: readonly number[],
    measure: typeof measureFan,
  ): Promise<readonly FanIn[]> => {
    const results: FanIn[] = [];
    for (const servers of scenarios.includes(name) ? sizes : []) {
      const profiles = profilesOf(`${name}-${servers}`);
      results.push(await step(`${name} ${servers}`, () => measure({ servers, quietMs, profiles })));
    }
    return results;
  };
  const floor = (): Promise<Floor> => step('floor', () => measureFloor(options.floor));

  const before = await floor();
  const p1 = await one('P1', (profiles) => measureReady({ samples, profiles }));
  const p1b = await one('P1b', (profiles) => measureReadyLate({ samples, profiles }));
  const p2 = await one('P2', (profiles) => measureApply({ samples, profiles }));
  const fans = await perSize('P2fan', options.fanSizes, measureFan);
  const databases = await perSize('P2b', options.databaseSizes, measureDatabases);
  const p3 = await one('P3', (profiles) => measureRotation({ samples, profiles }));
  const settled = await settledPart(options, profilesOf('settled'), step);
  const refused = await one('B-S9', (profiles) =>
    measureUnreachable({ seconds: options.refusedSeconds, quietMs, profiles }),
  );
  const hanging = await one('B-S13', (profiles) => measureHanging({ servers: options.besideServers, profiles }));
  const serving = await one('serving', () => measureServing({ samples: options.servingSamples }));
  const after = await floor();
  return {
    date: new Date().toISOString().slice(0, 10),
    revision: revision(),
    machine: thisMachine(),
    floors: [before, after],
    ...(p1 && { p1 }),
    ...(p1b && { p1b }),
    ...(p2 && { p2 }),
    ...(p3 && { p3 }),
    fans,
    databases,
    ...settled,
    ...(refused && { refused }),
    ...(hanging && { hanging }),
    ...(serving && { serving }),
  };
}

/** At once, and not after half an hour. */
function refuseWhereImpossible(scenarios: readonly Scenario[]): void {
  const reason = scenarios.includes('serving') ? whyPodsCannotRun() : undefined;
  if (reason)
    throw new Error(`"serving" needs pods that run, and here they cannot: ${reason}. BENCH_ONLY leaves it out.`);
}

type Step = <T>(name: string, measure: () => Promise<T>) => Promise<T>;
type Settled = Pick<Results, 'rest' | 'memory' | 'nudge' | 'resync'>;

async function settledPart(options: BenchOptions, profiles: string | undefined, step: Step): Promise<Settled> {
  const { scenarios, restServers, restSeconds, settledSizes, nudges, settledMs } = options;
  const asked = scenarios.filter((name) => name === 'P4b' || name === 'P5');
  if (asked.length === 0) return { memory: [] };
  return step(asked.join(' and '), () =>
    measureSettled({
      rest: { servers: restServers, seconds: asked.includes('P4b') ? restSeconds : 0 },
      sizes: asked.includes('P5') ? settledSizes : [],
      nudges,
      settledMs,
      profiles,
    }),
  );
}

// What a run of the benchmark measures, and how much: all by environment variables, checked at the start.

export const SCENARIOS = ['P1', 'P1b', 'P2', 'P2fan', 'P2b', 'P3', 'P4b', 'P5', 'B-S9', 'B-S13', 'serving'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export interface BenchOptions {
  readonly scenarios: readonly Scenario[];
  /** Of P1, P1b, P2 and P3. */
  readonly samples: number;
  readonly fanSizes: readonly number[];
  readonly databaseSizes: readonly number[];
  readonly restServers: number;
  readonly restSeconds: number;
  /** How long the one DittoServer of B-S9 is watched. */
  readonly refusedSeconds: number;
  /** DittoServers of B-S13 beside the one that hangs. */
  readonly besideServers: number;
  /** From apply to a server that serves. */
  readonly servingSamples: number;
  /** Numbers of settled DittoServers, ascending; those of the last get a nudge and a resync. */
  readonly settledSizes: readonly number[];
  readonly nudges: number;
  /** P2fan, P2b and B-S9: no write for so long is quiet. */
  readonly quietMs: number;
  /** P4b, nudge and resync: no request for so long is settled. */
  readonly settledMs: number;
  readonly floor: { readonly writes: number; readonly seconds: number };
  readonly profile: boolean;
  /** Whether the table is written into docs/performance.md. */
  readonly writePage: boolean;
}

/** What the figures in docs/performance.md are measured with. */
export const FULL: BenchOptions = {
  scenarios: SCENARIOS,
  samples: 20,
  fanSizes: [50, 200, 500],
  databaseSizes: [50, 200],
  restServers: 50,
  restSeconds: 600,
  refusedSeconds: 120,
  besideServers: 20,
  servingSamples: 5,
  settledSizes: [100, 500, 1_000],
  nudges: 200,
  quietMs: 10_000,
  // While pods are waited for, a look is planned half a minute ahead; that comes although they are ready meanwhile.
  settledMs: 32_000,
  floor: { writes: 300, seconds: 4 },
  profile: false,
  writePage: true,
};

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the options. A run that measures less than everything, or with the profiler, writes no page unless BENCH_WRITE=1 asks for it.
 *
 * @throws with a sentence for people when a variable says what cannot be
 */
export function readOptions(env: Environment): BenchOptions {
  const scenarios = scenariosOf(env['BENCH_ONLY']);
  const profile = env['BENCH_PROFILE'] === '1';
  const options = {
    ...FULL,
    scenarios,
    samples: number(env, 'BENCH_SAMPLES', FULL.samples),
    fanSizes: numbers(env, 'BENCH_P2FAN', FULL.fanSizes),
    databaseSizes: numbers(env, 'BENCH_P2B', FULL.databaseSizes),
    restServers: number(env, 'BENCH_P4B_SERVERS', FULL.restServers),
    restSeconds: number(env, 'BENCH_P4B_SECONDS', FULL.restSeconds),
    refusedSeconds: number(env, 'BENCH_BS9_SECONDS', FULL.refusedSeconds),
    besideServers: number(env, 'BENCH_BS13', FULL.besideServers),
    servingSamples: number(env, 'BENCH_SERVING', FULL.servingSamples),
    settledSizes: numbers(env, 'BENCH_P5', FULL.settledSizes),
    nudges: number(env, 'BENCH_NUDGES', FULL.nudges),
    profile,
  };
  const whole = JSON.stringify(options) === JSON.stringify(FULL);
  return { ...options, writePage: whole || env['BENCH_WRITE'] === '1' };
}

/** For --help: every variable, with its default. */
export const HELP = `BENCH_ONLY        scenarios to run, separated by commas: ${SCENARIOS.join(', ')} (default all)
BENCH_SAMPLES     samples of P1, P1b, P2 and P3 (${FULL.samples})
BENCH_P2FAN       sizes of P2fan (${FULL.fanSizes.join(',')})
BENCH_P2B         sizes of P2b (${FULL.databaseSizes.join(',')})
BENCH_P4B_SERVERS DittoServers of P4b (${FULL.restServers})
BENCH_P4B_SECONDS how long P4b leaves them alone (${FULL.restSeconds})
BENCH_BS9_SECONDS how long B-S9 watches its DittoServer (${FULL.refusedSeconds})
BENCH_BS13        DittoServers of B-S13 beside the one that hangs (${FULL.besideServers})
BENCH_SERVING     samples from apply to a server that serves (${FULL.servingSamples})
BENCH_P5          numbers of settled DittoServers (${FULL.settledSizes.join(',')})
BENCH_NUDGES      how many of them get a nudge (${FULL.nudges})
BENCH_PROFILE=1   runs the provisioner under Node's profiler, and tells what its threads spend their time on
BENCH_WRITE=1     writes docs/performance.md also after a run that is not a full one
`;

function scenariosOf(text: string | undefined): readonly Scenario[] {
  if (!text) return SCENARIOS;
  const names = text.split(',');
  const unknown = names.filter((name) => !(SCENARIOS as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new Error(`BENCH_ONLY: there is no ${unknown.join(', ')}; use some of ${SCENARIOS.join(', ')}.`);
  }
  return SCENARIOS.filter((name) => names.includes(name));
}

function number(env: Environment, variable: string, fallback: number): number {
  const [first = fallback, ...more] = numbers(env, variable, [fallback]);
  if (more.length > 0) throw new Error(`${variable}: one number is wanted, not several.`);
  return first;
}

function numbers(env: Environment, variable: string, fallback: readonly number[]): readonly number[] {
  const text = env[variable];
  if (!text) return fallback;
  const values = text.split(',').map(Number);
  if (values.some((value) => !Number.isInteger(value) || value < 1)) {
    throw new Error(`${variable}: "${text}" is not a list of whole numbers above zero, such as 50,200.`);
  }
  return values.sort((a, b) => a - b);
}

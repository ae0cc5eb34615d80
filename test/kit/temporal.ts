// The real Temporal dev server, with its UI if wanted, and the time-skipping test server.
import { mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import type { KitProcess } from './process.ts';
import { temporalPaths } from './tools/tools.ts';
import type { Workspace } from './workspace.ts';

export interface TemporalOptions {
  /** `memory` forgets at a restart, `file` does not. Default `memory`. */
  readonly store?: 'memory' | 'file';
  /** Serves the UI too. Default false. */
  readonly ui?: boolean;
  /** Port of the UI. Default a free one. */
  readonly uiPort?: number;
  /** Allows virtual time per workflow (server 1.32, `frontend.WorkflowTimeSkippingEnabled`). Default false. */
  readonly timeSkipping?: boolean;
  /** Without the settings that make it fast: 50 ms per hop of a task, a second per timer. Default false. */
  readonly asItComes?: boolean;
  /** Further dynamic configuration, JSON values by key. */
  readonly dynamicConfig?: Readonly<Record<string, unknown>>;
}

export interface Temporal {
  /** host:port, for TEMPORAL_ADDRESS. */
  readonly address: string;
  readonly uiUrl: string | undefined;
  /** kill -9. */
  stop(): Promise<void>;
  /** Starts it on the same ports, with what its store has kept. */
  start(): Promise<void>;
  /** kill -9 and start; `wipe` removes everything that the store has kept. */
  restart(options?: { readonly wipe?: boolean }): Promise<void>;
}

/**
 * The dev server has one history shard, and these limits are per shard: with the defaults every hop of a task costs
 * 50 ms, and every timer and retry at least a second (measured with server 1.32).
 */
const tuning: Readonly<Record<string, unknown>> = {
  'history.transferProcessorMaxPollRPS': 10_000,
  'history.timerProcessorMaxPollRPS': 10_000,
  'history.visibilityProcessorMaxPollRPS': 10_000,
  'history.timerProcessorMaxTimeShift': '10ms',
  // Else a workflow that continues as new within a second of its start waits for that second.
  'history.workflowIdReuseMinimalInterval': '0s',
};

function dynamicConfigOf({
  asItComes,
  timeSkipping,
  dynamicConfig,
}: TemporalOptions): Readonly<Record<string, unknown>> {
  return {
    ...(asItComes ? {} : tuning),
    ...(timeSkipping ? { 'frontend.WorkflowTimeSkippingEnabled': true } : {}),
    ...dynamicConfig,
  };
}

/** Starts a dev server with the namespace `default`; search attributes are for the worker to register. */
export async function startTemporal(workspace: Workspace, options: TemporalOptions = {}): Promise<Temporal> {
  const { store = 'memory', ui = false } = options;
  const [port, httpPort, uiPort] = [await freePort(), await freePort(), options.uiPort ?? (await freePort())];
  const folder = join(workspace.folder, 'temporal');
  mkdirSync(folder, { mode: 0o700, recursive: true });
  const args = [
    'server',
    'start-dev',
    '--ip=127.0.0.1',
    `--port=${port}`,
    `--http-port=${httpPort}`,
    '--log-level=warn',
    ...(ui ? [`--ui-port=${uiPort}`] : ['--headless']),
    // A write-ahead log makes the file as fast as memory.
    ...(store === 'file' ? [`--db-filename=${join(folder, 'temporal.db')}`] : []),
    ...(store === 'file' ? ['--sqlite-pragma=journal_mode=wal', '--sqlite-pragma=synchronous=1'] : []),
    ...Object.entries(dynamicConfigOf(options)).flatMap(([key, value]) => [
      '--dynamic-config-value',
      `${key}=${JSON.stringify(value)}`,
    ]),
  ];
  const startServer = () =>
    workspace.start({
      name: 'temporal',
      command: temporalPaths().temporal,
      args,
      // Ready when the namespace is there, which is later than the open port.
      ready: async () => (await fetch(`http://127.0.0.1:${httpPort}/api/v1/namespaces/default`)).ok,
      stopSignal: 'SIGKILL',
    });
  let server: KitProcess = await startServer();

  async function start(): Promise<void> {
    if (!server.isRunning()) server = await startServer();
  }
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: ui ? `http://127.0.0.1:${uiPort}` : undefined,
    start,
    async stop() {
      await server.stop();
    },
    async restart({ wipe = false } = {}) {
      await server.stop();
      if (wipe) {
        rmSync(folder, { recursive: true });
        mkdirSync(folder, { mode: 0o700 });
      }
      await start();
    },
  };
}

/**
 * Starts the test server whose clock can jump over idle time; returns its address. Its clock runs as usual until the test service is
 * asked to unlock it or to sleep (with `--enable-time-skipping` it would run away from the start, and a sleep would count twice).
 */
export async function startTimeSkippingServer(workspace: Workspace, name = 'temporal-test-server'): Promise<string> {
  const port = await freePort();
  await workspace.start({
    name,
    command: temporalPaths().temporalTestServer,
    args: [String(port)],
    ready: () => isListening(port),
    stopSignal: 'SIGKILL',
  });
  return `127.0.0.1:${port}`;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('error', () => resolve(false));
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
  });
}

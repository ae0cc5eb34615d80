// The Temporal SDK's runtime: its log lines go into the program's log, its metrics are served with the program's own.
import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';
import { createServer } from 'node:net';
import type { Logger } from 'pino';

/** A free port on the loopback address. */
async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const LEVEL = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

function forward(log: Logger, { level, message, meta }: LogEntry): void {
  // An activity's error has been told by the error filter; of others only the name is safe to repeat.
  const { error, ...fields } = meta ?? {};
  const name = error instanceof Error ? error.name : undefined;
  log[LEVEL[level]]({ ...fields, ...(name !== undefined && { error: name }) }, message);
}

/**
 * Installs the runtime; once per process, before any connection to Temporal.
 *
 * @returns the address of the SDK's own metrics, to be served on
 */
export async function installRuntime(log: Logger): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry) => forward(log, entry)),
    shutdownSignals: [],
    telemetryOptions: {
      // Without this the SDK's native part prints lines of its own form to standard error.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      metrics: {
        prometheus: { bindAddress: address, useSecondsForDurations: true, unitSuffix: true, countersTotalSuffix: true },
      },
    },
  });
  return `http://${address}/metrics`;
}

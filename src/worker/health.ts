// /healthz, /readyz and /metrics on one address.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { ListenAddress } from '../config.ts';

/** A part of the program that can be unready; reasons are sentences, also when it is ready. */
export interface Part {
  readonly ready: boolean;
  readonly reasons: readonly string[];
  /** False: it will not recover in this process, which is to be replaced by another. */
  readonly alive?: boolean;
}

export interface HealthOptions {
  readonly listen: ListenAddress;
  readonly parts: () => Readonly<Record<string, Part>>;
  /** The SDK's own metrics. */
  readonly metricsUrl: string;
}

const METRICS_TIMEOUT_MS = 5_000;

function reply(response: ServerResponse, code: number, text: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
}

function lines(parts: Readonly<Record<string, Part>>): string {
  return Object.entries(parts)
    .map(([name, { ready, reasons }]) => [
      `${name}: ${ready ? 'ready' : 'not ready'}`,
      ...reasons.map((reason) => `  ${reason}`),
    ])
    .flat()
    .join('\n')
    .concat('\n');
}

async function metrics(url: string, response: ServerResponse): Promise<void> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) });
    reply(response, answer.status, await answer.text());
  } catch {
    reply(response, 503, 'the metrics cannot be read\n');
  }
}

function handle(options: HealthOptions, path: string, response: ServerResponse): void {
  const parts = options.parts();
  const ready = Object.values(parts).every((part) => part.ready);
  // What is only unready recovers by itself: to start anew would not help.
  const alive = Object.values(parts).every((part) => part.alive !== false);
  if (path === '/healthz') reply(response, alive ? 200 : 503, lines(parts));
  else if (path === '/readyz') reply(response, ready ? 200 : 503, lines(parts));
  else if (path === '/metrics') void metrics(options.metricsUrl, response);
  else reply(response, 404, 'only /healthz, /readyz and /metrics are here\n');
}

/**
 * Serves until closed.
 *
 * @throws Error when the address cannot be listened on
 */
export async function serveHealth(options: HealthOptions): Promise<Server> {
  const server = createServer((request, response) =>
    handle(options, (request.url ?? '').split('?')[0] ?? '', response),
  );
  const { host, port } = options.listen;
  await new Promise<void>((resolve, reject) => {
    const refused = ({ code = 'unknown' }: NodeJS.ErrnoException): void =>
      reject(new Error(`LISTEN_ADDRESS ${host}:${port} cannot be listened on (${code}): use another address or port`));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      resolve();
    });
  });
  return server;
}

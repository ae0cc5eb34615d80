// A real DittoFS server as a local process, with the first administrator's password and without a pod around it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from './ports.ts';
import type { Postgres } from './postgres.ts';
import type { KitProcess } from './process.ts';
import { toolPaths } from './tools/tools.ts';
import { waitFor } from './wait-for.ts';
import type { Workspace } from './workspace.ts';

export interface DittoFsServerOptions {
  /** Names its process. */
  readonly name: string;
  /** Default SQLite. */
  readonly postgres?: Postgres;
  /** Paths of PEM files; with `clientCa` clients must show a certificate. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** As in Go; default 15m. */
  readonly accessTokens?: string;
}

export interface DittoFsServer {
  readonly port: number;
  readonly adminPassword: string;
  readonly process: KitProcess;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Its SQLite database is gone at the next start. */
  readonly databaseFile: string;
}

const SECRET = 'a-signing-key-of-more-than-32-characters';
const ADMIN_PASSWORD = 'first-admin-password';

/** Whether the server answers its readiness probe; one that asks for certificates is ready when it refuses the handshake. */
function isReady(port: number, tls: DittoFsServerOptions['tls']): Promise<boolean> {
  const client = tls ? https : http;
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/health/ready', rejectUnauthorized: false, agent: false };
    const request = client.get(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve(tls?.clientCa !== undefined && error.code !== 'ECONNREFUSED'),
    );
  });
}

/** Its adapters go from their fixed ports to free ones, so that two servers do not meet. */
async function moveAdapters(port: number): Promise<void> {
  const call = async (method: string, path: string, token: string, body?: unknown): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}`);
    return answer.json();
  };
  const admin = { username: 'admin', password: ADMIN_PASSWORD };
  const { access_token: token } = (await call('POST', 'auth/login', '', admin)) as { access_token: string };
  for (const type of ['nfs', 'smb']) await call('PUT', `adapters/${type}`, token, { port: await freePort() });
  const areHealthy = async (): Promise<boolean> => {
    const adapters = (await call('GET', 'adapters', token)) as { status: { status: string } }[];
    return adapters.every(({ status: { status } }) => status === 'healthy');
  };
  await waitFor('the adapters to listen on their new ports', areHealthy, { timeoutMs: 60_000, everyMs: 50 });
}

/** Starts it; ready when it says so. Without TLS its adapters listen on free ports. */
export async function startDittoFsServer(workspace: Workspace, options: DittoFsServerOptions): Promise<DittoFsServer> {
  const { name, postgres, tls, accessTokens = '15m' } = options;
  const folder = mkdtempSync(join(workspace.folder, 'dittofs-'));
  const port = await freePort();
  const databaseFile = join(folder, 'controlplane.db');
  const config = {
    logging: { level: 'INFO', format: 'json', output: 'stdout' },
    shutdown_timeout: '30s',
    database: postgres ? { type: 'postgres' } : { type: 'sqlite', sqlite: { path: databaseFile } },
    controlplane: {
      host: '127.0.0.1',
      port,
      jwt: { access_token_duration: accessTokens, refresh_token_duration: '168h' },
      ...(tls && { tls: { cert_file: tls.cert, key_file: tls.key, ...(tls.clientCa && { client_ca: tls.clientCa }) } }),
    },
    admin: { username: 'admin' },
  };
  const file = join(folder, 'config.yaml');
  writeFileSync(file, stringify(config));
  const database = postgres && {
    DITTOFS_DATABASE_POSTGRES_HOST: postgres.host,
    DITTOFS_DATABASE_POSTGRES_PORT: String(postgres.port),
    DITTOFS_DATABASE_POSTGRES_DATABASE: postgres.database,
    DITTOFS_DATABASE_POSTGRES_USER: postgres.role,
    DITTOFS_DATABASE_POSTGRES_PASSWORD: postgres.password,
    DITTOFS_DATABASE_POSTGRES_SSLMODE: 'require',
  };
  const startIt = (): Promise<KitProcess> =>
    workspace.start({
      name,
      command: toolPaths().dfs,
      args: ['start', '--foreground', '--config', file],
      env: {
        HOME: folder,
        XDG_CONFIG_HOME: folder,
        XDG_STATE_HOME: folder,
        DITTOFS_CONTROLPLANE_SECRET: SECRET,
        DITTOFS_ADMIN_INITIAL_PASSWORD: ADMIN_PASSWORD,
        ...database,
      },
      ready: () => isReady(port, tls),
      stopGraceMs: 15_000,
    });
  let running = await startIt();
  if (!tls) await moveAdapters(port);
  return {
    port,
    adminPassword: ADMIN_PASSWORD,
    databaseFile,
    get process() {
      return running;
    },
    async stop() {
      await running.stop();
    },
    async start() {
      running = await startIt();
      if (!tls) await moveAdapters(port);
    },
  };
}

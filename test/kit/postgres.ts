// A local PostgreSQL with TLS and with Percona's host rule: only TLS, only SCRAM.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { preparePostgres } from './postgres-files.ts';
import type { KitProcess } from './process.ts';
import type { Workspace } from './workspace.ts';

export interface PostgresOptions {
  /** Default `dittofs`. */
  readonly role?: string;
  /** Default a random one. */
  readonly password?: string;
  /** Default `dittofs`. */
  readonly database?: string;
  /**
   * Made in the database and owned by the role, as Percona's operator does. Default: the role's name; false: none, and
   * the role then may create nothing.
   */
  readonly schema?: string | false;
  /** Default true. */
  readonly tls?: boolean;
  /** Address to listen on beside 127.0.0.1, e.g. that of this machine among pods that run. Default none. */
  readonly host?: string;
  /** Default a free one. */
  readonly port?: number;
  /** Default true; else it is prepared only, for a late `start()`. */
  readonly started?: boolean;
}

export interface Postgres {
  readonly host: string;
  readonly port: number;
  readonly role: string;
  readonly password: string;
  readonly database: string;
  /** The authority of its certificate (for localhost, 127.0.0.1 and `host`). */
  readonly caFile: string;
  /** Missing where only npm's server is there. */
  readonly psqlPath: string | undefined;
  /** The PG* variables by which the role reaches its database. */
  readonly env: Readonly<Record<string, string>>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Runs SQL as superuser through psql, in the role's database if no other is named; returns what it prints. */
  sql(statements: string, database?: string): Promise<string>;
}

const defaults = { role: 'dittofs', database: 'dittofs', tls: true, started: true, host: '127.0.0.1' } as const;

function randomPassword(): string {
  return randomBytes(12).toString('hex');
}

/** Prepares a server in the workspace, with its role, database and schema, and starts it. */
export async function startPostgres(workspace: Workspace, options: PostgresOptions = {}): Promise<Postgres> {
  const { role, database, tls, started, host, ...rest } = { ...defaults, ...options };
  const { schema = role, port = await freePort(), password = randomPassword() } = rest;
  const superuserPassword = randomPassword();
  const wanted = { role, password, database, schema, tls, host, port, superuserPassword };
  const { program, args, user, stateFile, caFile, psql } = await preparePostgres(workspace.folder, wanted);

  const startServer = () => {
    rmSync(stateFile, { force: true });
    return workspace.start({
      name: `postgres-${port}`,
      command: program,
      args,
      ...user,
      ready: () => readFileSync(stateFile, 'utf8').trimEnd().endsWith('ready'),
      // "Fast": open connections are cut, the data are left in order.
      stopSignal: 'SIGINT',
    });
  };
  let server: KitProcess | undefined = started ? await startServer() : undefined;
  const connection = { PGHOST: host, PGPORT: String(port), PGSSLMODE: tls ? 'require' : 'disable' };
  return {
    host,
    port,
    role,
    password,
    database,
    caFile,
    psqlPath: psql,
    env: { ...connection, PGUSER: role, PGPASSWORD: password, PGDATABASE: database },
    async start() {
      if (!server?.isRunning()) server = await startServer();
    },
    async stop() {
      await server?.stop();
    },
    async sql(statements, inDatabase = database) {
      if (!psql) throw new Error('psql is missing: install PostgreSQL with its client (Debian: postgresql).');
      const superuser = { PGUSER: 'postgres', PGPASSWORD: superuserPassword, PGDATABASE: inDatabase };
      const env = { ...process.env, ...connection, ...superuser };
      const flags = ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-c', statements];
      return (await promisify(execFile)(psql, flags, { env })).stdout.trim();
    },
  };
}

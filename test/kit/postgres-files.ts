// Everything on disk that a local PostgreSQL needs before its first start: data folder, certificate, role, database.
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type PostgresPaths, postgresPaths } from './tools/postgres.ts';

const execute = promisify(execFile);

export interface WantedPostgres {
  readonly role: string;
  readonly password: string;
  readonly database: string;
  readonly schema: string | false;
  readonly tls: boolean;
  /** Listened on beside 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  readonly superuserPassword: string;
}

export interface PreparedPostgres {
  readonly program: string;
  readonly args: readonly string[];
  /** Whom it runs as: never root. */
  readonly user: UnixUser;
  /** The last line of this file tells how far the server is; `ready` at the end. */
  readonly stateFile: string;
  readonly caFile: string;
  readonly psql: string | undefined;
}

type UnixUser = { readonly uid: number; readonly gid: number } | { readonly uid?: never; readonly gid?: never };

/** Makes a data folder in a new folder within `parent`. */
export async function preparePostgres(parent: string, wanted: WantedPostgres): Promise<PreparedPostgres> {
  const folder = mkdtempSync(join(parent, 'postgres-'));
  const user = unprivilegedUser();
  const { binFolder, psql } = reachablePaths(user, folder);
  const [data, keyFile, caFile] = [join(folder, 'data'), join(folder, 'server.key'), join(folder, 'server.crt')];
  const passwordFile = join(folder, 'superuser-password');
  writeFileSync(passwordFile, wanted.superuserPassword, { mode: 0o600 });
  await makeCertificate(wanted.host, keyFile, caFile);
  own(user, folder, keyFile, caFile, passwordFile);

  const as = { cwd: folder, ...user, env: { ...process.env, LC_ALL: 'C' } };
  const kind = ['--no-sync', '--encoding=UTF8', '--locale=C'];
  const auth = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  await execute(join(binFolder, 'initdb'), ['-D', data, ...kind, ...auth], as);
  writeFileSync(join(data, 'pg_hba.conf'), `host${wanted.tls ? 'ssl' : ''} all all all scram-sha-256\n`);

  const settings = {
    listen_addresses: [...new Set(['127.0.0.1', wanted.host])].join(','),
    port: String(wanted.port),
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    // Its data live as long as the test.
    fsync: 'off',
    ...(wanted.tls ? { ssl: 'on', ssl_cert_file: caFile, ssl_key_file: keyFile } : {}),
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const program = join(binFolder, 'postgres');
  // Before the first start, and without a client program: PostgreSQL's single-user mode reads SQL from its input.
  for (const { database, sql } of firstStatements(wanted)) {
    execFileSync(program, ['--single', ...args, database], { ...as, input: sql, stdio: ['pipe', 'ignore', 'pipe'] });
  }
  return { program, args, user, stateFile: join(data, 'postmaster.pid'), caFile, psql };
}

/** What Percona's operator does by exec: role, database, all rights on it, and a schema of the role's own. */
function firstStatements({ role, password, database, schema }: WantedPostgres) {
  const cluster = [
    `CREATE ROLE ${quoted(role)} LOGIN PASSWORD '${password.replaceAll("'", "''")}'`,
    `CREATE DATABASE ${quoted(database)}`,
    ...(schema === false ? [] : [`GRANT ALL ON DATABASE ${quoted(database)} TO ${quoted(role)}`]),
  ];
  const inDatabase = schema === false ? [] : [`CREATE SCHEMA ${quoted(schema)} AUTHORIZATION ${quoted(role)}`];
  const lines = (statements: readonly string[]) => statements.map((statement) => `${statement}\n`).join('');
  return [
    { database: 'postgres', sql: lines(cluster) },
    { database, sql: lines(inDatabase) },
  ].filter(({ sql }) => sql !== '');
}

/** PostgreSQL refuses to run as root: then it is `postgres` if there is one, else `nobody`. */
function unprivilegedUser(): UnixUser {
  if (process.getuid?.() !== 0) return {};
  for (const candidate of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, candidate], { encoding: 'utf8', stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user.
    }
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody.');
}

/** The programs, copied into `folder` where that user cannot reach them (a home folder that is closed to others). */
function reachablePaths(user: UnixUser, folder: string): PostgresPaths {
  const { binFolder, psql } = postgresPaths();
  try {
    execFileSync(join(binFolder, 'postgres'), ['--version'], { ...user, cwd: '/', stdio: 'pipe' });
    return { binFolder, psql };
  } catch {
    const copy = join(folder, 'programs');
    cpSync(dirname(binFolder), copy, { recursive: true, verbatimSymlinks: true });
    return { binFolder: join(copy, 'bin'), psql };
  }
}

async function makeCertificate(host: string, keyFile: string, certificateFile: string): Promise<void> {
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'];
  const subject = ['-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,IP:127.0.0.1,IP:${host}`];
  try {
    await execute('openssl', ['req', ...kind, ...subject, '-keyout', keyFile, '-out', certificateFile]);
  } catch (error) {
    throw new Error('openssl is needed for the certificate of the test PostgreSQL.', { cause: error });
  }
}

function own(user: UnixUser, ...paths: readonly string[]): void {
  if (user.uid === undefined) return;
  for (const path of paths) chownSync(path, user.uid, user.gid);
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

// What the Percona operator does in a new database by exec, and again after every change of the user's Secret: role with the Secret's
// verifier, databases, all rights on them, and a schema of the role's own (autoCreateUserSchema). Operator 2.9.0.
import type { Admin } from '../admin.ts';
import type { KubeObject } from '../kubernetes-types.ts';
import type { ContainerProcess } from './container-process.ts';
import { SOCKET_FOLDER } from './database-program.ts';
import type { Secret } from './pod-types.ts';

interface PgCluster extends KubeObject {
  readonly spec: {
    readonly autoCreateUserSchema?: boolean;
    readonly users?: readonly {
      readonly name: string;
      readonly databases?: readonly string[];
      readonly options?: string;
    }[];
  };
}

/** Brings the role of one user Secret to what the Secret says. Throws with PostgreSQL's words. */
export async function applyUser(admin: Admin, secret: Secret, database: ContainerProcess): Promise<void> {
  const text = (key: string) => Buffer.from(secret.data?.[key] ?? '', 'base64').toString();
  const [user, verifier] = [text('user'), text('verifier')];
  // For a moment during a rotation there is none.
  if (user === '' || verifier === '') return;
  const spec = await specOf(admin, secret);
  const wanted = spec?.users?.find(({ name }) => name === user);
  const databases = wanted?.databases ?? [text('dbname')].filter((name) => name !== '');
  const schemaIn = spec?.autoCreateUserSchema === false ? [] : databases;
  const sql = [...roleSql(user, verifier, wanted?.options), ...databases.flatMap((name) => databaseSql(name, user))];
  await runSql(database, [...sql, ...schemaIn.flatMap((name) => schemaSql(name, user))].join('\n'));
}

async function specOf(admin: Admin, { metadata }: Secret): Promise<PgCluster['spec'] | undefined> {
  const name = metadata.labels?.['postgres-operator.crunchydata.com/cluster'] ?? '';
  const { namespace = '' } = metadata;
  const ref = { apiVersion: 'pgv2.percona.com/v2', kind: 'PerconaPGCluster', namespace, name };
  return (await admin.get<PgCluster>(ref))?.spec;
}

function roleSql(user: string, verifier: string, options = ''): string[] {
  return [
    `SELECT 'CREATE ROLE ${identifier(user)}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${value(user)}) \\gexec`,
    `ALTER ROLE ${identifier(user)} WITH LOGIN ${options} PASSWORD ${value(verifier)};`,
  ];
}

function databaseSql(name: string, user: string): string[] {
  const isMissing = `NOT EXISTS (SELECT FROM pg_database WHERE datname = ${value(name)})`;
  return [
    `SELECT 'CREATE DATABASE ${identifier(name)}' WHERE ${isMissing} \\gexec`,
    `GRANT ALL PRIVILEGES ON DATABASE ${identifier(name)} TO ${identifier(user)};`,
  ];
}

function schemaSql(database: string, user: string): string[] {
  return [
    `\\connect ${identifier(database)}`,
    `CREATE SCHEMA IF NOT EXISTS ${identifier(user)} AUTHORIZATION ${identifier(user)};`,
  ];
}

/** Runs SQL as superuser; returns what it prints. Throws with PostgreSQL's words. */
export async function runSql(database: ContainerProcess, sql: string, inDatabase = 'postgres'): Promise<string> {
  const command = ['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-h', SOCKET_FOLDER, '-U', 'postgres', '-d', inDatabase];
  const { exitCode, stdout, stderr } = await database.execute(command, { input: sql });
  if (exitCode !== 0) throw new Error(`psql ended with ${exitCode}: ${stderr.trim()}`);
  return stdout.trim();
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function value(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

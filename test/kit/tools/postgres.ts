// Finds a PostgreSQL server, or installs the system's package of one.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { embeddedPostgres, toolFolder } from './recipes.ts';
import { run } from './run.ts';

export interface PostgresPaths {
  /** Folder with `initdb` and `postgres`. */
  readonly binFolder: string;
  /** Missing with the server from npm, which has no client programs. */
  readonly psql: string | undefined;
}

/** The PostgreSQL that the kit uses. Throws when there is none. */
export function postgresPaths(): PostgresPaths {
  const binFolder = installedPostgres() ?? embedded();
  if (!binFolder) throw new Error('No PostgreSQL server is installed: run "make tools".');
  const besides = join(binFolder, 'psql');
  return { binFolder, psql: existsSync(besides) ? besides : onPath('psql') };
}

/** Folder of an installed server: POSTGRES_BIN_DIR, Debian's folder of its newest version, or what pg_config says. */
export function installedPostgres(): string | undefined {
  const candidates = [process.env['POSTGRES_BIN_DIR'], ...debianFolders(), pgConfigFolder()];
  return candidates.find((folder) => folder && isServer(folder));
}

function isServer(folder: string): boolean {
  return existsSync(join(folder, 'postgres')) && existsSync(join(folder, 'initdb'));
}

function debianFolders(): string[] {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return [];
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(root, version, 'bin'));
}

function pgConfigFolder(): string | undefined {
  const pgConfig = onPath('pg_config');
  return pgConfig && execFileSync(pgConfig, ['--bindir'], { encoding: 'utf8' }).trim();
}

function embedded(): string | undefined {
  const folder = join(toolFolder(embeddedPostgres), 'native', 'bin');
  return isServer(folder) ? folder : undefined;
}

function onPath(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path));
}

/** Whether the system's package can be installed: root, on a Debian kind of system. */
export function canInstallPostgres(): boolean {
  return process.getuid?.() === 0 && onPath('apt-get') !== undefined;
}

/** Installs Debian's package without starting its service. Returns why it did not work, or nothing. */
export async function installPostgres(): Promise<string | undefined> {
  // Debian's rule: a service is not started on installation if this program says 101.
  const policy = '/usr/sbin/policy-rc.d';
  const policyIsOurs = !existsSync(policy);
  if (policyIsOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update'], { env });
    await run('apt-get', ['install', '--yes', '--no-install-recommends', 'postgresql'], { env });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    if (policyIsOurs) rmSync(policy, { force: true });
  }
}

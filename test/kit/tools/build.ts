// Carries out one recipe into a folder.
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type GoRecipe, type NpmRecipe, type PipRecipe, type Recipe } from './recipes.ts';
import { run } from './run.ts';

/** Puts the outputs of a recipe into `folder`, which exists and is empty. */
export async function build(recipe: Recipe, folder: string): Promise<void> {
  switch (recipe.kind) {
    case 'go':
      return buildWithGo(recipe, folder);
    case 'pip':
      return installWithPip(recipe, folder);
    case 'npm':
      return installWithNpm(recipe, folder);
  }
}

async function buildWithGo(recipe: GoRecipe, folder: string): Promise<void> {
  const cwd = join(import.meta.dirname, recipe.folder);
  // What a user has set for Go in general must not reach this build.
  const env = { CGO_ENABLED: recipe.cgo ? '1' : '0', GOFLAGS: '', GOWORK: 'off' };
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', `-ldflags=${recipe.ldflags}`];
  const packages = Object.entries(recipe.packages);
  const [only] = packages;
  // One call for all packages shares the work; only then the names of the files are Go's choice.
  if (packages.length === 1 && only)
    await run('go', ['build', ...flags, '-o', join(folder, only[0]), only[1]], { cwd, env });
  else await run('go', ['build', ...flags, '-o', `${folder}/`, ...packages.map(([, path]) => path)], { cwd, env });

  const { takeOver } = recipe;
  if (!takeOver) return;
  const source = (
    await run('go', ['list', '-mod=readonly', '-m', '-f', '{{.Dir}}', takeOver.module], { cwd, env })
  ).trim();
  for (const [file, path] of Object.entries(takeOver.files)) copyFileSync(join(source, path), join(folder, file));
}

async function installWithPip(recipe: PipRecipe, folder: string): Promise<void> {
  const target = join(folder, 'wheels');
  mkdirSync(target);
  const requirements = join(import.meta.dirname, recipe.requirements);
  const options = ['--quiet', '--require-hashes', '--no-deps', '--only-binary=:all:', '--no-cache-dir'];
  await run('python3', ['-m', 'pip', 'install', ...options, '--target', target, '--requirement', requirements], {
    env: { PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore', PIP_USER: '0' },
  });
  for (const [file, path] of Object.entries(recipe.files)) renameSync(join(target, path), join(folder, file));
  rmSync(target, { recursive: true });
}

async function installWithNpm(recipe: NpmRecipe, folder: string): Promise<void> {
  const project = join(folder, 'npm');
  cpSync(join(import.meta.dirname, recipe.folder), project, { recursive: true });
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: project });
  const cwd = join(project, 'node_modules', recipe.package);
  await run(process.execPath, [recipe.script], { cwd });
  renameSync(join(cwd, recipe.keep), join(folder, recipe.keep));
  rmSync(project, { recursive: true });
}

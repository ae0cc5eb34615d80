// The machine and the versions that figures were measured on.
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { recipes } from '../kit/tools/recipes.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  /** Version by what has it. */
  readonly versions: Readonly<Record<string, string>>;
}

/** This machine, with the versions that the kit installs. */
export function thisMachine(): Machine {
  const processors = cpus();
  const versionOf = (name: string): string => recipes.find((recipe) => recipe.name === name)?.version ?? 'unknown';
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    // Without what a vendor adds.
    kernel: `${type()} ${release().split('-')[0]}`,
    versions: {
      'Node.js': process.versions.node,
      'Temporal CLI': versionOf('temporal'),
      'kube-apiserver': versionOf('kubernetes'),
      etcd: versionOf('etcd'),
      'Percona CRDs': versionOf('percona'),
    },
  };
}

/** The revision of the source; `+` says that it has changes that are not committed. */
export function revision(): string {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: join(import.meta.dirname), encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ':/', ':!/docs') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    return 'unknown'; // no repository, or no git
  }
}

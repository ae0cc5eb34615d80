// Before all cluster tests: starts the clusters that they share, one per worker, since a test may stop a part of its own. Tests of faults
// do not, and share one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startSharedClusters } from '../kit/shared-cluster.ts';

const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');

type Arguments = readonly [{ readonly maxWorkers: number }, { readonly displayName?: { readonly name: string } }];

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function setup(...[{ maxWorkers }, { displayName }]: Arguments): Promise<void> {
  if (!existsSync(program))
    throw new Error(`The program is not built (${program} is missing): run "make build" first.`);
  await startSharedClusters(displayName?.name === 'cluster' ? maxWorkers : 1);
}

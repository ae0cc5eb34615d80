// Before all cluster tests: starts the one cluster that they share, each with a namespace of its own.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startSharedCluster } from '../kit/shared-cluster.ts';

const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function setup(): Promise<void> {
  if (!existsSync(program))
    throw new Error(`The program is not built (${program} is missing): run "make build" first.`);
  await startSharedCluster();
}

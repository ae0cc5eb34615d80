// Where the worker gets its workflow code from: the bundle that the build made, else the sources beside us.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';

/** Written by scripts/build-workflows.ts. */
const BUNDLE = join(import.meta.dirname, '..', '..', 'workflow-bundle.js');
const SOURCES = join(import.meta.dirname, '..', '..', 'workflows', 'index.ts');

export function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  return existsSync(BUNDLE) ? { workflowBundle: { codePath: BUNDLE } } : { workflowsPath: SOURCES };
}

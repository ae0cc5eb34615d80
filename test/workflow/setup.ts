// Before the workflow tests: bundles the workflows once, and starts the Temporal servers. They are gone when teardown.ts has run,
// or when this process dies.
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTemporal, startTimeSkippingServer } from '../kit/temporal.ts';
import { createWorkspace, type Workspace } from '../kit/workspace.ts';
import { variables } from './server.ts';

/** Events. Far below the workflow's own limit of 1,000, so that on the real server it is the server's suggestion that counts. */
const SUGGEST_CONTINUE_AS_NEW_AT = 150;

// jest loads setup and teardown as separate modules of one process.
const holder = globalThis as { workflowTests?: Workspace };

async function bundle(path: string): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(import.meta.dirname, '..', '..', 'workflows', 'index.ts'),
    workflowInterceptorModules: [join(import.meta.dirname, 'virtual-time.ts')],
    logger: new DefaultLogger('WARN'),
  });
  writeFileSync(path, code);
}

async function start(workspace: Workspace): Promise<void> {
  const path = join(workspace.folder, 'workflow-bundle.js');
  const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': SUGGEST_CONTINUE_AS_NEW_AT };
  const [real, timeSkipping, still] = await Promise.all([
    startTemporal(workspace, { timeSkipping: true, dynamicConfig }),
    startTimeSkippingServer(workspace),
    startTimeSkippingServer(workspace, 'temporal-test-server-still'),
    bundle(path),
  ]);
  Object.assign(process.env, {
    [variables.bundle]: path,
    [variables.realAddress]: real.address,
    [variables.timeSkippingAddress]: timeSkipping,
    [variables.stillAddress]: still,
  });
}

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function setup(): Promise<void> {
  const workspace = createWorkspace('workflow-tests');
  try {
    await start(workspace);
  } catch (error) {
    await workspace.dispose();
    throw error;
  }
  holder.workflowTests = workspace;
}

/** For teardown.ts: ends what setup started. */
export async function stop(): Promise<void> {
  await holder.workflowTests?.dispose();
  delete holder.workflowTests;
}

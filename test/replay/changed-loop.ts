// The workflow's loop with a change in its middle, as a developer would make it: with a patch marker or without. The loop's own source
// is changed as it is bundled, so that this follows it.
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const WORKFLOWS = join(import.meta.dirname, '..', '..', 'workflows');
const PLACE = 'await alarm.wait(isAwake, recheckAfterMs);';
export const PATCH_ID = 'look-twice';

const CHANGES = {
  none: '',
  /** Looks once more after each wait. */
  unmarked: 'await look();',
  marked: `if (goesTheNewWay('${PATCH_ID}')) await look();`,
} as const;

const MARKERS = `
import { createPatches } from '${WORKFLOWS}/patches.ts';
const goesTheNewWay = createPatches({ '${PATCH_ID}': { since: '2026-01-01', reason: 'a test', mayGo: 'at once' } });
`;

/** The other workflow, whose histories are replayed along. */
const OTHERS = `export { templateRollout } from '${WORKFLOWS}/template-rollout.ts';\n`;

/** The loop with a change, with its imports where they are. */
function sourceWith(change: keyof typeof CHANGES): string {
  const source = readFileSync(join(WORKFLOWS, 'ditto-server.ts'), 'utf8');
  if (!source.includes(PLACE)) throw new Error(`workflows/ditto-server.ts has no line "${PLACE}" any more: choose another place`);
  const moved = source.replaceAll("from './", `from '${WORKFLOWS}/`).replaceAll("from '../", `from '${WORKFLOWS}/../`);
  return OTHERS + (change === 'marked' ? MARKERS : '') + moved.replace(PLACE, `${PLACE} ${CHANGES[change]}`);
} // prettier-ignore

/** A bundle with the changed loop in the place of the loop. */
export async function changedLoop(change: keyof typeof CHANGES): Promise<WorkflowBundle> {
  // Beside this file, so that packages are found from there.
  const folder = mkdtempSync(join(import.meta.dirname, 'changed-loop-'));
  try {
    const workflowsPath = join(folder, 'index.ts');
    writeFileSync(workflowsPath, sourceWith(change));
    return await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// Workflows that are broken on purpose: each takes a step that no recorded history has. replay.test.ts shows that this is caught.
import { proxyActivities } from '@temporalio/workflow';
import { dittoServer as unbroken } from '../../workflows/ditto-server.ts';
import { templateRollout as unbrokenRollout } from '../../workflows/template-rollout.ts';
import type { RolloutInput, RolloutState } from '../../src/api/rollout.ts';
import type { DittoServerInput, State } from '../../workflows/messages.ts';

const { surprise } = proxyActivities<{ surprise: () => Promise<void> }>({ startToCloseTimeout: '10s' });

export async function dittoServer(input: DittoServerInput): Promise<State> {
  await surprise();
  return unbroken(input);
}

export async function templateRollout(input: RolloutInput): Promise<RolloutState> {
  await surprise();
  return unbrokenRollout(input);
}

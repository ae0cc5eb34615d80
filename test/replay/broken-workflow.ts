// A workflow that is broken on purpose: it takes a step that no recorded history has. replay.test.ts shows that this is caught.
import { proxyActivities } from '@temporalio/workflow';
import { dittoServer as unbroken } from '../../workflows/ditto-server.ts';
import type { DittoServerInput, State } from '../../workflows/messages.ts';

const { surprise } = proxyActivities<{ surprise: () => Promise<void> }>({ startToCloseTimeout: '10s' });

export async function dittoServer(input: DittoServerInput): Promise<State> {
  await surprise();
  return unbroken(input);
}

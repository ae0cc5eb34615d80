// What must hold at the end of every test, and the search attributes that both servers need to know.
import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../workflows/messages.ts';
import { runsOf, taskFailures } from './history.ts';
import { NAMESPACE } from './server.ts';
import type { World } from './world.ts';

/** temporal.api.enums.v1.IndexedValueType */
const INDEXED_VALUE_TYPE = { KEYWORD: 2, BOOL: 5 } as const;

export async function registerAttributes(client: Client): Promise<void> {
  const searchAttributes = Object.fromEntries(
    Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, INDEXED_VALUE_TYPE[type]]),
  );
  await client.connection.operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes });
}

/** No workflow task failed, and no activity failed by a fault of ours. */
export async function expectSound(world: World): Promise<void> {
  const runs = await runsOf(world);
  expect(taskFailures(runs)).toEqual([]);
  expect(world.faults).toEqual([]);
}

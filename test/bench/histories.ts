// How long the workflow histories of DittoServers are.
import { workflowId } from '../../workflows/messages.ts';
import { byClients } from './servers.ts';
import type { BenchStage } from './stage.ts';

export interface Histories {
  readonly events: number;
  readonly bytes: number;
}

/** The cluster's name in Temporal, as the kit starts the provisioner. */
const CLUSTER_NAME = 'kit';

export const idOf = (namespace: string, name: string): string => workflowId({ cluster: CLUSTER_NAME, namespace, name });

/** Events and bytes of these DittoServers' present runs, in sum. */
export async function histories({ temporal, namespace }: BenchStage, servers: readonly string[]): Promise<Histories> {
  let events = 0;
  let bytes = 0;
  await byClients(servers, async (name) => {
    const told = await temporal.workflow.getHandle(idOf(namespace, name)).describe();
    events += told.historyLength;
    bytes += told.historySize ?? 0;
  });
  return { events, bytes };
}

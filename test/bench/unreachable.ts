// B-S9: one DittoServer whose pod is ready, and whose API refuses every connection: what it costs once that is told.
import { DITTO_SERVER } from '../../src/api/names.ts';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { untilQuiet } from './requests.ts';
import { conditionOf, leaveAlone } from './rest.ts';
import type { Rest } from './results.ts';
import { BASIC, create } from './servers.ts';
import { hostOf } from './servers-api.ts';
import { onStage } from './stage.ts';

export interface UnreachableOptions {
  /** How long it is watched. */
  readonly seconds: number;
  /** No write for so long is quiet. */
  readonly quietMs: number;
  readonly profiles: string | undefined;
}

const SERVER = 'refused';

export function measureUnreachable({ seconds, quietMs, profiles }: UnreachableOptions): Promise<Rest> {
  return onStage({ name: 'unreachable', ready: true, profiles }, async (stage) => {
    const { cluster, namespace, provisioner } = stage;
    provisioner.refuse(hostOf(stage, SERVER));
    await create(stage, SERVER, BASIC);
    let last: string | undefined;
    const told = async (): Promise<boolean> => {
      const server = await cluster.admin.get<KubeObject & DittoServer>({ ...DITTO_SERVER, namespace, name: SERVER });
      last = server && conditionOf(server, 'Authenticated');
      return last === 'False/APIUnreachable';
    };
    await waitFor('the DittoServer says that the API is unreachable', told, {
      timeoutMs: 60_000,
      seen: () => String(last),
    });
    await untilQuiet(stage, { sign: 'write', forMs: quietMs });
    return leaveAlone(stage, [SERVER], seconds);
  });
}

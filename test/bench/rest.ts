// What DittoServers cost that nobody touches.
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER } from '../../src/api/names.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { histories } from './histories.ts';
import { countRequests } from './requests.ts';
import type { Rest } from './results.ts';
import { callsOf } from './servers-api.ts';
import type { BenchStage, Ground } from './stage.ts';

type Server = KubeObject & DittoServer;

/** A condition of a DittoServer, as `True/Reason`; undefined while there is none. */
export function conditionOf({ status }: DittoServer, type: string): string | undefined {
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found && `${found.status}/${found.reason}`;
}

export const isReady = (server: DittoServer): boolean => conditionOf(server, 'Ready')?.startsWith('True/') === true;

/** Waits until so many are Ready in the namespace. */
export async function untilAllReady({ cluster, namespace }: Ground, count: number): Promise<void> {
  let last = 0;
  const ready = async (): Promise<boolean> => {
    last = (await cluster.admin.list<Server>({ ...DITTO_SERVER, namespace })).filter(isReady).length;
    return last >= count;
  };
  await waitFor(`${count} DittoServers are Ready`, ready, {
    timeoutMs: 600_000,
    everyMs: 1_000,
    seen: () => `${last} are`,
  });
}

/** Does nothing for so long, and tells what was done meanwhile. */
export async function leaveAlone(stage: BenchStage, servers: readonly string[], seconds: number): Promise<Rest> {
  const before = await histories(stage, servers);
  const calledBefore = callsOf(stage, servers);
  const began = performance.now();
  const since = new Date();
  await pause(seconds * 1_000);
  const usage = stage.usage.since(began);
  const counted = countRequests(stage.requests({ user: 'provisioner', since }), 1);
  const after = await histories(stage, servers);
  const called = callsOf(stage, servers);
  return {
    servers: servers.length,
    seconds: usage.seconds,
    writes: counted.writes,
    reads: counted.reads,
    events: after.events - before.events,
    calls: called.calls - calledBefore.calls,
    tokens: called.tokens - calledBefore.tokens,
    usage,
  };
}

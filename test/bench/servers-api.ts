// The DittoFS servers' own API, as the stand-in of the kit plays it for a scenario.
import { apiHost } from '../../src/dittofs/index.ts';
import { names } from '../../src/api/names.ts';
import type { DittoFsStandIn, ServerStandIn } from '../kit/dittofs-stand-in.ts';
import type { BenchStage } from './stage.ts';

const CLUSTER_DOMAIN = 'cluster.local';

/** The name under which the provisioner looks for a server's API. */
export function hostOf({ namespace }: BenchStage, server: string): string {
  return apiHost(names(server).apiService, namespace, CLUSTER_DOMAIN);
}

/** All of them. */
export function standIn({ provisioner: { servers } }: BenchStage): DittoFsStandIn {
  if (!servers) throw new Error('The servers of this stage really run.');
  return servers;
}

/** One of them, which may be there before its DittoServer. */
export function serverApi(stage: BenchStage, server: string): ServerStandIn {
  return standIn(stage).server(hostOf(stage, server));
}

export interface Calls {
  readonly calls: number;
  readonly tokens: number;
}

const TOKEN = /^POST \/api\/v1\/auth\/(login|refresh)$/;

/** What these servers have been asked so far, in sum. */
export function callsOf(stage: BenchStage, servers: readonly string[]): Calls {
  const calls = servers.flatMap((server) => serverApi(stage, server).calls);
  return { calls: calls.length, tokens: calls.filter((call) => TOKEN.test(call)).length };
}

// B-S13: the API of one server takes calls and never answers. How long others wait that are changed, and that are new, without it and
// beside it.
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER, names } from '../../src/api/names.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { listWatch } from '../kit/list-watch.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { sampled } from './latency.ts';
import { untilQuiet } from './requests.ts';
import { isReady, untilAllReady } from './rest.ts';
import type { Hanging, Waits } from './results.ts';
import { BASIC, byClients, create, serverNames } from './servers.ts';
import { serverApi } from './servers-api.ts';
import { type BenchStage, onStage } from './stage.ts';
import { untilCalm } from './usage.ts';

export interface HangingOptions {
  /** That are changed, and as many that are new, both times. */
  readonly servers: number;
  readonly profiles: string | undefined;
}

const HANGS = 'hangs';
/** How often it is looked whether a call hangs. */
const LOOK_MS = 100;
/** How long a change has time to lead to a call. */
const PATIENCE_MS = 2_000;
/** Of the specification: its account must be, or need not be, an administrator's, so that it is asked at once. Its pod does not change. */
const REASONS_TO_ASK = [[{ share: '/export', interval: '1h' }], []] as const;

export function measureHanging({ servers, profiles }: HangingOptions): Promise<Hanging> {
  return onStage({ name: 'hanging', ready: true, profiles }, async (stage) => {
    const settled = serverNames('s', servers);
    const seen = watchChanges(stage);
    await byClients(settled, (name) => create(stage, name, BASIC));
    await untilAllReady(stage, servers);
    await untilQuiet(stage, { sign: 'request', forMs: 1_000 });
    await untilCalm(stage.usage);
    const alone = await waits(stage, seen, { settled, fresh: serverNames('a', servers), level: 'DEBUG' });

    serverApi(stage, HANGS).hangs = true;
    await create(stage, HANGS, BASIC);
    await waitFor('a call hangs', () => serverApi(stage, HANGS).hanging > 0, { timeoutMs: 60_000 });
    const end = new AbortController();
    const hung = keepHanging(stage, end.signal);
    const beside = await waits(stage, seen, { settled, fresh: serverNames('b', servers), level: 'WARN' });
    end.abort();
    return { servers, alone, beside, hungShare: await hung };
  });
}

interface Changes {
  /** When its ConfigMap was last seen with other data, by performance.now(). */
  readonly configuredAt: (server: string) => number | undefined;
  /** When it was first seen Ready. */
  readonly readyAt: (server: string) => number | undefined;
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

function watchChanges({ cluster, namespace, signal }: BenchStage): Changes {
  const data = new Map<string, string>();
  const configured = new Map<string, number>();
  const ready = new Map<string, number>();
  const handlers = <T>(seen: (object: T) => void) => ({ seen, gone: () => undefined });
  const admin = cluster.as('admin');
  const configMaps = handlers<ConfigMap>(({ metadata: { name }, data: now }) => {
    const text = JSON.stringify(now);
    if (data.get(name) === text) return;
    if (data.has(name)) configured.set(name, performance.now());
    data.set(name, text);
  });
  const dittoServers = handlers<KubeObject & DittoServer>((server) => {
    const { name } = server.metadata;
    if (isReady(server) && !ready.has(name)) ready.set(name, performance.now());
  });
  void listWatch(admin, { apiVersion: 'v1', kind: 'ConfigMap', namespace }, configMaps, signal);
  void listWatch(admin, { ...DITTO_SERVER, namespace }, dittoServers, signal);
  return {
    configuredAt: (server) => configured.get(names(server).configMap),
    readyAt: (server) => ready.get(server),
  };
}

interface Round {
  readonly settled: readonly string[];
  readonly fresh: readonly string[];
  /** The log level that the settled ones get. */
  readonly level: string;
}

async function waits(stage: BenchStage, seen: Changes, { settled, fresh, level }: Round): Promise<Waits> {
  const { cluster, namespace } = stage;
  const before = new Map(settled.map((server) => [server, seen.configuredAt(server)]));
  const edit = await sampled(settled, {
    cause: async (name) => {
      await cluster.admin.patch({ ...DITTO_SERVER, namespace, name }, { spec: { logging: { level } } });
    },
    effectAt: (server) => {
      const at = seen.configuredAt(server);
      return at === before.get(server) ? undefined : at;
    },
  });
  const apply = await sampled(fresh, { cause: (server) => create(stage, server, BASIC), effectAt: seen.readyAt });
  return { edit, apply };
}

/** Sees to it that a call hangs: as soon as nobody waits for an answer any more, a change gives reason to ask. Returns the share of the time. */
async function keepHanging(stage: BenchStage, signal: AbortSignal): Promise<number> {
  const { cluster, namespace } = stage;
  const ref = { ...DITTO_SERVER, namespace, name: HANGS };
  const api = serverApi(stage, HANGS);
  let [looks, hung, changes, changedAt] = [0, 0, 0, 0];
  while (!signal.aborted) {
    looks += 1;
    if (api.hanging > 0) hung += 1;
    else if (performance.now() - changedAt > PATIENCE_MS) {
      const snapshotPolicies = REASONS_TO_ASK[changes % REASONS_TO_ASK.length];
      [changes, changedAt] = [changes + 1, performance.now()];
      await cluster.admin.patch(ref, { spec: { snapshotPolicies } });
    }
    await pause(LOOK_MS);
  }
  return hung / looks;
}

// Many DittoServers at once: P2fan without a database, P2b with one that is ready a second after its cluster appears.
import { histories } from './histories.ts';
import type { FanIn } from './results.ts';
import { countRequests, untilQuiet } from './requests.ts';
import { BASIC, byClients, clusterOf, create, PERCONA, serverNames, watchStatefulSets } from './servers.ts';
import { type BenchStage, onStage } from './stage.ts';
import { distribution, type Distribution } from './statistics.ts';

export interface FanOptions {
  readonly servers: number;
  /** No write for so long is quiet. */
  readonly quietMs: number;
  readonly profiles: string | undefined;
}

/** Databases are ready so long after their clusters appear, as in the scenario of the Go operator. */
const READY_AFTER_MS = 1_000;
/** Histories are asked of so many DittoServers. */
const HISTORIES = 20;

/** P2fan: without a database. */
export function measureFan(options: FanOptions): Promise<FanIn> {
  return onStage({ name: 'fan', profiles: options.profiles }, (stage) => fanIn(stage, options));
}

/** P2b: with Percona. */
export function measureDatabases(options: FanOptions): Promise<FanIn> {
  return onStage({ name: 'databases', percona: true, profiles: options.profiles }, async (stage) => {
    const readyAt = new Map<string, number>();
    const becomesReady = (cluster: string): void => void readyAt.set(cluster, performance.now());
    stage.percona({ readyAfterMs: READY_AFTER_MS, becomesReady });
    return fanIn(stage, options, readyAt);
  });
}

async function fanIn(
  stage: BenchStage,
  { servers, quietMs }: FanOptions,
  readyAt?: ReadonlyMap<string, number>,
): Promise<FanIn> {
  const sets = watchStatefulSets(stage);
  const all = serverNames('s', servers);
  const began = performance.now();
  await byClients(all, (name) => create(stage, name, readyAt ? PERCONA : BASIC));
  const lastAt = await sets.untilThere(servers);
  const { lastAtMs = lastAt } = await untilQuiet(stage, { sign: 'write', forMs: quietMs });
  const quietAt = performance.now();
  // The last write itself is in it, however its time was rounded.
  const untilMs = performance.timeOrigin + lastAtMs + 1;
  const requests = stage.requests({ user: 'provisioner' }).filter(({ at }) => at.getTime() <= untilMs);
  const asked = all.slice(0, HISTORIES);
  const { events, bytes } = await histories(stage, asked);
  return {
    servers,
    seconds: (lastAt - began) / 1_000,
    quietAfterSeconds: (lastAtMs - began) / 1_000,
    requests: countRequests(requests, servers),
    history: { events: events / asked.length, bytes: bytes / asked.length },
    usage: stage.usage.since(began, lastAtMs),
    afterwards: stage.usage.since(lastAtMs, quietAt),
    ...(readyAt && { readyToStatefulSet: waits(all, readyAt, sets.firstSeenAt) }),
  };
}

/** From ready to StatefulSet. Not below nothing: the two moments are seen by different connections. */
function waits(
  servers: readonly string[],
  readyAt: ReadonlyMap<string, number>,
  seenAt: (server: string) => number | undefined,
): Distribution {
  return distribution(
    servers.map((server) => Math.max(0, (seenAt(server) ?? NaN) - (readyAt.get(clusterOf(server)) ?? NaN))),
  );
}

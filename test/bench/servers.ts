// DittoServers under measurement: making many of them, and seeing when their StatefulSets come and change.
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { ANNOTATIONS, DITTO_SERVER, names } from '../../src/api/names.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { listWatch } from '../kit/list-watch.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { Ground } from './stage.ts';

/** The smallest specification, with SQLite. */
export const BASIC = { storage: { metadataSize: '1Gi' } } as const satisfies DittoServerSpec;
/** The smallest specification with PostgreSQL. */
export const PERCONA = { ...BASIC, percona: { enabled: true, storageSize: '1Gi' } } as const satisfies DittoServerSpec;

/** How many clients make DittoServers at once. */
const CLIENTS = 8;

/** `count` names from a first number on, so that later ones do not meet earlier ones. */
export function serverNames(prefix: string, count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${from + i}`);
}

/** Name of a DittoServer's PerconaPGCluster. */
export const clusterOf = (server: string): string => names(server).postgresCluster;

/** Makes a DittoServer as a user would; resolves when the API server has stored it. */
export async function create({ cluster, namespace }: Ground, name: string, spec: DittoServerSpec): Promise<void> {
  await cluster.admin.create({ ...DITTO_SERVER, metadata: { namespace, name }, spec });
}

/** Does something for each item, by so many clients at once. */
export async function byClients<T>(
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
  clients = CLIENTS,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const client = async (): Promise<void> => {
    // One iterator for all clients: each takes what is next.
    for (const item of { [Symbol.iterator]: () => left }) await work(item);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

interface StatefulSet extends KubeObject {
  readonly spec: {
    readonly template: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } };
  };
}

export interface StatefulSets {
  /** When the StatefulSet was first seen, by performance.now(). */
  readonly firstSeenAt: (server: string) => number | undefined;
  /** When its pod template was last seen with another configuration hash than before. */
  readonly rolledAt: (server: string) => number | undefined;
  /** The time of the last first sight, once there are so many. Throws after the time-out. */
  untilThere(count: number, timeoutMs?: number): Promise<number>;
}

/** Watches the namespace's StatefulSets from now on, as a client of its own. */
export function watchStatefulSets({ cluster, namespace, signal }: Ground): StatefulSets {
  const first = new Map<string, number>();
  const hashes = new Map<string, string>();
  const rolled = new Map<string, number>();
  const seen = (set: StatefulSet): void => {
    const now = performance.now();
    const { name } = set.metadata;
    const hash = set.spec.template.metadata?.annotations?.[ANNOTATIONS.configHash] ?? '';
    if (!first.has(name)) first.set(name, now);
    else if (hashes.get(name) !== hash) rolled.set(name, now);
    hashes.set(name, hash);
  };
  const kind = { apiVersion: 'apps/v1', kind: 'StatefulSet', namespace };
  void listWatch<StatefulSet>(cluster.as('admin'), kind, { seen, gone: () => undefined }, signal);
  return {
    firstSeenAt: (server) => first.get(server),
    rolledAt: (server) => rolled.get(server),
    async untilThere(count, timeoutMs = 300_000) {
      await waitFor(`${count} StatefulSets exist`, () => first.size >= count, {
        timeoutMs,
        everyMs: 20,
        seen: () => `${first.size} do`,
      });
      return Math.max(...first.values());
    },
  };
}

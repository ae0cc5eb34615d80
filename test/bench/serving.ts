// From apply to a server that serves: the real Percona operator, controllers, PostgreSQL and DittoFS, one DittoServer at a time. Which
// part of it is the provisioner's, watches tell.
import { DITTO_SERVER, names, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import { startCluster } from '../kit/cluster.ts';
import type { Condition, KubeObject, Pod } from '../kit/kubernetes-types.ts';
import type { KindRef } from '../kit/admin.ts';
import { listWatch } from '../kit/list-watch.ts';
import { startProvisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { Serving } from './results.ts';
import { create, PERCONA } from './servers.ts';
import type { Ground } from './stage.ts';
import { distribution, sum } from './statistics.ts';
import { startSampling, untilCalm } from './usage.ts';

export interface ServingOptions {
  readonly samples: number;
}

/** Every moment of a DittoServer that is measured, in their usual order. */
const MOMENTS = ['cluster', 'database', 'statefulSet', 'pod', 'login', 'ready'] as const;
type Moment = (typeof MOMENTS)[number];
/** When each was first seen, by performance.now(). */
type Moments = Readonly<Record<Moment, number>>;
type Seen = Map<string, Map<Moment, number>>;

/** A sample that takes longer is no sample. */
const WITHIN_MS = 180_000;
const LOGIN_EVERY_MS = 20;

/** Waits until the traces of a sample are gone before the next one. Throws where pods cannot run. */
export async function measureServing({ samples }: ServingOptions): Promise<Serving> {
  const cluster = await startCluster({ name: 'serving', pods: 'processes' });
  const end = new AbortController();
  try {
    const provisioner = await startProvisioner(cluster);
    const usage = startSampling({
      provisioner: [provisioner.pid()],
      temporal: [cluster.pidOf('temporal')],
      controlPlane: [cluster.pidOf('etcd'), cluster.pidOf('kube-apiserver')],
    });
    try {
      const ground = { cluster, signal: end.signal, namespace: await cluster.namespace('bench') };
      const seen = watchMoments(ground);
      const taken: (readonly [number, Moments])[] = [];
      for (let i = 0; i < samples; i += 1) {
        await untilCalm(usage);
        taken.push(await sample(ground, seen, `s-${i}`));
      }
      return summary(taken);
    } finally {
      usage.stop();
      await provisioner.stop();
    }
  } finally {
    end.abort();
    await cluster.stop();
  }
}

interface Status {
  /** Of a PerconaPGCluster. */
  readonly state?: string;
  readonly conditions?: readonly Condition[];
}

interface Watched extends KubeObject {
  readonly status?: Status;
}

const isTrue = (status: Status | undefined): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;

/** Watches for all DittoServers of the namespace. */
function watchMoments({ cluster, namespace, signal }: Ground): Seen {
  const all: Seen = new Map();
  const note = (server: string, ...moments: readonly Moment[]): void => {
    const now = performance.now();
    const own = all.get(server) ?? new Map<Moment, number>();
    all.set(server, own);
    for (const moment of moments) if (!own.has(moment)) own.set(moment, now);
  };
  const watch = (kind: KindRef, seen: (object: Watched) => void): void =>
    void listWatch<Watched>(cluster.as('admin'), { ...kind, namespace }, { seen, gone: () => undefined }, signal);

  watch(PERCONA_PG_CLUSTER, ({ metadata, status }) => {
    const server = metadata.name.replace(/-postgres$/, '');
    note(server, 'cluster', ...(status?.state === 'ready' ? (['database'] as const) : []));
  });
  watch({ apiVersion: 'apps/v1', kind: 'StatefulSet' }, ({ metadata }) => note(metadata.name, 'statefulSet'));
  watch({ apiVersion: 'v1', kind: 'Pod' }, ({ metadata, status }) => {
    if (isTrue(status)) note(metadata.name.replace(/-0$/, ''), 'pod');
  });
  watch(DITTO_SERVER, ({ metadata, status }) => {
    if (isTrue(status)) note(metadata.name, 'ready');
  });
  return all;
}

/** One DittoServer, from apply to both a login and Ready, and away again. The first number is when it was applied. */
async function sample(ground: Ground, seen: Seen, server: string): Promise<readonly [number, Moments]> {
  const began = performance.now();
  const login = firstLogin(ground, server);
  await create(ground, server, PERCONA);
  const loginAt = await login;
  const own = (): ReadonlyMap<Moment, number> => new Map([...(seen.get(server) ?? []), ['login', loginAt]]);
  await waitFor(`every moment of ${server} is seen`, () => own().size === MOMENTS.length, {
    timeoutMs: WITHIN_MS,
    everyMs: 20,
    seen: () => `only ${[...own().keys()].join(', ')}`,
  });
  await remove(ground, server);
  return [began, Object.fromEntries(own()) as Moments];
}

/** Tries to log in to the pod, as soon as there is one, until the server lets the administrator in; returns when that was. */
async function firstLogin({ cluster, namespace }: Ground, server: string): Promise<number> {
  const pod = { apiVersion: 'v1', kind: 'Pod', namespace, name: `${server}-0` };
  const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: names(server).adminSecret };
  const found = async (): Promise<string | undefined> => (await cluster.admin.get<Pod>(pod))?.status?.podIP;
  const address = await waitFor(`the address of ${server}`, found, { timeoutMs: WITHIN_MS });
  const data = (await cluster.admin.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>(secret))
    ?.data;
  const password = Buffer.from(data?.['password'] ?? '', 'base64').toString();
  const attempt = async (): Promise<boolean> => {
    const answer = await fetch(`http://${address}:8080/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password }),
      signal: AbortSignal.timeout(2_000),
    });
    return answer.ok;
  };
  await waitFor(`a login to ${server}`, attempt, { timeoutMs: WITHIN_MS, everyMs: LOGIN_EVERY_MS });
  return performance.now();
}

async function remove({ cluster, namespace }: Ground, server: string): Promise<void> {
  await cluster.admin.delete({ ...DITTO_SERVER, namespace, name: server });
  const pods = async (): Promise<number> =>
    (await cluster.admin.list({ apiVersion: 'v1', kind: 'Pod', namespace })).length;
  await waitFor(`the pods of ${server} are gone`, async () => (await pods()) === 0, {
    timeoutMs: WITHIN_MS,
    everyMs: 500,
  });
}

function summary(taken: readonly (readonly [number, Moments])[]): Serving {
  const of = (ms: (began: number, at: Moments) => number) => distribution(taken.map(([began, at]) => ms(began, at)));
  // Not below nothing: the moments are seen by different connections.
  const between = (from: number, to: number): number => Math.max(0, to - from);
  const own = (began: number, at: Moments): readonly number[] => [
    between(began, at.cluster),
    between(at.database, at.statefulSet),
    between(at.pod, at.ready),
  ];
  return {
    samples: taken.length,
    login: of((began, { login }) => login - began),
    ready: of((began, { ready }) => ready - began),
    whole: of((began, { login, ready }) => Math.max(login, ready) - began),
    toCluster: of((began, { cluster }) => between(began, cluster)),
    database: of((_, { cluster, database }) => between(cluster, database)),
    toStatefulSet: of((_, { database, statefulSet }) => between(database, statefulSet)),
    pod: of((_, { statefulSet, pod }) => between(statefulSet, pod)),
    toReady: of((_, { pod, ready }) => between(pod, ready)),
    own: of((began, at) => sum(own(began, at))),
  };
}

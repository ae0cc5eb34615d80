// A DittoServer under test, as a user and as the API server see it.
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { DittoServer, DittoServerSpec, DittoServerStatus } from '../../../src/api/generated/ditto-server.ts';
import { storedConditions } from '../../../src/api/stored.ts';
import { DITTO_SERVER, type Names, names, PERCONA_PG_CLUSTER } from '../../../src/api/names.ts';
import type { PerconaPGCluster } from '../../../src/api/percona.ts';
import { reconcileNow, state, type State, workflowId } from '../../../workflows/messages.ts';
import type { DeleteOptions } from '../../kit/admin.ts';
import type { FollowedWrites, Write } from '../../kit/audit.ts';
import type { Cluster } from '../../kit/cluster.ts';
import type { KubeObject, ObjectRef, Pod } from '../../kit/kubernetes-types.ts';
import { waitFor } from '../../kit/wait-for.ts';
import { recordHistory } from '../../replay/record.ts';
import type { StatefulSet } from '../../../src/manifests/index.ts';

/** The cluster's name in Temporal, as the kit starts the provisioner. */
export const CLUSTER_NAME = 'kit';

/** The smallest specification, with SQLite. */
export const BASIC = { storage: { metadataSize: '1Gi' } } as const satisfies DittoServerSpec;
/** The smallest specification with PostgreSQL. */
export const PERCONA = { ...BASIC, percona: { enabled: true, storageSize: '1Gi' } } as const satisfies DittoServerSpec;

export type Condition = NonNullable<DittoServerStatus['conditions']>[number];

/** What a condition is waited to say; what is left out does not matter. */
export interface Told {
  readonly type: Condition['type'];
  readonly status?: Condition['status'];
  readonly reason?: string;
  readonly message?: RegExp;
}

export interface WaitOptions {
  /** Default 60 000: the machine may be busy. */
  readonly timeoutMs?: number;
  /** Pause between two looks. Default 50. */
  readonly everyMs?: number;
}

export interface Subject {
  readonly name: string;
  readonly namespace: string;
  readonly names: Names;
  readonly ref: ObjectRef;
  /** Whether a name is its own or derived from it. */
  readonly owns: (name: string) => boolean;
  /** References to its children. */
  readonly children: Readonly<Record<ChildName, ObjectRef>>;
  /** Applies it as a user would, with exactly this specification. */
  apply(spec: DittoServerSpec, metadata?: Pick<KubeObject['metadata'], 'annotations' | 'labels'>): Promise<DittoServer>;
  get(): Promise<DittoServer | undefined>;
  statefulSet(): Promise<StatefulSet | undefined>;
  postgresCluster(): Promise<PerconaPGCluster | undefined>;
  pod(): Promise<Pod | undefined>;
  /** Everything that it says about itself, in one line. */
  readonly says: () => Promise<string>;
  untilTold(told: Told, options?: WaitOptions): Promise<Condition>;
  /** Ready for the generation that it has. */
  untilReady(options?: WaitOptions): Promise<DittoServer>;
  untilGone(options?: WaitOptions): Promise<void>;
  delete(options?: DeleteOptions): Promise<void>;
  /** Requests of the provisioner that write to it, its children or its events, in order. */
  writes(since?: Date): readonly Write[];
  /** resourceVersion of itself and of everything that is named after it. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** ControllerRevisions of its present StatefulSet: one per template that it ever had. Its controller writes them some time after it was made. */
  revisions(): Promise<number>;
  workflow(): WorkflowHandle;
  /** Has it looked at, and waits for the end of the pass. */
  reconcileNow(times?: number): Promise<State | undefined>;
  /** What its workflow says. */
  state(): Promise<State>;
  /** Keeps the history of its run for the replay tests, if asked for by RECORD_HISTORIES=1. */
  recordHistory(what: string): Promise<void>;
  /** Waits until nothing is under way any more: its workflow waits, and has had no cause to look again. */
  untilQuiet(): Promise<void>;
}

export const CHILD_NAMES = [
  'statefulSet',
  'headlessService',
  'apiService',
  'baselineNetworkPolicy',
  'configMap',
  'jwtSecret',
  'adminSecret',
  'postgresCluster',
  'postgresUserSecret',
] as const;
export type ChildName = (typeof CHILD_NAMES)[number];

const KINDS: Readonly<Record<ChildName, { readonly apiVersion: string; readonly kind: string }>> = {
  statefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  headlessService: { apiVersion: 'v1', kind: 'Service' },
  apiService: { apiVersion: 'v1', kind: 'Service' },
  baselineNetworkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  jwtSecret: { apiVersion: 'v1', kind: 'Secret' },
  adminSecret: { apiVersion: 'v1', kind: 'Secret' },
  postgresCluster: PERCONA_PG_CLUSTER,
  postgresUserSecret: { apiVersion: 'v1', kind: 'Secret' },
};

/** Kinds that `versions` covers. Not events: Kubernetes' own controllers record theirs late; the audit log tells of ours. */
const VERSIONED = [
  DITTO_SERVER,
  ...Object.values(KINDS),
  { apiVersion: 'v1', kind: 'Pod' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
];

interface World {
  readonly cluster: Cluster;
  readonly temporal: Client;
  readonly writes: FollowedWrites;
}

/** The DittoServer `name` in `namespace`, whether it exists or not. */
export function subject({ cluster, temporal, writes }: World, namespace: string, name: string): Subject {
  const { admin } = cluster;
  const ref: ObjectRef = { ...DITTO_SERVER, namespace, name };
  const n = names(name);
  const children = Object.fromEntries(
    CHILD_NAMES.map((child) => [child, { ...KINDS[child], namespace, name: n[child] }]),
  ) as Record<ChildName, ObjectRef>;
  const owns = (other: string): boolean =>
    other === name || [`${name}-`, `${name}.`].some((start) => other.startsWith(start)) || other.endsWith(`-${name}-0`);

  const get = (): Promise<DittoServer | undefined> => admin.get<DittoServer & KubeObject>(ref);
  const says = async (): Promise<string> => sentence(await get());

  async function untilTold(told: Told, { timeoutMs = 60_000 }: WaitOptions = {}): Promise<Condition> {
    const what = `${name} says ${JSON.stringify({ ...told, message: told.message?.source })}`;
    return waitFor(what, async () => conditionsOf(await get()).find((condition) => isTold(condition, told)), {
      timeoutMs,
      seen: says,
    });
  }

  /** A call that nobody answers must not outlive the test. */
  const inTime = <T>(call: () => Promise<T>, ms = 20_000): Promise<T> => temporal.withDeadline(Date.now() + ms, call);
  const id = workflowId({ cluster: CLUSTER_NAME, namespace, name });
  const workflow = (): WorkflowHandle => temporal.workflow.getHandle(id);

  return {
    name,
    namespace,
    names: n,
    ref,
    owns,
    children,
    get,
    says,
    untilTold,
    workflow,
    apply: (spec, metadata = {}) =>
      admin.apply<KubeObject & DittoServer>({ ...DITTO_SERVER, metadata: { ...metadata, namespace, name }, spec }),
    statefulSet: () => admin.get<StatefulSet & KubeObject>(children.statefulSet),
    postgresCluster: () => admin.get<PerconaPGCluster & KubeObject>(children.postgresCluster),
    pod: () => admin.get<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace, name: `${n.statefulSet}-0` }),
    async untilReady({ timeoutMs = 60_000, everyMs = 50 } = {}) {
      return waitFor(
        `${name} is Ready`,
        async () => {
          const server = await get();
          const ready = conditionsOf(server).find(({ type }) => type === 'Ready');
          const current = ready?.observedGeneration === server?.metadata.generation;
          return ready?.status === 'True' && current && server;
        },
        { timeoutMs, everyMs, seen: says },
      );
    },
    async untilGone({ timeoutMs = 60_000, everyMs = 50 } = {}) {
      await waitFor(`${name} is gone`, async () => (await get()) === undefined, { timeoutMs, everyMs, seen: says });
    },
    delete: (options) => admin.delete(ref, options),
    writes: (since) =>
      writes({ user: 'provisioner', namespace, ...(since && { since }) }).filter((write) => owns(write.name ?? '')),
    async versions() {
      const lists = await Promise.all(VERSIONED.map((kind) => admin.list<KubeObject>({ ...kind, namespace })));
      const own = lists.flat().filter(({ metadata }) => owns(metadata.name));
      return Object.fromEntries(
        own.map(({ kind, metadata }) => [`${kind}/${metadata.name}`, metadata.resourceVersion ?? '']).sort(),
      ) as Record<string, string>;
    },
    async revisions() {
      const uid = (await admin.get(children.statefulSet))?.metadata.uid;
      const all = await admin.list<KubeObject>({ apiVersion: 'apps/v1', kind: 'ControllerRevision', namespace });
      return all.filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid)).length;
    },
    async reconcileNow(times = 1) {
      let last: State | undefined;
      for (let pass = 0; pass < times; pass += 1) last = await inTime(() => workflow().executeUpdate(reconcileNow));
      return last;
    },
    state: () => inTime(() => workflow().query(state)),
    recordHistory: (what) => recordHistory(temporal, id, `cluster-${what}`),
    async untilQuiet() {
      let before = '';
      await waitFor(
        `the workflow of ${name} rests`,
        async () => {
          const { passes, nextLook } = await inTime(() => workflow().query(state), 5_000);
          const now = `${passes} ${nextLook}`;
          const same = nextLook !== undefined && now === before;
          before = now;
          return same;
        },
        // Longer than changes are collected before a nudge (a quarter of a second).
        { everyMs: 600, seen: says },
      );
    },
  };
}

export function conditionsOf(server: DittoServer | undefined): readonly Condition[] {
  return storedConditions(server?.status);
}

function isTold(condition: Condition, { type, status, reason, message }: Told): boolean {
  return (
    condition.type === type &&
    (status === undefined || condition.status === status) &&
    (reason === undefined || condition.reason === reason) &&
    (message === undefined || message.test(condition.message))
  );
}

function sentence(server: DittoServer | undefined): string {
  if (!server) return 'it does not exist';
  const told = conditionsOf(server).map(
    ({ type, status, reason, message }) => `${type}=${status} ${reason} (${message})`,
  );
  return `phase ${server.status?.phase}, generation ${server.metadata.generation}; ${told.join('; ')}`;
}

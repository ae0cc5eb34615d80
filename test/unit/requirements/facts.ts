// Builds facts for the tests of requirements: a DittoServer with Percona where all is as it should be, and what a test changes in it.
import { digest, fingerprint } from '../../../src/api/fingerprint.ts';
import type { DittoServerSpec, DittoServerStatus } from '../../../src/api/generated/ditto-server.ts';
import type { StoredMeta } from '../../../src/api/kubernetes.ts';
import { DITTO_SERVER } from '../../../src/api/names.ts';
import type { Memory, ServerApiMemory } from '../../../src/api/verdict.ts';
import {
  ABSENT,
  known,
  valueOf,
  type ChildFact,
  type ContainerStatus,
  type CredentialsFact,
  type Fact,
  type Facts,
  type Live,
  type PodFact,
  type PostgresClusterFact,
  type ServerApiFact,
  type StatefulSetFact,
} from '../../../src/requirements/facts.ts';
import type { Finding, Findings, RequirementName } from '../../../src/requirements/finding.ts';
import { statefulSetChild } from '../../../src/requirements/stateful-set-plan.ts';

export const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
export const UID = '3b9f7f6e-2f4e-4a57-9f43-0a6c1f1f0001';
export const CLUSTER_UID = 'c0000000-0000-4000-8000-000000000001';
export const HASH = 'a'.repeat(64);
export const NEW_HASH = 'b'.repeat(64);
export const MINUTE_MS = 60_000;
/** Of the pod templates that this version makes. */
export const REVISION = '7';
/** When the credentials were written that the pod has. */
const WRITTEN_AT = '2026-03-01T11:00:00Z';

const SQLITE_SPEC: DittoServerSpec = { storage: { metadataSize: '5Gi', controlPlaneSize: '1Gi' }, replicas: 1 };
const SPEC: DittoServerSpec = {
  ...SQLITE_SPEC,
  percona: { enabled: true, postgresVersion: 16, databaseName: 'dittofs' },
};

export const unread = (why: string): Fact<never> => ({ state: 'unreadable', why });

export function live(changes: Partial<Live> = {}): Live {
  return {
    uid: 'u-child',
    resourceVersion: '7',
    ownership: 'ours',
    terminating: false,
    ownedFields: 'fields',
    otherManagers: [],
    ...changes,
  };
}

export function cluster(changes: Partial<PostgresClusterFact> = {}): Fact<PostgresClusterFact> {
  return known({
    ...live({ uid: CLUSTER_UID }),
    controlled: true,
    adopted: false,
    perconaHash: 'percona-1',
    createdAtMs: NOW_MS - 60 * MINUTE_MS,
    generation: 1,
    observedGeneration: 1,
    state: 'ready',
    ready: 1,
    size: 1,
    wanted: 1,
    postgresVersion: 16,
    databases: ['dittofs'],
    heldByOperator: '',
    ...changes,
  });
}

export function statefulSet(changes: Partial<StatefulSetFact> = {}): Fact<StatefulSetFact> {
  return known({
    ...live({ uid: 'u-set' }),
    ...(changes.ownership !== 'foreign' && { controller: 'DittoServer files' }),
    replicas: 1,
    configHash: HASH,
    templateRevision: REVISION,
    admitted: '',
    onPostgres: true,
    onExternalPostgres: false,
    generation: 1,
    observedGeneration: 1,
    statusReplicas: 1,
    readyReplicas: 1,
    availableReplicas: 1,
    updated: true,
    updateRevision: 'r1',
    volumes: { metadataSize: '5Gi', controlPlaneSize: '1Gi' },
    ...changes,
  });
}

/** The database's user Secret: whole, and written when the pod got it. */
export function credentials(changes: Partial<CredentialsFact> = {}): Fact<CredentialsFact> {
  return known({ missingKeys: [], consistent: true, writtenAt: WRITTEN_AT, writers: ['postgrescluster-controller'], ofCluster: true, rotation: '', ...changes }); // prettier-ignore
}

export function pod(changes: Partial<PodFact> = {}): PodFact {
  return {
    name: 'files-0',
    uid: 'u-pod',
    resourceVersion: '3',
    phase: 'Running',
    terminating: false,
    nodeName: 'node-1',
    ready: false,
    controllerUid: 'u-set',
    revision: 'r1',
    unschedulable: '',
    initContainers: [],
    containers: [],
    ...changes,
  };
}

export const container = (state: ContainerStatus['state'], more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name: 'dittofs',
  image: 'marmos91c/dittofs:0.29.0',
  ...(state && { state }),
  ...more,
});

export const claim = (name: string, phase = 'Bound', storageClass = 'standard') => ({
  name,
  uid: `u-${name}`,
  resourceVersion: '2',
  phase,
  terminating: false,
  storageClass,
});

export const child = (name: string, changes: Partial<ChildFact> = {}): ChildFact => ({
  child: name,
  policy: 'enforced',
  intent: `intent of ${name}`,
  live: known(live({ uid: `u-${name}` })),
  ...changes,
});

const FOUNDATION: readonly ChildFact[] = [
  child('ConfigMap/files-config'),
  child('Service/files-api'),
  child('Secret/files-jwt-secret', { policy: 'create-once', intent: '' }),
];

export const SERVER_API_FACT: ServerApiFact = {
  basis: 'api-1',
  account: known(live({ uid: 'u-account' })),
  adapters: [child('Service/files-adapter-nfs'), child('NetworkPolicy/files-adapter-nfs')],
};

/** The API has answered well, on these facts. */
export const ANSWERED: ServerApiMemory = {
  digest: 'answer-1',
  database: 'reachable',
  adapters: [{ type: 'nfs', enabled: true, port: 12049, healthy: true }],
  asked: { basis: digest(['api-1', false, 'answer-1']), asks: 1, atMs: NOW_MS - 10 * MINUTE_MS, failures: 0 },
};

/** The marks that a workflow has of everything in `facts` after it was applied. */
export function marks(facts: Pick<Facts, 'foundation' | 'statefulSet' | 'statefulSetIntent'>): Memory['applied'] {
  const children = [...facts.foundation, ...SERVER_API_FACT.adapters].flatMap(
    ({ child: name, intent, live: found }) => {
      const there = valueOf(found);
      return there ? [[name, fingerprint(there.uid, there.ownedFields, intent)]] : [];
    },
  );
  const set = valueOf(facts.statefulSet);
  const own = set && fingerprint(set.uid, set.ownedFields, `${facts.statefulSetIntent}/${set.configHash}`);
  return { ...Object.fromEntries(children), ...(own && { [statefulSetChild('files')]: own }) } as Memory['applied'];
}

/** Nobody has asked the API yet. */
export const UNASKED: ServerApiMemory = { digest: '', database: 'unknown' };

export const memoryWith = (changes: Partial<Memory> = {}): Memory => ({
  serverUid: UID,
  applied: {},
  databaseReadySinceMs: NOW_MS - 10 * MINUTE_MS,
  lookFailingSinceMs: 0,
  attempts: [],
  serverApi: ANSWERED,
  databaseLogin: { basis: NEW_HASH, asks: 1, atMs: NOW_MS - MINUTE_MS, failures: 0, outcome: 'accepted' },
  ...changes,
});

export interface Changes extends Partial<Omit<Facts, 'server' | 'memory'>> {
  /** Merged into the specification; `percona` as a whole. */
  readonly spec?: Partial<DittoServerSpec> | undefined;
  readonly status?: DittoServerStatus | undefined;
  readonly metadata?: Partial<StoredMeta>;
  readonly memory?: Partial<Memory>;
}

const STATUS: DittoServerStatus = {
  configHash: HASH,
  perconaClusterName: 'files-postgres',
  perconaClusterUid: CLUSTER_UID,
};

/** Facts where everything is as asked for, with these changes. */
export function factsWith({ spec, status = STATUS, metadata, memory, ...facts }: Changes = {}): Facts {
  const base = {
    foundation: FOUNDATION,
    statefulSet: statefulSet(),
    leftTemplate: ABSENT,
    statefulSetIntent: 'set-1',
    templateRevision: REVISION,
  };
  return {
    nowMs: NOW_MS,
    server: {
      ...DITTO_SERVER,
      metadata: { name: 'files', namespace: 'prod', uid: UID, resourceVersion: '100', generation: 3, ...metadata },
      spec: { ...SPEC, ...spec },
      status,
    },
    memory: memoryWith({ applied: marks(base), ...memory }),
    crdLacks: [],
    inputs: [],
    storageClasses: [],
    configHash: { state: 'computed', hash: HASH },
    perconaOperator: known({
      version: 'v2.9.0',
      supported: true,
      supportedVersions: '2.9.0 and newer',
      missingImages: [],
    }),
    postgresCluster: cluster(),
    perconaHash: 'percona-1',
    credentials: credentials(),
    pods: known([pod({ ready: true })]),
    databasePods: known([]),
    innerCluster: ABSENT,
    claims: known([claim('metadata-files-0')]),
    databaseClaims: known([claim('files-postgres-instance1-abcd-pgdata')]),
    unusedClaims: [],
    databaseRecord: ABSENT,
    warnings: [],
    databaseTaken: [],
    seen: {},
    serverApi: SERVER_API_FACT,
    ...base,
    ...facts,
  };
}

/** A DittoServer that was just applied: nothing of it exists. */
export const FRESH = {
  status: {},
  memory: { applied: {}, databaseReadySinceMs: 0, serverApi: UNASKED },
  foundation: FOUNDATION.map((fact) => ({ ...fact, live: ABSENT })),
  configHash: { state: 'incomplete' },
  postgresCluster: ABSENT,
  credentials: ABSENT,
  statefulSet: ABSENT,
  pods: known([]),
  claims: known([]),
  databaseClaims: known([]),
} as const satisfies Changes;

/** The same after its database was created: PostgreSQL starts. */
export const STARTING_DATABASE = {
  ...FRESH,
  status: { perconaClusterName: 'files-postgres', perconaClusterUid: CLUSTER_UID },
  memory: {
    applied: marks({ foundation: FOUNDATION, statefulSet: ABSENT, statefulSetIntent: 'set-1' }),
    databaseReadySinceMs: 0,
    serverApi: UNASKED,
  },
  foundation: FOUNDATION,
  configHash: { state: 'computed', hash: HASH },
  postgresCluster: cluster({ state: 'initializing', ready: 0, size: 1 }),
  credentials: credentials(),
} as const satisfies Changes;

/** Changes for a DittoServer without a database of its own. */
export const SQLITE = {
  spec: { percona: { enabled: false } },
  status: { configHash: HASH },
  postgresCluster: ABSENT,
  perconaOperator: ABSENT,
  perconaHash: '',
  credentials: ABSENT,
  databaseClaims: ABSENT,
  statefulSet: statefulSet({ onPostgres: false }),
} as const satisfies Changes;

/** A database that is down. */
export const DATABASE_DOWN = cluster({ state: 'initializing', ready: 0 });

/** Findings of the requirements that came before. */
export const earlier = (findings: Partial<Record<RequirementName, Finding>> = {}): Findings =>
  new Map(Object.entries(findings) as [RequirementName, Finding][]);

/** For `toMatchObject`: a finding whose message has all of these parts. */
export const saying = (...parts: readonly string[]): unknown =>
  expect.stringMatching(
    new RegExp(parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's'),
  );

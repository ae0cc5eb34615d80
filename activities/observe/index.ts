// Reads all facts about one DittoServer at once.
import { DITTO_SERVER, MAX_LABEL_LENGTH, names } from '../../src/api/names.ts';
import { storedDittoServer } from '../../src/api/stored.ts';
import { SERVER_API, type Memory } from '../../src/api/verdict.ts';
import { isRenderable, perconaHash, TEMPLATE_REVISION, type RenderableServer } from '../../src/manifests/index.ts';
import {
  ABSENT,
  known,
  valueOf,
  type Fact,
  type Facts,
  type StatefulSetFact,
  type StoredDittoServer,
} from '../../src/requirements/facts.ts';
import { rememberCredentials } from '../../src/requirements/credentials-rest.ts';
import { reportsReady } from '../../src/requirements/postgres-ready.ts';
import { isOfAnotherVersion } from '../../src/requirements/template.ts';
import { withoutRemoved } from '../children.ts';
import type { Call } from '../deps.ts';
import { readCrdLacks } from './crd.ts';
import { childFacts, generatedFacts, readChildren } from './children.ts';
import { NO_DATABASE, readAnyDatabase } from './database.ts';
import { databaseRecordFact, recordFacts } from './database-record.ts';
import { leftTemplateFact, readLeftTemplate, type LeftTemplate } from './left-template.ts';
import { unlockFacts } from './noted.ts';
import { readClaims, readPods, readWarnings, withNodes } from './pods.ts';
import { readOperator } from './postgres-cluster.ts';
import { mapFact, reader, withoutAsking, type Reader } from './read.ts';
import { redacted, withoutWords } from './redact.ts';
import { readStatefulSet, statefulSetIntent, withVolumesKept } from './stateful-set.ts';
import { adapterFacts, readAdapterChildren, serverApiFact, type AdapterLives } from './server-api.ts';
import { readStorageClasses, withExpansion } from './storage-classes.ts';
import { credentialsFact } from './credentials.ts';
import { withUnlisted } from './unlabelled-claims.ts';
import { configHashFact, inputFacts, readSecrets, type Secrets } from './secrets.ts';

/** What one activity knows: facts for judging, and the Secrets behind them, which never leave the activity. */
export interface Observation {
  readonly facts: Facts;
  /** The DittoServer to render from; undefined when its specification is too broken for that. */
  readonly server: RenderableServer | undefined;
  readonly secrets: Secrets;
  readonly adapterLives: AdapterLives;
  /** What the StatefulSet that is gone has left for its pod. */
  readonly leftTemplate: Fact<LeftTemplate>;
  /** Of what is the DittoServer's own nothing was read: it is new, so that there should be nothing. */
  readonly assumed: boolean;
}

/** The facts of a DittoServer of which nothing was read yet. */
function bareFacts(server: StoredDittoServer, memory: Memory, nowMs: number): Facts {
  return {
    nowMs,
    server,
    memory,
    crdLacks: [],
    inputs: [],
    storageClasses: [],
    foundation: [],
    configHash: { state: 'incomplete' },
    perconaHash: '',
    credentials: ABSENT,
    databaseRecord: ABSENT,
    statefulSet: ABSENT,
    leftTemplate: ABSENT,
    statefulSetIntent: '',
    templateRevision: TEMPLATE_REVISION,
    pods: ABSENT,
    claims: ABSENT,
    ...NO_DATABASE,
    serverApi: { basis: '', account: ABSENT, adapters: [] },
    seen: {},
  };
}

/** The installed operator, where no cluster can be rendered: it does not matter then. */
const UNASKED = { state: 'unreadable', why: 'it was not asked for' } as const;

/** Warnings about a StatefulSet without a ready pod: only then they can explain something. */
async function readOwnWarnings(read: Reader, name: string, statefulSet: Fact<StatefulSetFact>) {
  const live = valueOf(statefulSet);
  const unready = live?.ownership === 'ours' && live.readyReplicas === 0;
  return unready ? readWarnings(read, 'StatefulSet', names(name).statefulSet) : [];
}

/** Since when the database has been ready without a break. */
function readySince({ postgresCluster, memory, nowMs }: Facts): number {
  const cluster = valueOf(postgresCluster);
  if (!cluster || !reportsReady(cluster)) return 0;
  return memory.databaseReadySinceMs > 0 ? memory.databaseReadySinceMs : nowMs;
}

async function observeWhole(
  read: Reader,
  server: RenderableServer,
  base: Facts,
  clusterDomain: string,
): Promise<Omit<Observation, 'assumed'>> {
  const { name } = server.metadata;
  const [secrets, lives, statefulSet, pods, claims, storageClasses, database, adapterLives] = await Promise.all([
    readSecrets(read, server),
    readChildren(read, server, base.memory),
    readStatefulSet(read, server),
    readPods(read, name),
    readClaims(read, name),
    readStorageClasses(read, server),
    readAnyDatabase(read, server, base.nowMs, () => readOperator(read, server)),
    // While no adapter is known there is nothing to compare them with.
    base.memory.serverApi?.adapters ? readAdapterChildren(read, server, base.memory.serverApi.adapters) : ABSENT,
  ]);
  const [own, volumes, placed, leftTemplate] = await Promise.all([
    readOwnWarnings(read, name, statefulSet),
    withUnlisted(read, { claims, server, statefulSet }).then((all) => withExpansion(read, { claims: all, server })),
    pods.state === 'known' ? withNodes(read, pods.value, base.nowMs).then(known) : pods,
    readLeftTemplate(read, server, statefulSet, pods),
  ]);
  const rendered = withVolumesKept(server, statefulSet);
  const { databasePods } = database;
  // At once, since the values of the Secrets are made ready anew for each call.
  const inForeignWords = redacted({ pods: placed, databasePods, warnings: [...database.warnings, ...own] }, secrets);
  const hash = configHashFact(rendered, secrets);
  const facts: Facts = {
    ...base,
    ...database,
    ...inForeignWords,
    inputs: inputFacts(server, secrets),
    storageClasses,
    foundation: [
      ...childFacts(rendered, base.memory, lives, keepsTemplate(statefulSet)),
      ...generatedFacts(server, secrets),
      ...unlockFacts(server, secrets),
      ...recordFacts(server, secrets, database.postgresCluster),
    ],
    configHash: hash,
    perconaHash: server.spec.percona?.enabled === true ? perconaHash(server) : '',
    databaseRecord: databaseRecordFact(server, secrets),
    credentials: credentialsFact(server, secrets, { areDue: isNewHash(hash, statefulSet) }),
    statefulSet,
    leftTemplate: leftTemplateFact(leftTemplate),
    statefulSetIntent: statefulSetIntent(rendered),
    claims: volumes,
    serverApi: {
      ...serverApiFact(server, secrets, clusterDomain),
      adapters: adapterFacts(server, base.memory.serverApi?.adapters, adapterLives),
    },
  };
  const remembered = withClocks(withoutRemoved(facts, adapterLives.state === 'known'));
  return { facts: remembered, server: rendered, secrets, adapterLives, leftTemplate };
}

/** Whether the pods' template is one of ours, but not of this version. */
function keepsTemplate(statefulSet: Fact<StatefulSetFact>): boolean {
  // Which template one has that cannot be read, nobody knows.
  if (statefulSet.state === 'unreadable') return true;
  const live = valueOf(statefulSet);
  return live !== undefined && isOfAnotherVersion({ templateRevision: TEMPLATE_REVISION }, live);
}

/** Whether a server that is there should have another configuration than it has. */
function isNewHash(hash: Facts['configHash'], statefulSet: Fact<StatefulSetFact>): boolean {
  const live = valueOf(statefulSet);
  return hash.state === 'computed' && live !== undefined && live.configHash !== hash.hash;
}

/** Facts with what is remembered of since when some of them have been so. */
function withClocks(facts: Facts): Facts {
  const credentials = rememberCredentials(facts);
  const clocks = { databaseReadySinceMs: readySince(facts), ...(credentials && { credentials }) };
  return { ...facts, memory: { ...facts.memory, ...clocks } };
}

/**
 * What stands of a DittoServer whose specification cannot be rendered: nothing is written on that, but it is still told how its pods and
 * its database are. Nothing that the specification refers to is read.
 */
async function observeBare(read: Reader, server: StoredDittoServer, base: Facts): Promise<Observation> {
  const { name } = server.metadata;
  const cluster = names(name).postgresCluster;
  const unrendered = {
    server: undefined,
    secrets: new Map(),
    adapterLives: ABSENT,
    leftTemplate: ABSENT,
    assumed: false,
  } as const;
  // Kubernetes does not select by so long a label, and lets nothing be that carries it.
  if (name.length > MAX_LABEL_LENGTH) return { facts: base, ...unrendered };
  const [statefulSet, pods, claims, database] = await Promise.all([
    readStatefulSet(read, server),
    readPods(read, name),
    readClaims(read, name),
    cluster.length <= MAX_LABEL_LENGTH
      ? readAnyDatabase(read, server, base.nowMs, () => Promise.resolve(UNASKED))
      : NO_DATABASE,
  ]);
  // Containers may print what they were given, and which Secrets those are is not known.
  const told = {
    pods: mapFact(pods, withoutWords),
    databasePods: mapFact(database.databasePods, withoutWords),
    warnings: [],
  };
  const facts: Facts = { ...base, ...database, statefulSet, claims, ...told };
  return { facts: { ...facts, memory: { ...facts.memory, databaseReadySinceMs: readySince(facts) } }, ...unrendered };
}

/** What the workflow remembers of this DittoServer; of an earlier one of its name, nothing. */
function memoryOf(memory: Memory, { metadata: { uid } }: StoredDittoServer): Memory {
  const { told, ...rest } = memory;
  if (rest.serverUid !== uid) return { ...EMPTY, serverUid: uid };
  const { serverApi } = rest;
  return {
    ...rest,
    lookFailingSinceMs: 0,
    // The prober's word is one of the facts from here on.
    ...(told !== undefined && { serverApi: { database: 'unknown', ...serverApi, digest: told } }),
  };
}

const EMPTY = { applied: {}, databaseReadySinceMs: 0, lookFailingSinceMs: 0, attempts: [] } as const;

/** Its status is still the CRD's default: nobody has told anything about it yet. */
const isUntold = ({ status }: StoredDittoServer): boolean => (status?.observedGeneration ?? -1) === -1;

/** What the server's own API answered last counts as seen: the prober telling the same again is no news. */
function noteAnswer({ note }: Reader, { serverApi }: Memory): void {
  if (serverApi) note(SERVER_API, serverApi.digest);
}

/**
 * Reads everything about the target.
 *
 * @param assumeNew take for granted that a DittoServer without a status has nothing of its own yet. That spares eight reads, and
 *   may only be used to choose the first step, which reads for itself
 * @returns undefined when the DittoServer does not exist
 */
export async function observe(call: Call, memory: Memory, assumeNew = false): Promise<Observation | undefined> {
  const { target, deps } = call;
  const read = reader(call);
  const metadata = { namespace: target.namespace, name: target.name };
  // What may not be read is not gone: its workflow must not end.
  const found = await read.must({ ...DITTO_SERVER, metadata });
  if (!found) return undefined;
  const server = storedDittoServer(found);
  const mine = memoryOf(memory, server);
  noteAnswer(read, mine);
  const base = { ...bareFacts(server, mine, deps.now()), seen: read.seen };
  const assumed = assumeNew && isUntold(server);
  const own = new Set<string>(Object.values(names(server.metadata.name)));
  const reading = assumed ? withoutAsking(read, own) : read;
  const [seen, crdLacks] = await Promise.all([
    isRenderable(server) ? observeWhole(reading, server, base, deps.clusterDomain) : observeBare(read, server, base),
    // Of a DittoServer that is new nothing is told yet.
    assumed ? [] : readCrdLacks(read, deps.kube, deps.now()),
  ]);
  return { ...seen, facts: { ...seen.facts, crdLacks }, assumed: assumed && isRenderable(server) };
}

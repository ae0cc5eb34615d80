// One DittoServer, its activities and an API server's stand-in, without Temporal: a pass is a look and the steps that it asks for.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER, PERCONA_CRD_NAME, PERCONA_PG_CLUSTER } from '../../../src/api/names.ts';
import type { ActivityInput, Memory, StepName, Verdict } from '../../../src/api/verdict.ts';
import { createSessions, dittoFsOver, type DittoFs } from '../../../src/dittofs/index.ts';
import type { LoginOutcome, LoginTarget } from '../../../src/postgres/index.ts';
import type { EventToRecord } from '../../../src/kube/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import type { Call, Deps } from '../../../activities/deps.ts';
import { look } from '../../../activities/look.ts';
import { ACTS } from '../../../activities/index.ts';
import { createSlots } from '../../../activities/slots.ts';
import { takeBareStep, takeStep } from '../../../activities/step.ts';
import { takeOver } from '../../../activities/take-over.ts';
import { deleteData } from '../../../activities/data-deletion.ts';
import { reportLeftovers } from '../../../activities/deletion.ts';
import { EMPTY_MEMORY } from '../../../workflows/messages.ts';
import { createDittoFsStandIn, transportTo, type ServerStandIn } from '../../kit/dittofs-stand-in.ts';
import { scramVerifier } from '../../kit/scram.ts';
import { createKubeStandIn, type Draft, type KubeStandIn } from '../../workflow/kube-stand-in.ts';

const NAMESPACE = 'prod';
const TARGET = { cluster: 'c1', installation: 'main', namespace: NAMESPACE, name: 'files' };
const USER = 'kubectl';
const OPERATOR = 'postgres-operator';
const CONTROLLER = 'kube-controller-manager';
const MAX_STEPS = 20;

export interface LogLine {
  readonly level: 'info' | 'warn';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

export interface SmallWorld {
  readonly kube: KubeStandIn;
  /** The DittoFS server behind the API's Service. */
  readonly server: ServerStandIn;
  /** What a login to the database is answered; accepted, unless told. */
  databaseSays(answer: (target: LoginTarget) => LoginOutcome): void;
  /** The prober's word, as the workflow keeps it until the next look. */
  tell(digest: string): void;
  readonly events: readonly EventToRecord[];
  readonly log: readonly LogLine[];
  /** Looks and takes steps until there is none; returns the steps and the last verdict. */
  pass(): Promise<{ readonly steps: readonly StepName[]; readonly verdict: Verdict }>;
  /** The workflow's memory is lost. */
  forget(): void;
  later(ms: number): void;
  edit(change: (spec: Record<string, unknown>) => void): void;
  annotate(name: string, value: string): void;
  /** The operator reports on the cluster, and hands out credentials. */
  databaseIs(state: 'initializing' | 'ready', password?: string): void;
  /** The StatefulSet controller makes a pod, and it is ready. */
  podsRun(): void;
  /** The pod's init container waits for PostgreSQL from now on, until `podsRun`. */
  podWaits(): void;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The user Secret as Percona's operator writes it (2.9.0). */
export function userSecretData(password: string, uriPassword = password): Record<string, string> {
  const uri = `postgresql://dittofs:${encodeURIComponent(uriPassword)}@files-postgres-primary.prod.svc:5432/dittofs`;
  const values = {
    host: 'files-postgres-primary.prod.svc',
    port: '5432',
    dbname: 'dittofs',
    user: 'dittofs',
    password,
    uri,
  };
  return Object.fromEntries(
    Object.entries({ ...values, verifier: scramVerifier(password, 1) }).map(([key, value]) => [key, base64(value)]),
  );
}

/** A world in which a user has applied the DittoServer "files". */
export function smallWorld(spec: DittoServerSpec, { dittofs }: { readonly dittofs?: DittoFs } = {}): SmallWorld {
  const kube = createKubeStandIn(NAMESPACE);
  const events: EventToRecord[] = [];
  const log: LogLine[] = [];
  const standIn = createDittoFsStandIn();
  let database: (target: LoginTarget) => LoginOutcome = () => ({ outcome: 'accepted' });
  let nowMs = Date.parse('2026-03-01T12:00:00Z');
  let memory: Memory = EMPTY_MEMORY;

  const deps: Deps = {
    kube: kube.kube,
    record: (event) => {
      events.push(event);
      return Promise.resolve(true);
    },
    self: TARGET,
    settings: DEFAULT_SETTINGS,
    clusterDomain: 'cluster.local',
    dittofs: dittofs ?? dittoFsOver(transportTo(standIn)),
    sessions: createSessions(() => nowMs),
    tryLogin: (target) => Promise.resolve(database(target)),
    slots: createSlots(24, 8, 50),
    now: () => nowMs,
    randomBytes: (size) => new Uint8Array(size).fill(7),
    decorated: () => false,
    log: {
      info: (fields, message) => void log.push({ level: 'info', fields, message }),
      warn: (fields, message) => void log.push({ level: 'warn', fields, message }),
    },
  };
  const call: Call = { deps, target: TARGET, signal: new AbortController().signal };
  const run = (input: ActivityInput): Promise<Verdict> => {
    const name = input.step?.name;
    if (name === undefined) return look(call, input);
    if (name === 'deleteData') return takeBareStep(call, input, deleteData);
    if (name === 'takeOver') return takeBareStep(call, input, takeOver);
    return name === 'reportLeftovers' ? reportLeftovers(call, input) : takeStep(call, input, ACTS[name]);
  };

  const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };
  kube.put({ ...crd, metadata: { name: PERCONA_CRD_NAME, labels: { 'pgv2.percona.com/version': 'v2.9.0' } } }, 'admin');
  kube.put({ ...DITTO_SERVER, metadata: { name: 'files' }, spec }, USER);

  return {
    kube,
    server: standIn.server('files-api.prod.svc.cluster.local'),
    databaseSays: (answer) => void (database = answer),
    tell: (digest) => void (memory = { ...memory, told: digest }),
    events,
    log,
    async pass() {
      const steps: StepName[] = [];
      let verdict = await run({ target: TARGET, memory });
      while (verdict.next) {
        steps.push(verdict.next.name);
        if (steps.length > MAX_STEPS) throw new Error(`no end of steps: ${steps.join(', ')}`);
        verdict = await run({ target: TARGET, memory: verdict.memory, step: verdict.next });
      }
      ({ memory } = verdict);
      return { steps, verdict };
    },
    forget: () => (memory = EMPTY_MEMORY),
    later: (ms) => (nowMs += ms),
    edit: (change) =>
      void kube.edit(DITTO_SERVER.kind, 'files', USER, (draft) => change(draft['spec'] as Record<string, unknown>)),
    annotate: (name, value) =>
      void kube.edit(
        DITTO_SERVER.kind,
        'files',
        USER,
        (draft) => (draft.metadata.annotations = { ...draft.metadata.annotations, [name]: value }),
      ),
    databaseIs(state, password = 'first') {
      const ready = state === 'ready' ? 1 : 0;
      kube.edit(PERCONA_PG_CLUSTER.kind, 'files-postgres', OPERATOR, (draft) => {
        const observedGeneration = draft.metadata['generation'];
        draft['status'] = { state, observedGeneration, postgres: { size: 1, ready } };
      });
      const data = userSecretData(password);
      const name = 'files-postgres-pguser-dittofs';
      if (kube.find('Secret', name)) kube.edit('Secret', name, OPERATOR, (draft) => (draft['data'] = data));
      else
        kube.put(
          {
            apiVersion: 'v1',
            kind: 'Secret',
            metadata: { name, labels: { 'postgres-operator.crunchydata.com/cluster': 'files-postgres' } },
            data,
          },
          OPERATOR,
        );
    },
    podWaits() {
      const set = kube.find('StatefulSet', 'files');
      const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'files', uid: set?.metadata.uid ?? '', controller: true }; // prettier-ignore
      const running = { startedAt: new Date(nowMs).toISOString() };
      const waiting = { name: 'wait-for-postgres', restartCount: 0, state: { running } };
      const labels = { app: 'dittofs-server', instance: 'files' };
      const metadata = { name: 'files-0', labels, ownerReferences: [owner] };
      const status = { phase: 'Pending', initContainerStatuses: [waiting] };
      kube.put({ apiVersion: 'v1', kind: 'Pod', metadata, status }, CONTROLLER);
    },
    podsRun() {
      if (kube.find('Pod', 'files-0')) kube.remove('Pod', 'files-0');
      kube.edit('StatefulSet', 'files', CONTROLLER, (draft: Draft) => {
        const replicas = (draft['spec'] as { replicas: number }).replicas;
        draft['status'] = {
          observedGeneration: draft.metadata['generation'],
          replicas,
          readyReplicas: replicas,
          availableReplicas: replicas,
        };
      });
    },
  };
}

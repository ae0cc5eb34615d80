#!/usr/bin/env node
// The program: reads its settings, connects, and runs watcher and worker until it is told to stop.
import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { pino, type Logger } from 'pino';
import { createActivities, createRolloutActivities, createSlots } from '../activities/index.ts';
import { ConfigError, helpText, readConfig, type Config } from './config.ts';
import { createDittoFs, createSessions, type DittoFs, type Sessions } from './dittofs/index.ts';
import { direct, hostOverrides, type Route } from './hosts.ts';
import { connect, KubeError, loadKubeConfig, ownNamespace, recorder, type Kube } from './kube/index.ts';
import { sdkCounters, sdkGauges } from './metrics.ts';
import { loginBy } from './postgres/index.ts';
import { startRollout } from './rollout.ts';
import { watchTemporal } from './temporal-health.ts';
import { keepRenewed } from './temporal-renewal.ts';
import { temporalAccess, type TemporalAccess } from './temporal.ts';
import { aborted } from './waiting.ts';
import {
  createEchoes,
  decorator,
  holdLease,
  startWatcher,
  temporalEngine,
  temporalTrouble,
  type Echoes,
} from './watcher/index.ts';
import {
  installRuntime,
  keepSearchAttributes,
  serveHealth,
  startWorker,
  type Part,
  type RunningWorker,
} from './worker/index.ts';

const OLDEST_NODE = [22, 19] as const;
const CLUSTER_RETRY_MS = 2_000;
/** An API server that starts refuses everybody for a moment. */
const CLUSTER_FORBIDDEN_MS = 20_000;
/** The worker's own limit is 20 s; Kubernetes kills after 30 s. */
const LONGEST_STOP_MS = 26_000;

/** One part of the running program. */
interface Running {
  ready(): Part;
  stop(): Promise<void>;
  /** Resolves when it has failed and is not to be had back in this process. */
  readonly failed?: Promise<unknown>;
}

interface Program {
  readonly echoes: Echoes;
  readonly config: Config;
  readonly cluster: string;
  readonly kube: Kube;
  /** Where the Lease is. */
  readonly ownNamespace: string;
  readonly route: Route;
  readonly dittofs: DittoFs;
  readonly sessions: Sessions;
  readonly temporal: TemporalAccess;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor, wantedMinor] = OLDEST_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new ConfigError([
    `Node.js ${process.versions.node} is too old: ${wantedMajor}.${wantedMinor} or newer is needed`,
  ]);
}

/** @throws ConfigError when it is certain that the cluster's name has to be set */
function refuseToGuess({ kind }: KubeError, triedMs: number): void {
  if (kind !== 'forbidden' || triedMs < CLUSTER_FORBIDDEN_MS) return;
  throw new ConfigError(['CLUSTER_NAME is not set and the namespace kube-system may not be read: set CLUSTER_NAME']);
}

/** The cluster's name in Temporal: the setting, else the first part of the kube-system namespace's uid; waits for an API server. */
async function clusterName({
  config,
  kube,
  log,
  signal,
}: Pick<Program, 'config' | 'kube' | 'log' | 'signal'>): Promise<string> {
  if (config.cluster !== undefined) return config.cluster;
  const ref = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } };
  const beganMs = Date.now();
  for (;;) {
    try {
      const found = await kube.get(ref, { signal, metadataOnly: true });
      const [first = ''] = found?.metadata.uid.split('-') ?? [];
      if (first !== '') return first;
      throw new ConfigError(['CLUSTER_NAME is not set and there is no namespace kube-system: set CLUSTER_NAME']);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      refuseToGuess(error, Date.now() - beganMs);
      log.warn({ kind: error.kind }, `the cluster is not known yet: ${error.message}`);
      await delay(CLUSTER_RETRY_MS, undefined, { signal }).catch(() => process.exit(0));
    }
  }
}

function startWatching({
  config,
  cluster,
  kube,
  ownNamespace: namespace,
  temporal,
  echoes,
  dittofs,
  sessions,
  log: all,
}: Program): Running {
  const { namespaces, installation, auditIntervalMs, stalledAfterMs, relistIntervalMs } = config;
  const log = all.child({ part: 'watcher' });
  return startWatcher({
    kube,
    engine: temporalEngine(temporal.client, config.workerTimeoutMs),
    echoes,
    trouble: (error) => temporalTrouble(error, temporal),
    lease: holdLease({
      kube,
      namespace,
      name: `dittoserver-provisioner-${installation}`,
      identity: `${hostname()}_${randomUUID()}`,
      log,
    }),
    namespaces,
    cluster,
    installation,
    log,
    auditIntervalMs,
    stalledAfterMs,
    listWatch: { relistMs: relistIntervalMs },
    servers: { dittofs, sessions, clusterDomain: config.clusterDomain },
    counters: sdkCounters(),
    gauges: sdkGauges(),
  });
}

function startWorking(program: Program): RunningWorker {
  const { config, cluster, kube, temporal, signal } = program;
  const { installation, settings, maxCachedWorkflows, workerTimeoutMs } = config;
  const log = program.log.child({ part: 'worker' });
  const instance = `${hostname()}-${process.pid}`;
  let decorated = false;
  const decorate = decorator(temporalEngine(temporal.client, workerTimeoutMs), { cluster, installation }, signal);
  void keepSearchAttributes(temporal.client, { namespace: temporal.namespace, log, signal }, (registered) => {
    decorated = registered;
    void decorate(registered);
  });
  const activities = createActivities({
    kube,
    record: recorder(kube, instance),
    self: { cluster, installation },
    settings,
    clusterDomain: config.clusterDomain,
    dittofs: program.dittofs,
    sessions: program.sessions,
    tryLogin: loginBy({ route: program.route }),
    slots: createSlots(),
    now: Date.now,
    randomBytes,
    decorated: () => decorated,
    workerTimeoutMs,
    begins: (target) => program.echoes.begin(target),
    saw: (target, seen) => program.echoes.note(target, seen),
    log,
  });
  const rollout = { kube, self: { cluster, installation }, namespaces: config.namespaces };
  const { connection, namespace } = temporal;
  return startWorker({
    connection,
    namespace,
    identity: instance,
    cluster,
    installation,
    maxCachedWorkflows,
    workerTimeoutMs,
    activities: { ...activities, ...createRolloutActivities(rollout) },
    log,
  });
}

function startParts(program: Program): Readonly<Record<string, Running>> {
  const { temporal, signal, log, config } = program;
  const worker = config.command === 'watch' ? undefined : startWorking(program);
  void keepRenewed(temporal, async (options) => worker?.reconnect(options), { signal, log });
  return {
    temporal: watchTemporal(temporal),
    ...(config.command !== 'work' && { watcher: startWatching(program) }),
    ...(worker && { worker }),
  };
}

/** Aborts at SIGTERM or SIGINT; a second one ends the process at once. */
function stopSignal(log: Logger): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      log.info({ signal: name }, 'stopping');
      controller.abort();
    });
  }
  return controller.signal;
}

/** What a user can mend in the settings, told as such. */
async function asConfig<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : 'the settings cannot be used']);
  }
}

/** Starts a rollout in the workers that run, and ends. */
async function rollOut(config: Config): Promise<number> {
  const log = pino({ level: config.logLevel, base: null });
  const { client } = temporalAccess();
  const kube = connect(await asConfig(() => loadKubeConfig(process.env)), config.requestTimeoutMs);
  const cluster = await clusterName({ config, kube, log, signal: stopSignal(log) });
  const { installation, rolloutAtATime: atATime } = config;
  const input = { cluster, installation, atATime, deadlineMs: config.settings.deadlinesMs.pods };
  const told = await startRollout(client, input).catch(() => undefined);
  process.stdout.write(told ?? 'Temporal does not answer, or does not take the rollout: is TEMPORAL_ADDRESS right?\n');
  return told === undefined ? 1 : 0;
}

/** Runs until it is told to stop, or a part has failed; returns the exit code. */
async function run(config: Config): Promise<number> {
  const log = pino({ level: config.logLevel, base: null });
  const signal = stopSignal(log);
  const metricsUrl = await installRuntime(log.child({ part: 'temporal' }));
  const temporal = temporalAccess();
  const kubeConfig = await asConfig(() => loadKubeConfig(process.env));
  const kube = connect(kubeConfig, config.requestTimeoutMs);
  let parts: Readonly<Record<string, Running>> = {};
  const waiting: Part = { ready: false, reasons: ['the API server has not been reached yet'] };
  const health = await asConfig(() =>
    serveHealth({
      listen: config.listen,
      metricsUrl,
      parts: () => {
        const told = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.ready()]));
        return Object.keys(told).length === 0 ? { cluster: waiting } : told;
      },
    }),
  );
  const route = config.hostOverrides === undefined ? direct : hostOverrides(config.hostOverrides);
  const servers = { route, dittofs: createDittoFs({ route }), sessions: createSessions() };
  const known = {
    config,
    kube,
    ...servers,
    ownNamespace: ownNamespace(kubeConfig),
    temporal,
    echoes: createEchoes(),
    log,
    signal,
  };
  const cluster = await clusterName(known);
  log.info(
    { command: config.command, cluster, installation: config.installation, temporal: temporal.address },
    'starting',
  );
  parts = startParts({ ...known, cluster });
  const hasFailed = await Promise.race([
    aborted(signal).then(() => false),
    ...Object.values(parts).flatMap(({ failed }) => failed?.then(() => true) ?? []),
  ]);
  // Something that hangs must not keep a process alive that does nothing.
  setTimeout(() => process.exit(1), LONGEST_STOP_MS).unref();
  await Promise.all(Object.values(parts).map((part) => part.stop()));
  health.close();
  kube.close();
  servers.dittofs.close();
  await temporal.client.connection.close();
  log.info({}, 'stopped');
  return hasFailed ? 1 : 0;
}

async function main(): Promise<number> {
  requireNode();
  const config = readConfig(process.argv.slice(2), process.env);
  if (config !== 'help') return config.command === 'rollout' ? rollOut(config) : run(config);
  process.stdout.write(helpText());
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const known = error instanceof ConfigError || error instanceof KubeError;
    const text = known ? error.message : error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
    process.stderr.write(`dittoserver-provisioner: ${text.split('\n').join('\ndittoserver-provisioner: ')}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  },
);

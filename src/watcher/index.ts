// The watcher: it decides nothing, but turns every change outside that could matter into "look again" for one workflow.
import type { Target } from '../api/verdict.ts';
import { audit } from './audit.ts';
import type { Gauges } from './counters.ts';
import { createDirectory, serverKey, splitKey, type ServerKey } from './directory.ts';
import { newsOf, type Echoes } from './echoes.ts';
import type { Engine } from './engine.ts';
import type { Lease } from './lease.ts';
import { createLeftovers } from './leftovers.ts';
import { createNudges } from './nudges.ts';
import { opinionsNow } from './opinions.ts';
import { SERVER_API } from '../api/verdict.ts';
import { createProbedServers, type ProbeDeps } from './probe.ts';
import { prober } from './prober.ts';
import { nudgeOrphans } from './orphans.ts';
import { pause } from '../waiting.ts';
import { refusalLog } from './refusals.ts';
import { createTeller } from './teller.ts';
import type { EngineTrouble } from './trouble.ts';
import { createVisits } from './visits.ts';
import { areDecided, createWatches, readiness, type Readiness, type WatchesOptions } from './watches.ts';

export type { CounterName, Counters, GaugeName, Gauges } from './counters.ts';
export { createEchoes, newsOf, type Echoes } from './echoes.ts';
export { temporalEngine, type Engine, type Workers } from './engine.ts';
export { holdLease, type Lease } from './lease.ts';
export { temporalTrouble, type EngineTrouble } from './trouble.ts';
export { decorator } from './undecorated.ts';
export type { Readiness } from './watches.ts';

export interface WatcherOptions extends WatchesOptions {
  readonly engine: Engine;
  readonly trouble: (error: unknown) => EngineTrouble;
  /** What the worker of this process has told its workflows of; without one, every change is told. */
  readonly echoes?: Pick<Echoes, 'isEcho' | 'isBusy' | 'onIdle'>;
  readonly cluster: string;
  readonly installation: string;
  /** Only its holder audits and tells; without one this watcher does. It ends with the watcher. */
  readonly lease?: Lease;
  readonly gauges?: Gauges;
  /** How long a round of the audit takes; default 60 s. */
  readonly auditIntervalMs?: number;
  /** A run that has made no progress for so long is told; default 60 s. Other bounds are parts of it (opinions.ts, visits.ts). */
  readonly stalledAfterMs?: number;
  /** How servers are asked for what changes without an event; without it none is. */
  readonly servers?: Omit<ProbeDeps, 'kube'>;
}

export interface Watcher {
  ready(): Readiness;
  stats(): { readonly servers: number; readonly due: number; readonly oldestDueMs: number };
  /** Resolves when nothing of it is under way any more. What is still due is found again by the next start. */
  stop(): Promise<void>;
}

const ROUND_MS = 1_000;

/** Starts watching at once. */
export function startWatcher(options: WatcherOptions): Watcher {
  const { engine, trouble, log, counters, gauges, lease, cluster, installation } = options;
  const { auditIntervalMs = 60_000, stalledAfterMs = 60_000 } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const directory = createDirectory();
  const target = (key: ServerKey): Target => ({ cluster, installation, ...splitKey(key) });
  const holds = (): boolean => !signal.aborted && (lease?.holds() ?? true);

  const told = refusalLog(log, trouble);
  const nudges = createNudges({
    news(key, nudge) {
      const news = options.echoes ? newsOf(options.echoes, target(key), nudge) : nudge;
      if (!news) counters?.count('echoes');
      return news;
    },
    holds: (key) => options.echoes?.isBusy(target(key)) === true,
    async send(key, nudge) {
      await engine.nudge(target(key), nudge);
      counters?.count('nudges');
    },
    refused(key, error) {
      counters?.count('nudges_refused');
      told(key, error, nudges.due().count);
    },
    isAway: (error) => trouble(error).away,
  });
  options.echoes?.onIdle((key) => nudges.release(key));
  const visits = createVisits({ engine, target, log, counters, stalledAfterMs });
  const teller = createTeller({ kube: options.kube, log, counters, mayWrite: holds });
  const probed = options.servers && createProbedServers({ ...options.servers, kube: options.kube });
  const probing = probed
    ? prober(
        {
          servers: () => (holds() ? probed.all() : []),
          probe: (key, signal) => probed.probe(key, signal),
          changed: (key, digest) => nudges.add(key, [{ uid: SERVER_API, version: digest }], 'soon'),
          probed: () => counters?.count('probes'),
        },
        signal,
      )
    : Promise.resolve();
  const leftovers = createLeftovers({
    exists: (key) => directory.has(key),
    nudge: (key) => nudges.add(key, [], 'paced'),
  });
  const watches = createWatches(options, { directory, nudges, teller, visits, counters, probed, leftovers });
  const running = watches.map((watch) => watch.loop.run(signal));
  const auditing = audit(
    {
      servers: () => directory.keys(),
      exists: (key) => directory.has(key),
      active: holds,
      visit: (key) => visits.visit(key),
      done: (_, error) => counters?.count(error === undefined ? 'audits' : 'audits_failed'),
      intervalMs: auditIntervalMs,
    },
    signal,
  );
  const orphaned = nudgeOrphans(
    {
      listed: () => readiness(watches).ready,
      async running() {
        const targets = await engine.running({ cluster, installation });
        const served = targets.filter(({ namespace }) => options.namespaces.length === 0 || options.namespaces.includes(namespace)); // prettier-ignore
        return served.map(({ namespace, name }) => serverKey(namespace, name));
      },
      exists: (key) => directory.has(key),
      nudge: (key) => nudges.add(key, [], 'paced'),
    },
    signal,
  );
  const sweeping = (async () => {
    while (!signal.aborted && !areDecided(watches)) await pause(ROUND_MS, signal);
    if (!signal.aborted) leftovers.sweep();
  })();

  const measure = (): void => {
    const { count, oldestMs } = nudges.due();
    gauges?.set('nudges_due', count);
    gauges?.set('nudges_oldest_seconds', oldestMs / 1_000);
    gauges?.set('runs_stalled', visits.stalled());
    gauges?.set('lease_held', holds() ? 1 : 0);
  };
  const tell = async (): Promise<void> => {
    while (!signal.aborted) {
      if (holds()) await teller.round(opinionsNow({ nudges, visits, trouble, stalledAfterMs }));
      else visits.reset();
      measure();
      await pause(ROUND_MS, signal);
    }
  };
  const telling = tell();

  return {
    ready() {
      const { ready, reasons } = readiness(watches);
      const left = lease?.reason();
      return { ready, reasons: left === undefined ? reasons : [...reasons, left] };
    },
    stats() {
      const { count, oldestMs } = nudges.due();
      return { servers: directory.keys().length, due: count, oldestDueMs: oldestMs };
    },
    async stop() {
      controller.abort();
      await Promise.all([...running, auditing, orphaned, sweeping, telling, probing, nudges.stop()]);
      await lease?.stop();
    },
  };
}

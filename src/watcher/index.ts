// The watcher: it decides nothing, but turns every change outside that could matter into "look again" for one workflow.
import type { Target } from '../api/verdict.ts';
import { audit } from './audit.ts';
import { createDirectory, serverKey, splitKey, type ServerKey } from './directory.ts';
import type { Engine } from './engine.ts';
import { createNudges } from './nudges.ts';
import { nudgeOrphans } from './orphans.ts';
import { createWatches, readiness, type Readiness, type WatchesOptions } from './watches.ts';

export type { CounterName, Counters } from './counters.ts';
export { createEchoes, withoutEchoes, type Echoes } from './echoes.ts';
export { temporalEngine, type Engine } from './engine.ts';
export { nudgeUndecorated } from './undecorated.ts';
export type { Readiness } from './watches.ts';

export interface WatcherOptions extends WatchesOptions {
  readonly engine: Engine;
  readonly cluster: string;
  readonly installation: string;
  /** How long a round of the audit takes; default 60 s. */
  readonly auditIntervalMs?: number;
}

export interface Watcher {
  ready(): Readiness;
  stats(): { readonly servers: number; readonly due: number; readonly oldestDueMs: number };
  /** Resolves when nothing of it is under way any more. What is still due is found again by the next start. */
  stop(): Promise<void>;
}

/** Starts watching at once. */
export function startWatcher(options: WatcherOptions): Watcher {
  const { engine, log, counters, cluster, installation, auditIntervalMs = 60_000 } = options;
  const controller = new AbortController();
  const directory = createDirectory();
  const target = (key: ServerKey): Target => ({ cluster, installation, ...splitKey(key) });

  const nudges = createNudges({
    async send(key, nudge) {
      await engine.nudge(target(key), nudge);
      counters?.count('nudges');
    },
    refused(key, error) {
      counters?.count('nudges_refused');
      log.warn({ dittoServer: key, code: grpcCode(error) }, 'Temporal did not take a nudge; it will be sent again');
    },
  });
  const watches = createWatches(options, { directory, nudges });
  const running = watches.map((watch) => watch.loop.run(controller.signal));
  const auditing = audit(
    {
      servers: () => directory.keys(),
      exists: (key) => directory.has(key),
      ensure: (key) => engine.ensure(target(key)),
      done: (_, error) => counters?.count(error === undefined ? 'audits' : 'audits_failed'),
      intervalMs: auditIntervalMs,
    },
    controller.signal,
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
    controller.signal,
  );

  return {
    ready: () => readiness(watches),
    stats() {
      const { count, oldestMs } = nudges.due();
      return { servers: directory.keys().length, due: count, oldestDueMs: oldestMs };
    },
    async stop() {
      controller.abort();
      await Promise.all([...running, auditing, orphaned, nudges.stop()]);
    },
  };
}

/** The gRPC status of an error, e.g. 8 for RESOURCE_EXHAUSTED; its texts stay out of the log. */
function grpcCode(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'number' || typeof code === 'string' ? String(code) : 'unknown';
}

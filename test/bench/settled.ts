// DittoServers that are as they should be: what they cost when left alone (P4b), in memory (P5), and when they are looked at again.
import { names } from '../../src/api/names.ts';
import { nudge } from '../../workflows/messages.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { histories, idOf } from './histories.ts';
import type { Looks, Memory, Rest, Results } from './results.ts';
import { countRequests, untilQuiet } from './requests.ts';
import { leaveAlone, untilAllReady } from './rest.ts';
import { BASIC, byClients, create, serverNames } from './servers.ts';
import { serverApi } from './servers-api.ts';
import { type BenchStage, onStage } from './stage.ts';

export interface SettledOptions {
  /** How many are left alone, and for how long. 0 seconds: not at all. */
  readonly rest: { readonly servers: number; readonly seconds: number };
  /** Memory is measured with so many, in ascending order; those of the last size are looked at again. */
  readonly sizes: readonly number[];
  /** How many of them get a nudge, one after the other. */
  readonly nudges: number;
  /** No request for so long is settled: looks that were planned while pods were waited for are over, too. */
  readonly settledMs: number;
  readonly profiles: string | undefined;
}

type Settled = Pick<Results, 'rest' | 'memory' | 'nudge' | 'resync'>;

const NUDGES_PER_SECOND = 10;
/** Short, so that ten minutes see several new tokens of each server: with the Go operator each one is the cause of the next pass. */
const TOKEN_SECONDS = 120;
/** No request for so long: all that was due is done. */
const DONE_MS = 2_000;

/** Runs all of them on one stage, since a thousand settled DittoServers take a while to make. */
export function measureSettled(options: SettledOptions): Promise<Settled> {
  return onStage({ name: 'settled', ready: true, profiles: options.profiles }, async (stage) => {
    const memory: Memory[] = [{ servers: 0, rssMib: await restingRss(stage) }];
    const servers: string[] = [];
    const growTo = async (size: number): Promise<void> => {
      const more = serverNames('s', Math.max(0, size - servers.length), servers.length);
      servers.push(...more);
      for (const name of more) serverApi(stage, name).accessTokenSeconds = TOKEN_SECONDS;
      await byClients(more, (name) => create(stage, name, BASIC));
      await untilAllReady(stage, servers.length);
      await untilQuiet(stage, { sign: 'request', forMs: DONE_MS });
    };
    const settle = () => untilQuiet(stage, { sign: 'request', forMs: options.settledMs });

    const { rest: resting } = options;
    let rest: Rest | undefined;
    if (resting.seconds > 0) {
      await growTo(resting.servers);
      await settle();
      rest = await leaveAlone(stage, servers, resting.seconds);
    }
    for (const size of options.sizes) {
      await growTo(size);
      memory.push({ servers: servers.length, rssMib: await restingRss(stage) });
    }
    if (options.sizes.length === 0) return { ...(rest && { rest }), memory: [] };
    await settle();
    const nudged = await nudgeSome(stage, servers, options.nudges);
    return { ...(rest && { rest }), memory, nudge: nudged, resync: await nudgeAll(stage, servers) };
  });
}

async function restingRss({ usage }: BenchStage): Promise<Memory['rssMib']> {
  await pause(DONE_MS);
  return usage.rssMib();
}

/** Looks that somebody else's changes cause: a label on a child, at a pace at which each is alone. */
async function nudgeSome(stage: BenchStage, servers: readonly string[], nudges: number): Promise<Looks> {
  const { cluster, namespace } = stage;
  const touched = servers.slice(0, nudges);
  return looks(stage, touched, async () => {
    for (const [i, server] of touched.entries()) {
      const next = pause(1_000 / NUDGES_PER_SECOND);
      const child = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: names(server).configMap };
      await cluster.admin.patch(child, { metadata: { labels: { 'example.com/touched': String(i) } } });
      await next;
    }
  });
}

/** A look at each at once, as fast as Temporal takes the signals. */
async function nudgeAll(stage: BenchStage, servers: readonly string[]): Promise<Looks> {
  const { temporal, namespace } = stage;
  return looks(stage, servers, () =>
    byClients(servers, (server) => temporal.workflow.getHandle(idOf(namespace, server)).signal(nudge, { objects: [] })),
  );
}

/** What it costs when `cause` has each of the servers looked at once, until nothing is under way any more. */
async function looks(stage: BenchStage, servers: readonly string[], cause: () => Promise<void>): Promise<Looks> {
  const before = await histories(stage, servers);
  await untilQuiet(stage, { sign: 'request', forMs: DONE_MS });
  const began = performance.now();
  const since = new Date();
  await cause();
  const { lastAtMs } = await untilQuiet(stage, { sign: 'request', forMs: DONE_MS });
  const usage = stage.usage.since(began, lastAtMs);
  const rssAfterMib = stage.usage.rssMib();
  const counted = countRequests(stage.requests({ user: 'provisioner', since }), servers.length);
  const after = await histories(stage, servers);
  return {
    servers: servers.length,
    looks: servers.length,
    seconds: ((lastAtMs ?? performance.now()) - began) / 1_000,
    events: (after.events - before.events) / servers.length,
    bytes: (after.bytes - before.bytes) / servers.length,
    writes: counted.writes,
    reads: counted.reads,
    usage,
    rssAfterMib,
  };
}

// The prober: what a server's own API says changes without any event in Kubernetes (adapters, its database, a lost account), so each
// server that runs is asked at its own pace, and its DittoServer nudged when the answer is another one. It writes nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerKey } from './directory.ts';

/** A server to ask. */
export interface Probed {
  readonly key: ServerKey;
  /** How often. */
  readonly intervalMs: number;
  /** Its DittoServer is ready: nobody waits for anything of it. */
  readonly settled: boolean;
}

/** What a server answered; `trouble`: nothing, or a failure. */
export interface Probe {
  readonly digest: string;
  readonly trouble: boolean;
}

export interface ProberOptions {
  readonly servers: () => readonly Probed[];
  /** Resolves within seconds; undefined when there is nothing to be told. */
  readonly probe: (key: ServerKey, signal: AbortSignal) => Promise<Probe | undefined>;
  readonly changed: (key: ServerKey, digest: string) => void;
  readonly probed?: () => void;
  /** Epoch ms. */
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly tickMs?: number;
}

const TICK_MS = 250;
const IN_FLIGHT = 16;
/** Of these, at most so many for servers that did not answer the last time: those that hang delay nobody else. */
const IN_FLIGHT_TROUBLED = 6;
/** While somebody waits for something of the server. */
const UNSETTLED_MS = 5_000;
const LONGEST_BACK_OFF_MS = 5 * 60_000;
/** Its return is to be seen soon. */
const LONGEST_UNSETTLED_MS = 30_000;
const PROBE_MS = 10_000;
/** Of an interval, to either side. */
const JITTER = 0.1;

interface Entry {
  atMs: number;
  digest: string | undefined;
  failures: number;
  underWay: boolean;
  settled: boolean;
}

/** Asks until the signal aborts. */
export async function prober(options: ProberOptions, signal: AbortSignal): Promise<void> {
  const { servers, probe, changed, now = Date.now, random = Math.random, tickMs = TICK_MS } = options;
  const entries = new Map<ServerKey, Entry>();
  const underWay = new Set<Promise<void>>();
  let troubled = 0;

  const spread = (ms: number): number => ms * (1 - JITTER + 2 * JITTER * random());

  const nextMs = ({ intervalMs, settled }: Probed, { failures }: Entry): number => {
    const base = settled ? intervalMs : Math.min(intervalMs, UNSETTLED_MS);
    const longest = settled ? LONGEST_BACK_OFF_MS : LONGEST_UNSETTLED_MS;
    const backedOff = Math.max(base, Math.min(base * 2 ** failures, longest));
    return spread(backedOff);
  };

  const ask = async (server: Probed, entry: Entry): Promise<void> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS)]);
    // It rejects when Kubernetes did not answer, which says nothing of the server.
    const answer = await probe(server.key, limit).catch(() => undefined);
    options.probed?.();
    if (answer) entry.failures = answer.trouble ? entry.failures + 1 : 0;
    entry.atMs = now() + nextMs(server, entry);
    if (!answer || signal.aborted || answer.digest === entry.digest) return;
    entry.digest = answer.digest;
    changed(server.key, answer.digest);
  };

  const start = (server: Probed, entry: Entry): void => {
    const isTroubled = entry.failures > 0;
    entry.underWay = true;
    if (isTroubled) troubled += 1;
    const task = ask(server, entry).finally(() => {
      entry.underWay = false;
      if (isTroubled) troubled -= 1;
      underWay.delete(task);
    });
    underWay.add(task);
  };

  const mayStart = ({ failures }: Entry): boolean =>
    underWay.size < IN_FLIGHT && (failures === 0 || troubled < IN_FLIGHT_TROUBLED);

  /** What was planned for a settled server is too late once somebody waits for it, and the other way round: who is served just now needs no question. */
  const plannedMs = ({ settled, intervalMs }: Probed, known: Entry): number => {
    if (!settled) return Math.min(known.atMs, now() + UNSETTLED_MS);
    return known.settled ? known.atMs : now() + spread(intervalMs);
  };

  const entryOf = (server: Probed): Entry => {
    const known = entries.get(server.key);
    if (known) {
      if (known.failures === 0) known.atMs = plannedMs(server, known);
      known.settled = server.settled;
      return known;
    }
    const atMs = now() + (server.settled ? random() * server.intervalMs : Math.min(server.intervalMs, UNSETTLED_MS));
    const entry = { atMs, digest: undefined, failures: 0, underWay: false, settled: server.settled };
    entries.set(server.key, entry);
    return entry;
  };

  while (!signal.aborted) {
    const all = servers();
    const due = all
      .map((server) => [server, entryOf(server)] as const)
      .filter(([, { atMs, underWay: busy }]) => !busy && atMs <= now())
      .toSorted(([, a], [, b]) => a.atMs - b.atMs);
    for (const [server, entry] of due) if (mayStart(entry)) start(server, entry);
    const keys = new Set(all.map(({ key }) => key));
    for (const key of entries.keys()) if (!keys.has(key)) entries.delete(key);
    await sleep(tickMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(underWay);
}

// One thing at a time, at random moments: how long until the provisioner has answered to it.
import { setTimeout as pause } from 'node:timers/promises';
import { applyPerconaManifests } from '../kit/percona-operator.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { Latency } from './results.ts';
import { untilQuiet } from './requests.ts';
import { BASIC, byClients, clusterOf, create, PERCONA, serverNames, watchStatefulSets } from './servers.ts';
import { type BenchStage, onStage } from './stage.ts';
import { distribution } from './statistics.ts';
import { untilCalm } from './usage.ts';

export interface LatencyOptions {
  readonly samples: number;
  readonly profiles: string | undefined;
}

/** A sample that has not come after so long is missed. */
const MISSED_MS = 60_000;
/** Between two samples: long enough to be alone, and at no fixed phase of anything periodic. */
const PAUSE_MS = { least: 300, most: 1_200 };
/** A password that is rotated so long after the last change is rolled at once: a ready database must have held for five seconds. */
const HELD_MS = 7_000;

/** P2: from a request that makes a DittoServer to its StatefulSet. */
export function measureApply({ samples, profiles }: LatencyOptions): Promise<Latency> {
  return onStage({ name: 'apply', profiles }, async (stage) => {
    const sets = watchStatefulSets(stage);
    return sampled(serverNames('s', samples), {
      cause: (server) => create(stage, server, BASIC),
      effectAt: sets.firstSeenAt,
    });
  });
}

/** P1: from a database that becomes ready to the StatefulSet. */
export function measureReady({ samples, profiles }: LatencyOptions): Promise<Latency> {
  return onStage({ name: 'ready', percona: true, profiles }, (stage) => readyOneByOne(stage, samples));
}

/** P1b: the same, where Percona was installed only after the provisioner had started. */
export function measureReadyLate({ samples, profiles }: LatencyOptions): Promise<Latency> {
  return onStage({ name: 'late', profiles }, async (stage) => {
    await applyPerconaManifests(stage.cluster.admin);
    return readyOneByOne(stage, samples);
  });
}

async function readyOneByOne(stage: BenchStage, samples: number): Promise<Latency> {
  const sets = watchStatefulSets(stage);
  const percona = stage.percona();
  const servers = serverNames('s', samples);
  await byClients(servers, (name) => create(stage, name, PERCONA));
  await waitFor('each database has its Secret', () => percona.served() === samples, { timeoutMs: 60_000 });
  await untilQuiet(stage, { sign: 'request', forMs: 1_000 });
  await untilCalm(stage.usage);
  return sampled(servers, {
    cause: (server) => percona.makeReady(clusterOf(server)),
    effectAt: sets.firstSeenAt,
  });
}

/** P3: from a new password of the database to the StatefulSet whose pods get it. */
export function measureRotation({ samples, profiles }: LatencyOptions): Promise<Latency> {
  return onStage({ name: 'rotation', percona: true, ready: true, profiles }, async (stage) => {
    const sets = watchStatefulSets(stage);
    const percona = stage.percona({ readyAfterMs: 0 });
    const servers = serverNames('s', samples);
    await byClients(servers, (name) => create(stage, name, PERCONA));
    await sets.untilThere(samples);
    await untilQuiet(stage, { sign: 'request', forMs: 1_000 });
    await pause(HELD_MS);
    return sampled(servers, { cause: (server) => percona.rotate(clusterOf(server)), effectAt: sets.rolledAt });
  });
}

export interface Sampling {
  /** Resolves when the API server has it. */
  readonly cause: (server: string) => Promise<void>;
  readonly effectAt: (server: string) => number | undefined;
}

/** One after the other, at random moments. The clock starts just before the request is sent. */
export async function sampled(servers: readonly string[], { cause, effectAt }: Sampling): Promise<Latency> {
  const samplesMs: number[] = [];
  let missed = 0;
  for (const server of servers) {
    await pause(PAUSE_MS.least + Math.random() * (PAUSE_MS.most - PAUSE_MS.least));
    const began = performance.now();
    await cause(server);
    const at = await waitFor(`the effect on ${server}`, () => effectAt(server), {
      timeoutMs: MISSED_MS,
      everyMs: 5,
    }).catch(() => undefined);
    if (at === undefined) missed += 1;
    else samplesMs.push(at - began);
  }
  return { ...distribution(samplesMs.length > 0 ? samplesMs : [MISSED_MS]), missed };
}

// What each scenario runs on: a cluster of real parts without controllers and nodes, and the built provisioner as a child process
// with the shipped role. Fresh for each scenario, and gone after it.
import { Client, Connection } from '@temporalio/client';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { followRequests, type FollowedRequests } from '../kit/audit.ts';
import { type OwnedCluster, startCluster } from '../kit/cluster.ts';
import { applyPerconaManifests } from '../kit/percona-operator.ts';
import { type Provisioner, startProvisioner } from '../kit/provisioner.ts';
import { keepThreadTimes } from './profile.ts';
import { type PerconaStandIn, startPerconaStandIn, type PerconaStandInOptions } from './percona-stand-in.ts';
import { startStatefulSetStandIn } from './stateful-set-stand-in.ts';
import { type Sampler, startSampling, untilCalm } from './usage.ts';

export interface BenchStageOptions {
  readonly name: string;
  /** Percona's CRDs, from the beginning. Default false. */
  readonly percona?: boolean;
  /** Says that StatefulSets are ready. Default false: no replica ever is. */
  readonly ready?: boolean;
  /** Where to write CPU profiles of the provisioner; default none. */
  readonly profiles?: string | undefined;
}

/** A cluster alone. */
export interface Ground {
  readonly cluster: OwnedCluster;
  readonly namespace: string;
  /** Aborts when the scenario ends; for watches and stand-ins. */
  readonly signal: AbortSignal;
}

export interface BenchStage extends Ground {
  readonly temporal: Client;
  readonly provisioner: Provisioner;
  /** The audit log since the scenario began, its reads included. */
  readonly requests: FollowedRequests;
  readonly usage: Sampler;
  /** Plays the Percona operator; the CRDs must be there. */
  percona(options?: Omit<PerconaStandInOptions, 'signal'>): PerconaStandIn;
}

/** Runs `scenario` on a cluster without Temporal and provisioner. */
export async function onGround<T>(name: string, scenario: (ground: Ground) => Promise<T>): Promise<T> {
  const cluster = await startCluster({ name, percona: false, kubelet: false, controllers: false, temporal: false });
  return whileUp(cluster, (signal) => runIn(cluster, signal, scenario));
}

/** Runs `scenario` on a stage of its own; everything is gone afterwards, whatever happened. */
export async function onStage<T>(options: BenchStageOptions, scenario: (stage: BenchStage) => Promise<T>): Promise<T> {
  const cluster = await startCluster({
    name: options.name,
    percona: false,
    kubelet: false,
    controllers: false,
    auditReadsOf: ['provisioner'],
  });
  return whileUp(cluster, async (signal) => {
    if (options.percona) await applyPerconaManifests(cluster.admin);
    if (options.ready) startStatefulSetStandIn(cluster.as('kubelet-stand-in'), signal);
    return runIn(cluster, signal, (ground) => withProvisioner(ground, options, scenario));
  });
}

async function whileUp<T>(cluster: OwnedCluster, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const end = new AbortController();
  try {
    return await run(end.signal);
  } finally {
    end.abort();
    await cluster.stop();
  }
}

async function runIn<T>(cluster: OwnedCluster, signal: AbortSignal, run: (ground: Ground) => Promise<T>): Promise<T> {
  return run({ cluster, signal, namespace: await cluster.namespace('bench') });
}

async function withProvisioner<T>(
  ground: Ground,
  { profiles }: BenchStageOptions,
  scenario: (stage: BenchStage) => Promise<T>,
): Promise<T> {
  const { cluster, signal } = ground;
  if (profiles) mkdirSync(profiles, { recursive: true });
  const provisioner = await startProvisioner(cluster, profiles ? { command: profiled(profiles) } : {});
  const temporal = new Client({ connection: Connection.lazy({ address: cluster.temporalAddress ?? '' }) });
  const usage = startSampling({
    provisioner: [provisioner.pid()],
    temporal: [cluster.pidOf('temporal')],
    controlPlane: [cluster.pidOf('etcd'), cluster.pidOf('kube-apiserver')],
  });
  try {
    await untilCalm(usage);
    return await scenario({
      ...ground,
      temporal,
      provisioner,
      usage,
      requests: followRequests(cluster.description.auditLog),
      percona: (options = {}) => startPerconaStandIn(cluster.as('percona-operator'), { ...options, signal }),
    });
  } finally {
    usage.stop();
    if (profiles) keepThreadTimes(profiles, provisioner.pid());
    await temporal.connection.close();
    await provisioner.stop();
  }
}

/** The built program, under Node's own profiler: one file per thread, written when it ends. */
function profiled(folder: string): readonly [string, ...string[]] {
  const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
  return [process.execPath, '--cpu-prof', `--cpu-prof-dir=${folder}`, program];
}

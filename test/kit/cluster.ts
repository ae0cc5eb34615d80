// One call starts a whole cluster of real parts, in seconds and with free ports; other processes attach to it.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type Admin, connectAdmin } from './admin.ts';
import { readWrites, strayReads, type Write, type WriteFilter } from './audit.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { type ClusterControls, connectControls, serveControls } from './controls.ts';
import { type KubeletStandIn, startKubeletStandIn } from './kubelet-stand-in.ts';
import { applyPerconaManifests, type PerconaOperator, startPerconaOperator } from './percona-operator.ts';
import { applyProductManifests } from './product-manifests.ts';
import { whyPodsCannotRun } from './process-kubelet-stand-in/why-pods-cannot-run.ts';
import { startTemporal, type Temporal, type TemporalOptions } from './temporal.ts';
import { toolPaths } from './tools/tools.ts';
import { type User, users } from './users.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

export interface ClusterOptions {
  /** Begins the name of the cluster's folder. Default `cluster`. */
  readonly name?: string;
  /** The Percona operator and its CRDs. Default true. */
  readonly percona?: boolean;
  /** The stand-in node. Default true. */
  readonly kubelet?: boolean;
  /** kube-controller-manager. Default true. */
  readonly controllers?: boolean;
  /** Whose reads the audit log tells, beside everybody's writes. Default nobody's. */
  readonly auditReadsOf?: readonly User[];
  /**
   * `declared` (default): pods are declared ready, nothing runs in them. `processes`: pods of known images really run, on addresses
   * of their own. Asking for it where `whyPodsCannotRun()` gives a reason is an error.
   */
  readonly pods?: 'processes' | 'declared';
  /** Default: a dev server with a file as its store, without UI. */
  readonly temporal?: TemporalOptions | false;
}

/** A cluster as seen by any process that uses it. */
export interface Cluster {
  readonly description: ClusterDescription;
  /** Logs are in `logs/` of it. */
  readonly folder: string;
  readonly admin: Admin;
  /** Of the Temporal server; undefined without one. */
  readonly temporalAddress: string | undefined;
  readonly temporalUiUrl: string | undefined;
  kubeconfig(user: User): string;
  as(user: User): Admin;
  /** Makes a fresh namespace and returns its name. */
  namespace(prefix?: string): Promise<string>;
  /** Runs the real kubectl as admin; returns what it prints, throws with what it complains about. */
  kubectl(...args: readonly string[]): Promise<string>;
  /** The audit log's writes, in order. */
  writes(filter?: WriteFilter): readonly Write[];
  readonly controls: ClusterControls;
  /** The network of pods that run; undefined where they are declared. */
  readonly podNetwork: PodNetworkDescription | undefined;
}

export interface PodNetworkDescription {
  /** This machine's address as pods see it: where a server that is started beside the cluster must listen for them. */
  readonly hostAddress: string;
  /** A hosts file with the names of all Services (`<name>.<namespace>.svc`), kept up to date. */
  readonly hostsFile: string;
  /** The same as a JSON object, address by name. */
  readonly hostsJsonFile: string;
}

/** A cluster as seen by the process that started it. */
export interface OwnedCluster extends Cluster {
  /** The process id of a part, by the name of its log file. */
  pidOf(part: 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'temporal'): number;
  /**
   * Ends every process and removes every trace. Safe to call twice.
   *
   * @throws Error, when all is gone, if the provisioner has read a Secret outside of the namespaces of DittoServers, whatever ran (C1)
   */
  stop(): Promise<void>;
}

/** What another process needs to attach; plain JSON. */
export interface ClusterDescription {
  readonly folder: string;
  readonly kubeconfigs: Readonly<Record<User, string>>;
  readonly auditLog: string;
  readonly temporalAddress: string | undefined;
  readonly temporalUiUrl: string | undefined;
  readonly controlSocket: string;
  readonly podNetwork?: PodNetworkDescription;
}

/** The variable that names the file of a cluster's description, for `attachCluster`; one for each jest worker, or one for all. */
export const clusterFileVariable = 'KIT_CLUSTER';

/**
 * Starts a cluster: control plane, the product's CRD and role, Percona operator, stand-in node, Temporal.
 * If a part does not come up, everything is stopped and the error tells the end of that part's log.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<OwnedCluster> {
  if (options.pods === 'processes') refuseWhereImpossible();
  const workspace = createWorkspace(options.name ?? everything.name);
  try {
    return await startIn(workspace, options);
  } catch (error) {
    await workspace.dispose();
    throw error;
  }
}

const everything: Required<ClusterOptions> = {
  name: 'cluster',
  percona: true,
  kubelet: true,
  controllers: true,
  auditReadsOf: [],
  pods: 'declared',
  temporal: {},
};

async function startIn(workspace: Workspace, options: ClusterOptions): Promise<OwnedCluster> {
  const wanted: Required<ClusterOptions> = { ...everything, ...options };
  const [controlPlane, temporal] = await allOrFirstError([
    startControlPlane(workspace, { auditReadsOf: wanted.auditReadsOf }),
    wanted.temporal ? startTemporal(workspace, { store: 'file', ...wanted.temporal }) : undefined,
  ]);
  const admin = connectAdmin(controlPlane.kubeconfig('admin'));
  await allOrFirstError([
    wanted.percona ? applyPerconaManifests(admin) : undefined,
    applyProductManifests(admin, 'provisioner'),
  ]);
  const [percona, kubelet] = await allOrFirstError([
    wanted.percona ? startPerconaOperator(workspace, controlPlane) : undefined,
    wanted.kubelet ? startKubeletStandIn(workspace, controlPlane.kubeconfig('kubelet-stand-in'), wanted) : undefined,
    wanted.controllers ? controlPlane.startControllers() : undefined,
  ]);

  const controlSocket = join(workspace.folder, 'control.sock');
  const controls = controlsOf({ controlPlane, temporal, percona, kubelet });
  const server = await serveControls(controls, controlSocket);
  workspace.onDispose(() => server.close());
  const description: ClusterDescription = {
    folder: workspace.folder,
    kubeconfigs: Object.fromEntries(users.map((user) => [user, controlPlane.kubeconfig(user)])) as Record<User, string>,
    auditLog: controlPlane.auditLog,
    temporalAddress: temporal?.address,
    temporalUiUrl: temporal?.uiUrl,
    controlSocket,
    ...podNetworkOf(kubelet),
  };
  writeFileSync(clusterFile(description), JSON.stringify(description), { mode: 0o600 });
  const pidOf = (part: string) => workspace.pidOf(part);
  return { ...clusterOf(description, controls), pidOf, stop: () => stopIn(workspace, description) };
}

async function stopIn(workspace: Workspace, { auditLog }: ClusterDescription): Promise<void> {
  let stray: readonly string[] = [];
  try {
    // With the first call it goes.
    if (existsSync(auditLog)) stray = strayReads(auditLog);
  } finally {
    await workspace.dispose();
  }
  if (stray.length > 0) throw new Error(`The provisioner read Secrets of nobody's concern: ${stray.join(', ')}`);
}

function podNetworkOf(kubelet: KubeletStandIn | undefined): Pick<ClusterDescription, 'podNetwork'> {
  if (!kubelet?.processes) return {};
  const { hostAddress, hostsFile, hostsJsonFile } = kubelet.processes;
  return { podNetwork: { hostAddress, hostsFile, hostsJsonFile } };
}

function refuseWhereImpossible(): void {
  const reason = whyPodsCannotRun();
  if (reason) throw new Error(`Pods cannot run on this machine: ${reason}.`);
}

function sharedClusterFile(): string | undefined {
  const files = process.env[clusterFileVariable]?.split(delimiter) ?? [];
  return files[Number(process.env['JEST_WORKER_ID'] ?? 1) - 1] ?? files[0];
}

/** The file of a cluster's description; name it in `KIT_CLUSTER` for processes that are to attach. */
export function clusterFile({ folder }: Pick<ClusterDescription, 'folder'>): string {
  return join(folder, 'cluster.json');
}

/** Attaches to a running cluster by its description's file. */
export function attachCluster(file = sharedClusterFile()): Cluster {
  if (!file) throw new Error(`No cluster to attach to: ${clusterFileVariable} is not set.`);
  const description = JSON.parse(readFileSync(file, 'utf8')) as ClusterDescription;
  return clusterOf(description, connectControls(description.controlSocket));
}

function clusterOf(description: ClusterDescription, controls: ClusterControls): Cluster {
  const admin = connectAdmin(description.kubeconfigs.admin);
  const kubeconfig = (user: User) => description.kubeconfigs[user];
  return {
    description,
    folder: description.folder,
    admin,
    temporalAddress: description.temporalAddress,
    temporalUiUrl: description.temporalUiUrl,
    kubeconfig,
    as: (user) => connectAdmin(kubeconfig(user)),
    async namespace(prefix = 'test') {
      const name = `${prefix}-${randomBytes(3).toString('hex')}`;
      await admin.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    async kubectl(...args) {
      const env = { ...process.env, KUBECONFIG: kubeconfig('admin') };
      const { stdout } = await promisify(execFile)(toolPaths().kubectl, args, { env, maxBuffer: 64 * 1024 * 1024 });
      return stdout;
    },
    writes: (filter) => readWrites(description.auditLog, filter),
    podNetwork: description.podNetwork,
    controls,
  };
}

interface Parts {
  readonly controlPlane: ControlPlane;
  readonly temporal: Temporal | undefined;
  readonly percona: PerconaOperator | undefined;
  readonly kubelet: KubeletStandIn | undefined;
}

function controlsOf({ controlPlane, temporal, percona, kubelet }: Parts): ClusterControls {
  const needed = <T>(part: T | undefined, name: string): T => {
    if (part === undefined) throw new Error(`This cluster was started without ${name}.`);
    return part;
  };
  return {
    stopApiServer: () => controlPlane.stopApiServer(),
    startApiServer: () => controlPlane.startApiServer(),
    stopEtcd: () => controlPlane.stopEtcd(),
    startEtcd: () => controlPlane.startEtcd(),
    stopTemporal: async () => needed(temporal, 'Temporal').stop(),
    startTemporal: async () => needed(temporal, 'Temporal').start(),
    wipeTemporal: async () => needed(temporal, 'Temporal').restart({ wipe: true }),
    stopPercona: async () => needed(percona, 'the Percona operator').stop(),
    startPercona: async () => needed(percona, 'the Percona operator').start(),
    stickPods: (...how) => {
      const release = needed(kubelet, 'a node').stick(...how);
      return Promise.resolve(() => {
        release();
        return Promise.resolve();
      });
    },
    execute: async (...what) => needed(kubelet?.processes, 'running pods').execute(...what),
    signal: (...what) => {
      needed(kubelet?.processes, 'running pods').signal(...what);
      return Promise.resolve();
    },
    sql: async (...what) => needed(kubelet?.processes, 'running pods').sql(...what),
  };
}

/** Like Promise.all, but no part is left starting when another has failed. */
async function allOrFirstError<T extends readonly unknown[]>(
  parts: readonly [...T],
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

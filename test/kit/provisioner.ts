// The product as a child process, with its own user's rights, as a user would run it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from './cluster.ts';
import { freePort } from './ports.ts';
import type { Exit, KitProcess } from './process.ts';
import type { DittoFsStandIn } from './dittofs-stand-in.ts';
import { startPostgresStandIn } from './postgres-stand-in.ts';
import { serveDittoFsStandIn } from './served-dittofs-stand-in.ts';
import { createWorkspace, type Workspace } from './workspace.ts';

export interface ProvisionerOptions {
  /** Its processes and logs; default a workspace of its own, which goes with `stop()`. */
  readonly workspace?: Workspace;
  /** Names the log file. Default `provisioner`. */
  readonly name?: string;
  /** The verb. Default `run`, watcher and worker in one. */
  readonly verb?: 'run' | 'watch' | 'work';
  /** Default: the built program, by the Node that runs this. */
  readonly command?: readonly [string, ...string[]];
  /** Namespaces to watch, comma-separated; default all. Tests that share a cluster give their own. */
  readonly watchNamespaces?: string;
  /** Added to, or in place of, the variables that the kit sets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What is waited for after a start. Default `/readyz`; `/healthz` where it cannot become ready yet. */
  readonly until?: '/readyz' | '/healthz';
  /** How long it may take until that page says 200. Default 60 000. */
  readonly readyTimeoutMs?: number;
}

export interface Provisioner {
  /** What answers in place of the DittoFS servers, where pods are only declared ready: by the name of the API's Service. */
  readonly servers: DittoFsStandIn | undefined;
  /** From now on connections to this host are refused. Only where pods are only declared ready. */
  refuse(host: string): void;
  /** http://host:port of /healthz, /readyz and /metrics. */
  readonly url: string;
  readonly logFile: string;
  pid(): number;
  isRunning(): boolean;
  /** Sends a signal and waits for the end. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<Exit>;
  /** Starts it again with the same settings, after it has ended; returns when it is ready. */
  start(): Promise<void>;
  /** SIGTERM, and everything of it is gone. */
  stop(): Promise<Exit>;
}

/** The repository's root. */
const root = join(import.meta.dirname, '..', '..');

/**
 * The command with the names of the cluster's Services, as it would have them in a pod: it sees the cluster's hosts file in
 * place of this machine's. The process stays the one that is started.
 */
function withNamesOf({ podNetwork }: Cluster, command: readonly string[]): [string, ...string[]] {
  if (!podNetwork) return command as [string, ...string[]];
  const script = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'sh', podNetwork.hostsFile, ...command];
}

interface StandIns {
  /** Where the provisioner finds them. */
  readonly file: string;
  readonly servers: DittoFsStandIn;
  refuse(host: string): void;
}

/** Where nothing listens: tcpmux, which nobody runs. */
const CLOSED = '127.0.0.1:1';

/**
 * Pods that are only declared ready have no server and no database in them: what the provisioner reaches under their names are
 * stand-ins, for as long as the workspace lives.
 */
async function standIns(workspace: Workspace): Promise<StandIns> {
  const [servers, database] = await Promise.all([serveDittoFsStandIn(), startPostgresStandIn(workspace.folder)]);
  workspace.onDispose(async () => {
    database.close();
    await servers.close();
  });
  const file = join(workspace.folder, 'host-overrides.json');
  const hosts: Record<string, string> = {
    '*.svc.cluster.local': `127.0.0.1:${servers.port}`,
    '*.svc': `127.0.0.1:${database.port}`,
  };
  const write = (): void => writeFileSync(file, JSON.stringify(hosts));
  write();
  return {
    file,
    servers,
    refuse(host) {
      hosts[host] = CLOSED;
      write();
    },
  };
}

/** Starts the provisioner against a cluster; returns when /readyz (or `until`) answers 200. */
export async function startProvisioner(cluster: Cluster, options: ProvisionerOptions = {}): Promise<Provisioner> {
  const {
    name = 'provisioner',
    verb = 'run',
    command = [process.execPath, join(root, 'dist', 'src', 'main.js')],
  } = options;
  const workspace = options.workspace ?? createWorkspace(name);
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const [program, ...args] = withNamesOf(cluster, [...command, verb]);
  const inPlace = cluster.podNetwork ? undefined : await standIns(workspace);
  const startProcess = () =>
    workspace.start({
      name,
      command: program,
      args,
      cwd: root,
      env: {
        KUBECONFIG: cluster.kubeconfig('provisioner'),
        TEMPORAL_ADDRESS: cluster.temporalAddress,
        WATCH_NAMESPACES: options.watchNamespaces ?? '',
        CLUSTER_NAME: 'kit',
        LISTEN_ADDRESS: listen,
        HOST_OVERRIDES: inPlace?.file,
        ...options.env,
      },
      ready: async () => (await fetch(`${url}${options.until ?? '/readyz'}`)).ok,
      ...(options.readyTimeoutMs === undefined ? {} : { readyTimeoutMs: options.readyTimeoutMs }),
      stopGraceMs: 20_000,
    });
  const dispose = () => (options.workspace ? undefined : workspace.dispose());

  let running: KitProcess;
  try {
    running = await startProcess();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    servers: inPlace?.servers,
    refuse(host) {
      if (!inPlace) throw new Error('The servers of this cluster really run: stop one instead.');
      inPlace.refuse(host);
    },
    url,
    logFile: running.logFile,
    pid: () => running.pid,
    isRunning: () => running.isRunning(),
    kill(signal = 'SIGKILL') {
      running.kill(signal);
      return running.exited;
    },
    async start() {
      if (!running.isRunning()) running = await startProcess();
    },
    async stop() {
      const exit = await running.stop();
      await dispose();
      return exit;
    },
  };
}

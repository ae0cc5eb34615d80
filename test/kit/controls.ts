// What only the process that started a cluster can do, offered to attached test processes over a unix socket.
import { createServer, type IncomingMessage, request } from 'node:http';
import type { PodSelector, StickOptions } from './kubelet-stand-in.ts';
import type { WayToBeStuck } from './pod-status.ts';
import type { ContainerRef } from './process-kubelet-stand-in/index.ts';
import type { Executed } from './process-kubelet-stand-in/container-process.ts';

export interface ClusterControls {
  /** kill -9. */
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
  /** kill -9. */
  stopEtcd(): Promise<void>;
  /** With what it has kept; returns when the API server is ready again. */
  startEtcd(): Promise<void>;
  /** kill -9. */
  stopTemporal(): Promise<void>;
  startTemporal(): Promise<void>;
  /** kill -9 and start, with an empty store. */
  wipeTemporal(): Promise<void>;
  /** kill -9. */
  stopPercona(): Promise<void>;
  startPercona(): Promise<void>;
  /** Holds the pods that match, now and later, until the returned function is called. */
  stickPods(pods: PodSelector, how: WayToBeStuck, options?: StickOptions): Promise<() => Promise<void>>;
  /** Runs a command in a container that runs as a process, as its user; `input` is what the command reads. */
  execute(container: ContainerRef, command: readonly string[], input?: string): Promise<Executed>;
  /** Sends a signal to the program of a container that runs as a process. */
  signal(container: ContainerRef, signal: NodeJS.Signals): Promise<void>;
  /** Runs SQL as superuser in the running PostgreSQL of a PerconaPGCluster; returns what psql prints, unaligned. */
  sql(namespace: string, cluster: string, statements: string, database?: string): Promise<string>;
}

type Action = (argument: never) => Promise<unknown>;

interface StickRequest {
  readonly pods: PodSelector;
  readonly how: WayToBeStuck;
  readonly options?: StickOptions;
}

export interface ControlServer {
  close(): void;
}

/** Serves the controls on a unix socket; the socket's folder guards it. */
export async function serveControls(controls: ClusterControls, socketPath: string): Promise<ControlServer> {
  const releases = new Map<string, () => Promise<void>>();
  const actions: Readonly<Record<string, Action>> = {
    stopApiServer: () => controls.stopApiServer(),
    startApiServer: () => controls.startApiServer(),
    stopEtcd: () => controls.stopEtcd(),
    startEtcd: () => controls.startEtcd(),
    stopTemporal: () => controls.stopTemporal(),
    startTemporal: () => controls.startTemporal(),
    wipeTemporal: () => controls.wipeTemporal(),
    stopPercona: () => controls.stopPercona(),
    startPercona: () => controls.startPercona(),
    async stickPods({ pods, how, options }: StickRequest) {
      const id = String(releases.size);
      releases.set(id, await controls.stickPods(pods, how, options));
      return id;
    },
    execute: ([...what]: Parameters<ClusterControls['execute']>) => controls.execute(...what),
    signal: ([...what]: Parameters<ClusterControls['signal']>) => controls.signal(...what),
    sql: ([...what]: Parameters<ClusterControls['sql']>) => controls.sql(...what),
    releasePods: async (id: string) => releases.get(id)?.(),
  };

  const server = createServer((call, answer) => {
    const action = actions[call.url?.slice(1) ?? ''];
    void (async () => {
      if (!action) throw new Error(`No such control: ${call.url}`);
      return action((await readJson(call)) as never);
    })().then(
      (result) => answer.end(JSON.stringify({ result })),
      (error: unknown) => answer.writeHead(500).end(JSON.stringify({ error: String(error) })),
    );
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The same controls, in another process. */
export function connectControls(socketPath: string): ClusterControls {
  const call = (action: string, argument?: unknown) => callControl(socketPath, action, argument);
  const simple = (action: string) => async () => {
    await call(action);
  };
  return {
    stopApiServer: simple('stopApiServer'),
    startApiServer: simple('startApiServer'),
    stopEtcd: simple('stopEtcd'),
    startEtcd: simple('startEtcd'),
    stopTemporal: simple('stopTemporal'),
    startTemporal: simple('startTemporal'),
    wipeTemporal: simple('wipeTemporal'),
    stopPercona: simple('stopPercona'),
    startPercona: simple('startPercona'),
    async stickPods(pods, how, options) {
      const id = await call('stickPods', { pods, how, options });
      return async () => {
        await call('releasePods', id);
      };
    },
    execute: (...what) => call('execute', what) as Promise<Executed>,
    async signal(...what) {
      await call('signal', what);
    },
    sql: (...what) => call('sql', what) as Promise<string>,
  };
}

function callControl(socketPath: string, action: string, argument: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/${action}`, method: 'POST', agent: false }, (answer) => {
      readJson(answer).then((body) => {
        const { result, error } = body as { result?: unknown; error?: string };
        if (error === undefined) resolve(result);
        else reject(new Error(error));
      }, reject);
    });
    call.once('error', reject);
    call.end(JSON.stringify(argument ?? null));
  });
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

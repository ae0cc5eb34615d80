// A lane on which plans run one after the other: a namespace, and a provisioner in it that reaches the API server only through a fault proxy of
// its own. Lanes run side by side and see nothing of one another.
import { everMade, type EverMade } from '../../cluster/support/ever-made.ts';
import type { Stage } from '../../cluster/support/stage.ts';
import { type FaultProxyStandIn, startFaultProxyStandIn } from '../../kit/fault-proxy-stand-in.ts';
import type { Provisioner } from '../../kit/provisioner.ts';
import { createWorkspace, type Workspace } from '../../kit/workspace.ts';

/** `one` process with both parts, or the two of them apart. */
export type LaneForm = 'one' | 'split';
export type Part = 'worker' | 'watcher';

export interface Lane {
  readonly name: string;
  readonly namespace: string;
  readonly proxy: FaultProxyStandIn;
  /** Of its own namespace. */
  readonly ever: EverMade;
  /** kill -9, at once; then it is started again. In a lane of one process both parts die. */
  readonly kill: (part: Part) => void;
  /** Resolves when whatever was killed is back. */
  readonly back: () => Promise<void>;
  /** Starts the provisioner anew, for one namespace; returns when it begins, not when it is ready. */
  readonly serve: (namespace: string) => Promise<void>;
  /** Has it serve the lane's own namespace again, if it served another. */
  readonly home: () => Promise<void>;
  stop(): Promise<void>;
}

interface Running {
  readonly workspace: Workspace;
  readonly parts: Readonly<Record<Part, Provisioner>>;
}

/** How long a request may take, and how long a killed worker is waited for: several seconds in production. */
export const TIME_OUT_MS = 2_000;

/** A change that no watch tells is seen by listing everything again: minutes in production. */
const QUICK = {
  RELIST_INTERVAL: '10s',
  AUDIT_INTERVAL: '10s',
  REQUEST_TIMEOUT: `${TIME_OUT_MS}ms`,
  WORKER_TIMEOUT: `${TIME_OUT_MS}ms`,
};

export async function startLane(stage: Stage, name: string, form: LaneForm): Promise<Lane> {
  const workspace = createWorkspace(name);
  const own = await stage.another(name);
  const proxy = await startFaultProxyStandIn(workspace, {
    kubeconfig: stage.cluster.kubeconfig('provisioner'),
    remembers: true,
  });
  let running: Running | undefined;
  let coming: Promise<void> = Promise.resolve();
  let served = own;

  async function start(namespace: string, until: '/readyz' | '/healthz'): Promise<void> {
    const place = createWorkspace(name);
    served = namespace;
    const options = {
      workspace: place,
      until,
      watchNamespaces: namespace,
      env: { INSTALLATION: own, KUBECONFIG: proxy.kubeconfig, ...QUICK },
    };
    if (form === 'one') {
      const both = await stage.start(options);
      running = { workspace: place, parts: { worker: both, watcher: both } };
      return;
    }
    // They share the workspace, and so the stand-ins that the later one started.
    const worker = await stage.start({ ...options, name: 'worker', verb: 'work' });
    const watcher = await stage.start({ ...options, name: 'watcher', verb: 'watch' });
    running = { workspace: place, parts: { worker, watcher } };
  }

  async function away(): Promise<void> {
    await coming;
    const { workspace: place, parts } = running ?? {};
    running = undefined;
    if (parts) await Promise.all(Object.values(parts).map((part) => part.kill()));
    await place?.dispose();
  }

  const ever = await everMade(stage.cluster, own);
  await start(own, '/readyz');
  return {
    name,
    namespace: own,
    proxy,
    ever,
    kill(part) {
      const one = running?.parts[part];
      if (!one) throw new Error(`Nothing runs in lane ${name}.`);
      const gone = one.kill();
      coming = gone.then(() => one.start());
      // Who waits for it hears of it; nobody may.
      coming.catch(() => undefined);
    },
    back: () => coming,
    async serve(namespace) {
      await away();
      await start(namespace, '/healthz');
    },
    async home() {
      if (served === own) return;
      await away();
      await start(own, '/readyz');
    },
    async stop() {
      ever.stop();
      await away();
      await workspace.dispose();
    },
  };
}

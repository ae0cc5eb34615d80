// The real Percona operator. Its ports 8080 and 8081 are fixed on all addresses, so as root it runs in a network
// namespace of its own.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Admin } from './admin.ts';
import { apiServerTlsName, type ControlPlane } from './control-plane.ts';
import { startForwarder } from './forwarder.ts';
import type { KubeObject } from './kubernetes-types.ts';
import { readManifests, waitForCrd } from './manifests.ts';
import { createNetworkNamespace } from './network-namespace.ts';
import type { KitProcess, ProcessSpec } from './process.ts';
import { toolPaths } from './tools/tools.ts';
import { writeKubeconfig } from './users.ts';
import type { Workspace } from './workspace.ts';
import { isOpen } from './ports.ts';

export interface PerconaOperator {
  /** kill -9. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

const user = 'percona-operator';

/** Applies the release's own CRDs and role, bound to the operator's user. */
export async function applyPerconaManifests(admin: Admin): Promise<void> {
  const { perconaCrds, perconaRbac } = toolPaths();
  // The ServiceAccount and its binding are for an operator that runs in the cluster.
  const roles = readManifests(perconaRbac).filter(({ kind }) => kind === 'ClusterRole');
  const crds = readManifests(perconaCrds);
  await Promise.all([...crds, ...roles].map((object) => admin.apply(object)));
  await Promise.all(roles.map((role) => admin.apply(bindingTo(role))));
  await Promise.all(crds.map((crd) => waitForCrd(admin, crd.metadata.name)));
}

function bindingTo(role: KubeObject) {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `kit-${role.metadata.name}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}

/** Starts the operator for all namespaces. Its manifests must be applied. */
export async function startPerconaOperator(workspace: Workspace, controlPlane: ControlPlane): Promise<PerconaOperator> {
  const spec = await operatorSpec(workspace, controlPlane);
  const run = async () => {
    try {
      return await workspace.start(spec);
    } catch (error) {
      throw new Error(`${(error as Error).message}${whoHoldsThePorts()}`, { cause: error });
    }
  };
  let operator: KitProcess = await run();
  return {
    async stop() {
      await operator.stop();
    },
    async start() {
      if (!operator.isRunning()) operator = await run();
    },
  };
}

async function operatorSpec(workspace: Workspace, controlPlane: ControlPlane): Promise<ProcessSpec> {
  const namespace = await createNetworkNamespace(workspace);
  const { perconaOperator } = toolPaths();
  let kubeconfig = controlPlane.kubeconfig(user);
  if (namespace) {
    const forwarder = await startForwarder(namespace.hostAddress, controlPlane.port);
    workspace.onDispose(() => forwarder.close());
    kubeconfig = writeKubeconfig(
      join(workspace.folder, 'percona-operator'),
      user,
      controlPlane.credentials.token(user),
      {
        server: `https://${namespace.hostAddress}:${forwarder.port}`,
        caPem: controlPlane.caPem,
        tlsServerName: apiServerTlsName,
      },
    );
  } else if (await isOpen('127.0.0.1', 8080, 1_000)) {
    throw new Error(`The Percona operator needs port 8080, which is taken.${whoHoldsThePorts()}`);
  }
  const address = namespace?.insideAddress ?? '127.0.0.1';
  return {
    name: 'percona-operator',
    ...(namespace?.enter(perconaOperator) ?? { command: perconaOperator }),
    env: {
      KUBECONFIG: kubeconfig,
      // All namespaces; it must be set.
      WATCH_NAMESPACE: '',
      PGO_CONTROLLER_LEADER_ELECTION_ENABLED: 'false',
      DISABLE_TELEMETRY: 'true',
    },
    // Its health port answers 404 to everything; the metrics port opens when it runs.
    ready: () => isOpen(address, 8080, 1_000),
    stopSignal: 'SIGKILL',
  };
}

/** Who listens on the operator's fixed ports, as far as `ss` can tell. */
function whoHoldsThePorts(): string {
  try {
    const filter = ['sport = :8080', 'or', 'sport = :8081'].join(' ');
    const holders = execFileSync('ss', ['-H', '-l', '-t', '-n', '-p', filter], { encoding: 'utf8' }).trim();
    return holders ? ` These hold the ports 8080 and 8081:\n${holders}` : '';
  } catch {
    return '';
  }
}

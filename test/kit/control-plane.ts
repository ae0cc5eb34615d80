// etcd, kube-apiserver and kube-controller-manager: a real control plane without nodes, up in about three seconds.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { auditPolicy } from './audit.ts';
import { freePort } from './ports.ts';
import type { KitProcess, ProcessSpec } from './process.ts';
import { toolPaths } from './tools/tools.ts';
import { type Credentials, createCredentials, type User, users, writeKubeconfig } from './users.ts';
import { waitFor } from './wait-for.ts';
import type { Workspace } from './workspace.ts';

export interface ControlPlane {
  readonly port: number;
  readonly caPem: string;
  readonly auditLog: string;
  readonly credentials: Credentials;
  /** Path of the kubeconfig of a user. */
  kubeconfig(user: User): string;
  /** kill -9. */
  stopApiServer(): Promise<void>;
  /** Starts it on the same port; returns when it is ready. */
  startApiServer(): Promise<void>;
  /** kill -9. */
  stopEtcd(): Promise<void>;
  /** Starts it on the same ports, with what it has kept; returns when the API server is ready again. */
  startEtcd(): Promise<void>;
  /**
   * Starts kube-controller-manager; once, when all CRDs are there: its garbage collector looks for new kinds every 30 s only,
   * and until then collects nothing of them.
   */
  startControllers(): Promise<void>;
}

/** A name in the API server's own certificate, for clients that come by another address. */
export const apiServerTlsName = 'kubernetes.default.svc';

export interface ControlPlaneOptions {
  /** Whose reads the audit log tells, beside everybody's writes. Default nobody's. */
  readonly auditReadsOf?: readonly User[];
}

/** Starts the control plane without its controllers; its processes and files are the workspace's. */
export async function startControlPlane(
  workspace: Workspace,
  { auditReadsOf }: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const folder = join(workspace.folder, 'control-plane');
  mkdirSync(folder, { mode: 0o700 });
  const credentials = createCredentials(folder);
  const port = await freePort();
  const auditLog = join(folder, 'audit.log');
  writeFileSync(auditLog, '');
  const etcd = await startEtcd(workspace, folder);
  writeFileSync(join(folder, 'audit-policy.json'), JSON.stringify(auditPolicy(auditReadsOf)));
  const args = apiServerArgs({ folder, port, etcd: etcd.address, auditLog, tokenFile: credentials.tokenFile });
  const startServer = () =>
    workspace.start({
      name: 'kube-apiserver',
      command: toolPaths().kubeApiserver,
      args,
      // Less time for collecting garbage, for more memory (some 500 MB).
      env: { GOGC: '300' },
      ready: () => isHealthy(port, '/readyz', credentials.token('admin')),
      // There is nothing to save: etcd has it all, and an orderly stop waits for every watch.
      stopSignal: 'SIGKILL',
    });
  let apiServer: KitProcess = await startServer();
  // It signed its own certificate; the file holds the authority too.
  const caPem = readFileSync(join(folder, 'certificates', 'apiserver.crt'), 'utf8');
  const server = `https://127.0.0.1:${port}`;
  const kubeconfigs = new Map(
    users.map((user) => [user, writeKubeconfig(workspace.folder, user, credentials.token(user), { server, caPem })]),
  );
  const kubeconfig = (user: User) => kubeconfigs.get(user) ?? '';
  return {
    port,
    caPem,
    auditLog,
    credentials,
    kubeconfig,
    async stopApiServer() {
      await apiServer.stop();
    },
    async startApiServer() {
      if (!apiServer.isRunning()) apiServer = await startServer();
    },
    stopEtcd: () => etcd.stop(),
    async startEtcd() {
      await etcd.start();
      const isReady = () => isHealthy(port, '/readyz', credentials.token('admin'));
      if (apiServer.isRunning()) await waitFor('the API server has its store again', isReady, { timeoutMs: 60_000 });
    },
    startControllers: () => startControllerManager(workspace, folder, kubeconfig('controller-manager')),
  };
}

interface Etcd {
  readonly address: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

async function startEtcd(workspace: Workspace, folder: string): Promise<Etcd> {
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const spec: ProcessSpec = {
    name: 'etcd',
    command: toolPaths().etcd,
    args: [
      '--name=kit',
      `--data-dir=${join(folder, 'etcd')}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=kit=${peer}`,
      // Its data live as long as the cluster: nothing to keep over a power cut, and a kill loses nothing.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    ready: async () => (await fetch(`${client}/health`)).ok,
    stopSignal: 'SIGKILL',
  };
  let running: KitProcess = await workspace.start(spec);
  return {
    address: client,
    async stop() {
      await running.stop();
    },
    async start() {
      if (!running.isRunning()) running = await workspace.start(spec);
    },
  };
}

interface ApiServerSettings {
  readonly folder: string;
  readonly port: number;
  readonly etcd: string;
  readonly auditLog: string;
  readonly tokenFile: string;
}

function apiServerArgs({ folder, port, etcd, auditLog, tokenFile }: ApiServerSettings): string[] {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  writeFileSync(join(folder, 'service-account.pub'), publicKey);
  writeFileSync(join(folder, 'service-account.key'), privateKey, { mode: 0o600 });
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    `--service-account-key-file=${join(folder, 'service-account.pub')}`,
    `--service-account-signing-key-file=${join(folder, 'service-account.key')}`,
    `--service-account-issuer=https://${apiServerTlsName}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    // There is no service network in which pods could reach it, and loopback is refused as an endpoint.
    '--endpoint-reconciler-type=none',
    `--token-auth-file=${tokenFile}`,
    '--authorization-mode=RBAC',
    // Pods need no tokens: nothing runs in them.
    '--disable-admission-plugins=ServiceAccount',
    `--audit-policy-file=${join(folder, 'audit-policy.json')}`,
    `--audit-log-path=${auditLog}`,
    // MiB; beyond that it would begin another file, and readers would lose their place.
    '--audit-log-maxsize=4000',
  ];
}

async function startControllerManager(workspace: Workspace, folder: string, kubeconfig: string): Promise<void> {
  const port = await freePort();
  await workspace.start({
    name: 'kube-controller-manager',
    command: toolPaths().kubeControllerManager,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      `--cert-dir=${join(folder, 'controller-manager')}`,
      '--leader-elect=false',
      '--controllers=*,-nodeipam,-cloud-node-lifecycle,-service-lb-controller,-node-route-controller',
      `--service-account-private-key-file=${join(folder, 'service-account.key')}`,
    ],
    ready: () => isHealthy(port, '/healthz'),
    stopSignal: 'SIGKILL',
  });
}

function isHealthy(port: number, path: string, token?: string): Promise<boolean> {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  return new Promise((resolve, reject) => {
    // The certificate is made by the process itself; this asks for its health before anybody could know it.
    const options = { host: '127.0.0.1', port, path, headers, rejectUnauthorized: false, agent: false, timeout: 2_000 };
    const call = request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    call.once('error', reject);
    call.once('timeout', () => call.destroy());
    call.end();
  });
}

// The way to the API server: authentication by client-node's KubeConfig, transport by node:https with one keep-alive agent for all calls.
// client-node's own calls make one TLS handshake each, which costs both sides several times the CPU (docs/decisions).
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

export interface RawRequest {
  readonly method: string;
  /** With its query, without the server's address. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  /** A socket outside the pool: a watch holds its socket for minutes. */
  readonly ownSocket?: boolean;
}

export interface Connection {
  /** Resolves as soon as the head of the answer is there, whatever its status. Rejects with the error of the socket. */
  open(request: RawRequest): Promise<http.IncomingMessage>;
  /** Closes the idle sockets. */
  close(): void;
}

/** The part of a KubeConfig that is used: where the server is, and what identifies us there. */
export type ClusterAccess = Pick<KubeConfig, 'getCurrentCluster' | 'applyToHTTPSOptions'> &
  Partial<Pick<KubeConfig, 'getCurrentUser'>>;

/** The credentials could not be read or made (a missing file, a failing exec plugin). */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
}

interface Agents {
  readonly pooled: http.Agent;
  readonly single: http.Agent;
}

const POOL = { keepAlive: true, maxSockets: 32, scheduling: 'lifo', timeout: 60_000 } as const; // the API server drops idle sockets after 90 s

/** A connection that reads the credentials anew for each call, so that rotated certificates and tokens take effect. */
export function openConnection(kubeConfig: ClusterAccess): Connection {
  const cluster = kubeConfig.getCurrentCluster();
  if (!cluster) throw new TypeError('The kubeconfig has no current context that names a cluster');
  const server = new URL(cluster.server);
  const proxied = cluster.proxyUrl !== undefined;
  const agents = memoisedAgents(server.protocol === 'http:');
  const transport = server.protocol === 'http:' ? http : https;
  const root = server.pathname.replace(/\/+$/, '');

  return {
    async open(request) {
      const auth = await credentials(kubeConfig, request.signal);
      const own = agents.for(auth);
      const agent = proxied ? (auth.agent as http.Agent) : request.ownSocket ? own.single : own.pooled;
      const options: https.RequestOptions = {
        protocol: server.protocol,
        hostname: server.hostname.replace(/^\[|\]$/g, ''),
        ...(server.port !== '' && { port: server.port }),
        path: root + request.path,
        method: request.method,
        headers: {
          accept: 'application/json',
          ...(auth.headers as http.OutgoingHttpHeaders | undefined),
          ...request.headers,
        },
        agent,
        signal: request.signal,
        ...(auth.auth && { auth: auth.auth }),
      };
      return sendOnce(transport, options, request.body);
    },
    close: () => agents.close(),
  };
}

function sendOnce(
  transport: typeof http | typeof https,
  options: https.RequestOptions,
  body: string | undefined,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = transport.request(options, resolve);
    request.on('error', (error) => {
      // A pooled socket that the server closed while it was idle: nothing of the request was read.
      reject(request.reusedSocket ? Object.assign(error, { reusedSocket: true }) : error);
    });
    request.end(body);
  });
}

async function credentials(kubeConfig: ClusterAccess, signal: AbortSignal): Promise<https.RequestOptions> {
  const options: https.RequestOptions = {};
  signal.throwIfAborted();
  const read = readCredentials(kubeConfig, options).catch((error: unknown) => {
    throw new CredentialsError('credentials', { cause: error });
  });
  await Promise.race([read, aborted(signal)]); // an exec plugin may hang
  return options;
}

async function readCredentials(kubeConfig: ClusterAccess, options: https.RequestOptions): Promise<void> {
  await kubeConfig.applyToHTTPSOptions(options);
  const file = tokenFileOf(kubeConfig);
  if (file === undefined) return;
  // client-node keeps a file's token for a minute, in which a rotated one may be revoked already.
  const token = (await readFile(file, 'utf8')).trim();
  options.headers = { ...(options.headers as http.OutgoingHttpHeaders | undefined), Authorization: `Bearer ${token}` };
}

/** The file of the current user's token, as client-node knows it from a service account. */
function tokenFileOf(kubeConfig: ClusterAccess): string | undefined {
  const provider = kubeConfig.getCurrentUser?.()?.authProvider as { config?: { tokenFile?: unknown } } | undefined;
  const file = provider?.config?.tokenFile;
  return typeof file === 'string' ? file : undefined;
}

function aborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  promise.catch(() => undefined);
  return promise;
}

/** Agents are kept until a certificate or the CA changes; those of before end by their idle time-out. */
function memoisedAgents(plain: boolean) {
  let key: string | undefined;
  let current: Agents | undefined;
  return {
    for(options: https.RequestOptions): Agents {
      const { ca, cert, key: privateKey, servername, rejectUnauthorized } = options;
      const tls = { ca, cert, key: privateKey, servername, rejectUnauthorized };
      const wanted = Object.values(tls).map(String).join('|');
      if (current === undefined || wanted !== key) {
        key = wanted;
        current = plain
          ? { pooled: new http.Agent(POOL), single: new http.Agent({ keepAlive: false }) }
          : {
              pooled: new https.Agent({ ...defined(tls), ...POOL }),
              single: new https.Agent({ ...defined(tls), keepAlive: false }),
            };
      }
      return current;
    },
    close(): void {
      current?.pooled.destroy();
      current?.single.destroy();
    },
  };
}

/** TLS settings that are present but undefined would override Node's defaults. */
function defined(tls: https.AgentOptions): https.AgentOptions {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
}

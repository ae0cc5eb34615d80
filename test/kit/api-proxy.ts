// An HTTP proxy in front of the kit's API server, for stand-ins of what happens between the provisioner and a real one: each says by its
// handler what becomes of a call. The provisioner reaches it by a kubeconfig of the same user, over plain HTTP.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import type { Workspace } from './workspace.ts';

export interface ProxiedCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, or an empty text. */
  readonly sent: string;
}

/**
 * Answers a call, if only by passing it on.
 *
 * @param pass sends a call to the real API server; it is given up when the client gives up, unless `outlives` says otherwise
 */
export type Handler = (
  call: ProxiedCall,
  answer: ServerResponse,
  pass: (call: ProxiedCall, outlives?: 'outlives') => Promise<IncomingMessage>,
) => Promise<void>;

export interface ApiProxy {
  /** A kubeconfig of the same user that leads through the proxy. */
  readonly kubeconfig: string;
}

interface Kubeconfig {
  readonly clusters: readonly [{ cluster: { server: string; 'certificate-authority-data': string } }];
}

export interface ApiProxyOptions {
  /** Names the file of its kubeconfig. */
  readonly name: string;
  /** The way to the real API server. */
  readonly kubeconfig: string;
  /** In place of the user's own credentials in the kubeconfig that leads through the proxy. */
  readonly user?: Readonly<Record<string, string>>;
}

/** Headers that concern one hop only. The length is set anew, since a handler may change the body. */
const OF_THIS_HOP = new Set(['host', 'connection', 'content-length', 'transfer-encoding']);

/** Starts it; it ends with the workspace. A call whose handler fails is cut off, as by a server that dies. */
export async function startApiProxy(
  workspace: Workspace,
  options: ApiProxyOptions,
  handle: Handler,
): Promise<ApiProxy> {
  const original = JSON.parse(readFileSync(options.kubeconfig, 'utf8')) as Kubeconfig;
  const { server: upstream, 'certificate-authority-data': ca } = original.clusters[0].cluster;
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(ca, 'base64') });

  const server = createServer((incoming, answer) => {
    answer.on('error', () => undefined);
    const pass: Parameters<Handler>[2] = (call, outlives) =>
      new Promise((resolve, reject) => {
        const { method, path, sent } = call;
        const kept = Object.entries(call.headers).filter(([name]) => !OF_THIS_HOP.has(name));
        const headers = { ...Object.fromEntries(kept), ...(sent && { 'content-length': Buffer.byteLength(sent) }) };
        const passed = httpsRequest(new URL(path, upstream), { agent, method, headers }, resolve);
        if (!outlives) answer.once('close', () => passed.destroy());
        passed.once('error', reject);
        passed.end(sent);
      });
    textOf(incoming)
      .then((sent) => {
        const { method = 'GET', url: path = '/', headers } = incoming;
        return handle({ method, path, headers, sent }, answer, pass);
      })
      .catch(() => answer.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  workspace.onDispose(() => {
    server.close();
    server.closeAllConnections();
    agent.destroy();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const through = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const path = join(workspace.folder, `through-${options.name}.kubeconfig`);
  const users = options.user && { users: [{ name: 'through', user: options.user }], contexts: [{ name: 'kit', context: { cluster: 'kit', user: 'through' } }] }; // prettier-ignore
  const kubeconfig = { ...original, clusters: [{ name: 'kit', cluster: through }], ...users };
  writeFileSync(path, JSON.stringify(kubeconfig), { mode: 0o600 });
  return { kubeconfig: path };
}

/** Passes an answer on as it comes. */
export function relay(real: IncomingMessage, answer: ServerResponse): void {
  answer.writeHead(real.statusCode ?? 502, real.headers);
  answer.flushHeaders();
  real.on('error', () => answer.destroy());
  real.pipe(answer);
}

export async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

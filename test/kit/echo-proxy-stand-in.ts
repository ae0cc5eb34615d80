// Stand-in for a proxy, or an API server, that quotes what it was sent or has stored when it refuses a call: it passes calls on
// to the real API server, and on request answers some of them with an error whose body holds the object. Real API servers do
// so: a refused patch quotes the object (422), a decoder its input (400, 500), admission webhooks whatever they like.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import type { Workspace } from './workspace.ts';

export interface Call {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The body, or an empty text. */
  readonly sent: string;
}

/** Statuses that it answers with; `broken` is a 200 whose JSON is cut off in the middle. */
export const refusals = [409, 422, 500, 'broken'] as const;
export type Refusal = (typeof refusals)[number];

export interface EchoProxyStandIn {
  /** A kubeconfig of the same user that leads through the proxy. */
  readonly kubeconfig: string;
  /**
   * Refuses the first `times` calls that match; returns how often it has done so. A read counts only when there is an object
   * to quote.
   */
  refuse(matches: (call: Call) => boolean, refusal: Refusal, times: number): () => number;
  /** The objects that were quoted, as JSON: also those that were never stored. */
  quoted(): readonly string[];
}

interface Rule {
  readonly matches: (call: Call) => boolean;
  readonly refusal: Refusal;
  left: number;
}

interface Kubeconfig {
  readonly clusters: readonly [{ cluster: { server: string; 'certificate-authority-data': string } }];
}

/** Starts it in front of the server that the kubeconfig names; it ends with the workspace. */
export async function startEchoProxyStandIn(workspace: Workspace, kubeconfig: string): Promise<EchoProxyStandIn> {
  const original = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig;
  const { server: upstream, 'certificate-authority-data': ca } = original.clusters[0].cluster;
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(ca, 'base64') });
  const rules: Rule[] = [];
  const quoted: string[] = [];

  const pass = (incoming: IncomingMessage, { method, path, sent }: Call): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const ofThisHop = new Set(['host', 'connection']);
      const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !ofThisHop.has(name)));
      const call = httpsRequest(new URL(path, upstream), { agent, method, headers }, resolve);
      incoming.once('close', () => call.destroy());
      call.once('error', reject);
      call.end(sent);
    });

  const serve = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/' } = incoming;
    const call: Call = { method, path, sent: await textOf(incoming) };
    const rule = rules.find(({ left, matches }) => left > 0 && matches(call));
    const refuseWith = (object: string): void => {
      if (!rule) return;
      rule.left -= 1;
      quoted.push(object);
      refuse(answer, rule.refusal, object);
    };
    // A write that is refused is not carried out.
    if (rule && method !== 'GET') {
      refuseWith(call.sent);
      return;
    }
    const real = await pass(incoming, call);
    if (rule && real.statusCode === 200) {
      refuseWith(await textOf(real));
      return;
    }
    answer.writeHead(real.statusCode ?? 502, real.headers);
    answer.flushHeaders();
    real.pipe(answer);
  };

  const server = createServer((incoming, answer) => {
    answer.on('error', () => undefined);
    serve(incoming, answer).catch(() => answer.destroy());
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
  const path = join(workspace.folder, 'through-echo-proxy-stand-in.kubeconfig');
  writeFileSync(path, JSON.stringify({ ...original, clusters: [{ name: 'kit', cluster: through }] }), { mode: 0o600 });
  return {
    kubeconfig: path,
    quoted: () => quoted,
    refuse(matches, refusal, times) {
      const rule: Rule = { matches, refusal, left: times };
      rules.push(rule);
      return () => times - rule.left;
    },
  };
}

/** The object with the values of a Secret in clear before it, where also somebody who cuts long messages off would have them. */
function inClear(text: string): string {
  try {
    const { data = {} } = JSON.parse(text) as { data?: Readonly<Record<string, string>> };
    const clear = Object.entries(data).map(([key, value]) => `${key}=${Buffer.from(value, 'base64').toString()}`);
    return `${clear.join(' ')} ${text}`;
  } catch {
    return text;
  }
}

function refuse(answer: ServerResponse, refusal: Refusal, object: string): void {
  if (refusal === 'broken') {
    answer.writeHead(200, { 'content-type': 'application/json' }).end(object.slice(0, -1));
    return;
  }
  const message = `refused: ${inClear(object)}`;
  const reason = refusal === 409 ? 'Conflict' : refusal === 422 ? 'Invalid' : 'InternalError';
  const causes = [{ reason: 'FieldValueInvalid', field: 'data', message }];
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    reason,
    details: { causes },
    code: refusal,
  };
  answer.writeHead(refusal, { 'content-type': 'application/json' }).end(JSON.stringify(status));
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

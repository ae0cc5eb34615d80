// Stand-in for a proxy, or an API server, that quotes what it was sent or has stored when it refuses a call: it passes calls on
// to the real API server, and on request answers some of them with an error whose body holds the object. Real API servers do
// so: a refused patch quotes the object (422), a decoder its input (400, 500), admission webhooks whatever they like.
import type { ServerResponse } from 'node:http';
import { type Handler, type ProxiedCall, relay, startApiProxy, textOf } from './api-proxy.ts';
import type { Workspace } from './workspace.ts';

export type Call = Pick<ProxiedCall, 'method' | 'path' | 'sent'>;

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

/** Starts it in front of the server that the kubeconfig names; it ends with the workspace. */
export async function startEchoProxyStandIn(workspace: Workspace, kubeconfig: string): Promise<EchoProxyStandIn> {
  const rules: Rule[] = [];
  const quoted: string[] = [];

  const serve: Handler = async (call, answer, pass) => {
    const rule = rules.find(({ left, matches }) => left > 0 && matches(call));
    const refuseWith = (object: string): void => {
      if (!rule) return;
      rule.left -= 1;
      quoted.push(object);
      refuse(answer, rule.refusal, object);
    };
    // A write that is refused is not carried out.
    if (rule && call.method !== 'GET') {
      refuseWith(call.sent);
      return;
    }
    const real = await pass(call);
    if (rule && real.statusCode === 200) {
      refuseWith(await textOf(real));
      return;
    }
    relay(real, answer);
  };

  const proxy = await startApiProxy(workspace, { name: 'echo-proxy-stand-in', kubeconfig }, serve);
  return {
    kubeconfig: proxy.kubeconfig,
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

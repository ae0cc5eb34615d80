// One call to a DittoFS server: where to, deadline, abort, and reading a bounded answer. Every way to fail ends as a DittoFsError.
import http from 'node:http';
import https from 'node:https';
import type { Route } from '../hosts.ts';
import type { Endpoint } from './endpoint.ts';
import { DittoFsError, errorOf, networkError, type About } from './errors.ts';

export interface Call {
  readonly about: About;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  /** The parsed JSON of the answer; undefined when it has no body. @throws DittoFsError, nothing else */
  send(endpoint: Endpoint, call: Call): Promise<unknown>;
  /** Closes the idle sockets. */
  close(): void;
}

export interface TransportOptions {
  readonly route: Route;
  /** How long one call may take, connecting included. Default 4 000. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 4_000;
const MAX_BYTES = 1024 * 1024;
/** A body longer than this is not looked into when it is no success. */
const MAX_REFUSAL_BYTES = 16 * 1024;
/** Idle sockets go soon: one is enough for the calls of a step, and a prober comes back only after half a minute. */
const POOL = { keepAlive: true, maxSockets: 4, maxFreeSockets: 1, timeout: 5_000 } as const;

/** A transport with sockets of its own. */
export function createTransport({ route, timeoutMs = TIMEOUT_MS }: TransportOptions): Transport {
  const plain = new http.Agent(POOL);
  const secure = new https.Agent(POOL);

  const open = (endpoint: Endpoint, call: Call, signal: AbortSignal): Promise<http.IncomingMessage> => {
    const { scheme, host, port, trust } = endpoint;
    const address = route(host, port);
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const options: https.RequestOptions = {
      host: address.host,
      port: address.port,
      path: call.path,
      method: call.method,
      headers: {
        host: `${host}:${port}`,
        accept: 'application/json',
        ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
      signal,
      ...(scheme === 'https' ? { agent: secure, servername: host, ...trust } : { agent: plain }),
    };
    return sendOnce(scheme === 'https' ? https : http, options, body);
  };

  return {
    async send(endpoint, call) {
      const deadline = AbortSignal.timeout(timeoutMs);
      const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
      try {
        const answer = await open(endpoint, call, signal);
        return await valueOf(answer, call);
      } catch (error) {
        if (error instanceof DittoFsError) throw error;
        if (call.signal?.aborted) throw new DittoFsError('aborted', call.about);
        if (deadline.aborted) throw new DittoFsError('timeout', call.about, { detail: `${timeoutMs / 1000} s` });
        throw networkError(call.about, error);
      }
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function sendOnce(
  transport: typeof http | typeof https,
  options: https.RequestOptions,
  body: string | undefined,
): Promise<http.IncomingMessage> {
  const attempt = (mayRepeat: boolean): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const request = transport.request(options, resolve);
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A pooled socket that the server closed while it was idle: nothing of the request was read.
        const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (mayRepeat && isStale && !options.signal?.aborted) attempt(false).then(resolve, reject);
        else reject(error);
      });
      request.end(body);
    });
  return attempt(true);
}

async function readText(answer: http.IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined; // ends the answer and its socket
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

async function valueOf(answer: http.IncomingMessage, { about }: Call): Promise<unknown> {
  const code = answer.statusCode ?? 0;
  const isSuccess = code >= 200 && code < 300;
  const text = await readText(answer, isSuccess ? MAX_BYTES : MAX_REFUSAL_BYTES);
  if (!isSuccess) throw errorOf({ about, code, ...wordsOf(answer, text ?? '') });
  if (text === '') return undefined;
  const value = text === undefined ? undefined : parseJson(text);
  if (value === undefined) throw new DittoFsError('garbage', about, { code });
  return value;
}

function wordsOf(answer: http.IncomingMessage, text: string): { readonly detail: string; readonly text: string } {
  const isProblem = (answer.headers['content-type'] ?? '').startsWith('application/problem+json');
  const problem = isProblem ? parseJson(text) : undefined;
  const detail =
    typeof problem === 'object' && problem !== null && 'detail' in problem && typeof problem.detail === 'string'
      ? problem.detail
      : '';
  return { detail, text };
}

/** undefined for what is no JSON: the error of JSON.parse quotes its input. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

// One call to the API server: deadline, abort, reading and classifying the answer. Every way to fail ends as a KubeError.
import type { IncomingMessage } from 'node:http';
import { CredentialsError, type Connection } from './connection.ts';
import { errnoOf, errorOf, KubeError, networkError, statusIn, type About } from './errors.ts';
import type { Limiter } from './limiter.ts';

export interface Call {
  readonly about: About;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** Doing it twice is the same as doing it once, so a socket that dies at once may be replaced unasked. */
  readonly repeatable?: boolean;
  /** Present for a write: it takes a slot of the limiter. */
  readonly write?: { readonly first?: boolean | undefined };
}

export interface Transport {
  readonly connection: Connection;
  /** For calls that say nothing of it. */
  readonly timeoutMs: number;
  readonly writes: Limiter;
}

const MAX_ERROR_BYTES = 256 * 1024;

/** Sends the call and returns the parsed JSON of the answer. @throws KubeError, nothing else */
export async function send(transport: Transport, call: Call): Promise<unknown> {
  const deadline = startDeadline(call.signal, call.timeoutMs ?? transport.timeoutMs);
  const run = (): Promise<unknown> => exchange(transport.connection, call, deadline.signal);
  try {
    return await (call.write ? transport.writes.run(run, { first: call.write.first, signal: deadline.signal }) : run());
  } catch (error) {
    throw asKubeError(error, call.about, deadline);
  } finally {
    deadline.end();
  }
}

async function exchange(connection: Connection, call: Call, signal: AbortSignal): Promise<unknown> {
  const answer = await openAnswer(connection, call, signal);
  const text = await readText(answer, isSuccess(answer) ? Infinity : MAX_ERROR_BYTES);
  if (!isSuccess(answer)) throw refusal(call.about, answer, text);
  return parseAnswer(call.about, answer, text);
}

async function openAnswer(connection: Connection, call: Call, signal: AbortSignal): Promise<IncomingMessage> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const request = {
    method: call.method,
    path: call.path + queryString(call.query),
    headers: {
      ...(call.accept !== undefined && { accept: call.accept }),
      ...(body !== undefined && {
        'content-type': call.contentType ?? 'application/json',
        'content-length': Buffer.byteLength(body),
      }),
    },
    body,
    signal,
  };
  try {
    return await connection.open(request);
  } catch (error) {
    if (!call.repeatable || signal.aborted || !isStaleSocket(error)) throw error;
    return await connection.open(request);
  }
}

function isStaleSocket(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'reusedSocket' in error &&
    ['ECONNRESET', 'EPIPE'].includes(errnoOf(error))
  );
}

/** `?a=b`, without the entries that are undefined. */
export function queryString(query: Call['query']): string {
  const entries = Object.entries(query ?? {}).filter((e): e is [string, string] => e[1] !== undefined);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}

function isSuccess(answer: IncomingMessage): boolean {
  const code = answer.statusCode ?? 0;
  return code >= 200 && code < 300;
}

async function readText(answer: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The error for an answer that is no success. */
export async function refusalOf(about: About, answer: IncomingMessage): Promise<KubeError> {
  return refusal(about, answer, await readText(answer, MAX_ERROR_BYTES));
}

function refusal(about: About, answer: IncomingMessage, text: string): KubeError {
  const seconds = Number(answer.headers['retry-after']);
  return errorOf({
    about,
    code: answer.statusCode ?? 0,
    status: statusIn(parseJson(text)),
    pageNotFound: text.startsWith('404 page not found'),
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  });
}

function parseAnswer(about: About, answer: IncomingMessage, text: string): unknown {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null)
    throw new KubeError('garbage', { about, code: answer.statusCode ?? 0 });
  return value;
}

/** undefined for what is no JSON: the error of JSON.parse quotes its input. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export interface Deadline {
  readonly signal: AbortSignal;
  /** The time that was up, ms; undefined while it is not, and when the caller gave up. */
  expiredAfterMs(): number | undefined;
  /** Starts the time anew. */
  restart(timeoutMs: number): void;
  /** Frees timer and listener. */
  end(): void;
}

/** One signal for "the time is up" and "the caller gives up". */
export function startDeadline(outer: AbortSignal | undefined, timeoutMs: number): Deadline {
  const controller = new AbortController();
  let expiredAfterMs: number | undefined;
  const start = (ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      expiredAfterMs = ms;
      controller.abort();
    }, ms);
  const giveUp = (): void => controller.abort();
  let timer = start(timeoutMs);
  if (outer?.aborted) giveUp();
  outer?.addEventListener('abort', giveUp, { once: true });
  return {
    signal: controller.signal,
    expiredAfterMs: () => expiredAfterMs,
    restart(ms) {
      clearTimeout(timer);
      timer = start(ms);
    },
    end() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', giveUp);
    },
  };
}

/** Turns whatever was thrown during a call into a KubeError without foreign text, stack or cause. */
export function asKubeError(error: unknown, about: About, deadline: Deadline): KubeError {
  if (error instanceof KubeError) return error;
  const expiredAfterMs = deadline.expiredAfterMs();
  if (expiredAfterMs !== undefined) {
    const sentence = `The API server did not answer within ${expiredAfterMs / 1000} s`;
    return new KubeError('network', { about, code: 0 }, { reason: 'Timeout', sentence });
  }
  if (deadline.signal.aborted) return new KubeError('aborted', { about, code: 0 });
  if (error instanceof CredentialsError) {
    const sentence = `The credentials for the API server cannot be read (${errnoOf(error.cause)})`;
    return new KubeError('unauthorized', { about, code: 0 }, { reason: 'Credentials', sentence });
  }
  return networkError(about, error);
}

// Stand-in for what becomes of single calls between the provisioner and a real API server: refused, cut off, answered late, or answered with
// what was true one version ago. It follows these facts: an answer can be lost after the write was carried out; a busy server says 429 with
// Retry-After; a server behind others, or a cache, answers with an older version, but in the end with the newest.
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { pause } from './wait-for.ts';

export type CallFault =
  /** The call is refused with this status, either in place of being carried out or in place of its real answer. */
  | {
      readonly does: 'refuse';
      readonly when: 'before' | 'after';
      readonly code: 409 | 429 | 500;
      readonly retryAfterSeconds?: number;
    }
  /** The connection is cut, before the call is carried out or in place of its answer; `then` is called just before that. */
  | { readonly does: 'cut-off'; readonly when: 'before' | 'after'; readonly then?: () => void }
  /** It is carried out, and its answer comes so much later; `then` is called when it is carried out. */
  | { readonly does: 'delay'; readonly forMs: number; readonly then?: () => void };

/** An answer that has been read to its end. */
export interface WholeAnswer {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const REASONS = { 409: 'Conflict', 429: 'TooManyRequests', 500: 'InternalError' } as const;

/** Passes a whole answer on. */
export function deliver(answer: ServerResponse, { code, headers, text }: WholeAnswer): void {
  if (answer.destroyed) return;
  const kept = Object.entries(headers).filter(([name]) => !['content-length', 'transfer-encoding'].includes(name));
  answer.writeHead(code, Object.fromEntries(kept) as IncomingHttpHeaders).end(text);
}

/** What a Kubernetes API server answers where it refuses. */
export const statusOf = (code: number, more: object) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  code,
  ...more,
});

export const JSON_TYPE = { 'content-type': 'application/json' } as const;

export function answerStatus(
  answer: ServerResponse,
  code: number,
  more: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (answer.destroyed) return;
  answer.writeHead(code, { ...JSON_TYPE, ...headers }).end(JSON.stringify(statusOf(code, more)));
}

/** Does to one call what the fault says. */
export async function strikeCall(
  fault: CallFault,
  answer: ServerResponse,
  carryOut: () => Promise<WholeAnswer>,
): Promise<void> {
  if (fault.does === 'delay') {
    const late = await carryOut();
    fault.then?.();
    await pause(fault.forMs);
    deliver(answer, late);
    return;
  }
  if (fault.when === 'after') await carryOut();
  if (fault.does === 'cut-off') {
    fault.then?.();
    answer.destroy();
    return;
  }
  const retryAfter = fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) };
  answerStatus(answer, fault.code, { reason: REASONS[fault.code] }, retryAfter);
}

/** Answers to reads as they were one version ago. */
export interface OlderAnswers {
  /** Keeps the answer as the newest; returns the one before it if this is the first that shows the newest version. */
  lag(call: { readonly path: string; readonly headers: IncomingHttpHeaders }, fresh: WholeAnswer): WholeAnswer;
}

interface Versioned {
  readonly metadata?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly items?: readonly Versioned[];
}

/** Of one object, or of all that a list holds; a list's own number moves without them. */
function versionOf({ code, text }: WholeAnswer): string {
  if (code !== 200) return String(code);
  const { metadata, items } = JSON.parse(text) as Versioned;
  const all = items ?? [{ metadata: metadata ?? {} }];
  return all.map((one) => `${one.metadata?.uid}/${one.metadata?.resourceVersion}`).join();
}

/** Each version of each object (and list) is told once a read later than it could be, so that whoever reads again gets on. */
export function createOlderAnswers(): OlderAnswers {
  const newest = new Map<string, WholeAnswer>();
  return {
    lag({ path, headers }, fresh) {
      if (fresh.code !== 200 && fresh.code !== 404) return fresh;
      const key = `${path} ${headers.accept ?? ''}`;
      const before = newest.get(key);
      newest.set(key, fresh);
      return before && versionOf(before) !== versionOf(fresh) ? before : fresh;
    },
  };
}

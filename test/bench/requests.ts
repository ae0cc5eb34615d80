// What the provisioner asked of the API server, counted from the audit log, and when it has come to rest.
import type { Request } from '../kit/audit.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { BenchStage } from './stage.ts';

/** Requests of the provisioner, per DittoServer. */
export interface RequestCounts {
  readonly writes: number;
  readonly reads: number;
  /** By verb and resource, such as `create services`; most frequent first. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Answers of 400 and more, by code. */
  readonly refused: Readonly<Record<string, number>>;
}

const READS: readonly Request['verb'][] = ['get', 'list'];
const WATCHER: readonly Request['verb'][] = ['list', 'watch'];

/** Counts attempts, also those that were refused; a watch is neither read nor write. */
export function countRequests(requests: readonly Request[], servers: number): RequestCounts {
  const asked = requests.filter(({ verb }) => verb !== 'watch');
  const reads = asked.filter(({ verb }) => READS.includes(verb)).length;
  return {
    writes: (asked.length - reads) / servers,
    reads: reads / servers,
    byKind: shares(asked.map(kindOf), servers),
    refused: shares(
      asked.filter(({ code }) => code >= 400).map((request) => `${request.code} ${kindOf(request)}`),
      servers,
    ),
  };
}

function kindOf({ verb, resource, subresource }: Request): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

function shares(kinds: readonly string[], servers: number): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => [kind, count / servers]));
}

/**
 * What counts as a sign that a DittoServer is worked on: a write, or a read of an object too, since each look begins with one. Lists
 * are none: the watcher asks for an absent API every few seconds, and lists everything now and then.
 */
export type Sign = 'write' | 'request';

export interface Quiet {
  /** When the last sign was, by performance.now(); undefined without one. */
  readonly lastAtMs: number | undefined;
}

/** Waits until the provisioner has given no sign for so long. */
export async function untilQuiet(
  { requests }: BenchStage,
  { sign, forMs, timeoutMs = 300_000 }: { readonly sign: Sign; readonly forMs: number; readonly timeoutMs?: number },
): Promise<Quiet> {
  const began = Date.now();
  const lastSign = (): number | undefined =>
    requests({ user: 'provisioner' })
      .findLast(({ verb }) => !WATCHER.includes(verb) && (sign === 'request' || !READS.includes(verb)))
      ?.at.getTime();
  await waitFor(
    `no ${sign} of the provisioner for ${forMs / 1_000} s`,
    () => Date.now() - Math.max(began, lastSign() ?? 0) >= forMs,
    {
      timeoutMs,
      everyMs: 250,
    },
  );
  const last = lastSign();
  return { lastAtMs: last === undefined ? undefined : last - performance.timeOrigin };
}

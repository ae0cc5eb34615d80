// One watch request: lines of JSON become events. Silence, garbage and errors end it with a KubeError.
import type { IncomingMessage } from 'node:http';
import type { KubeObject, Stored } from '../api/kubernetes.ts';
import type { Connection } from './connection.ts';
import { errorOf, KubeError, statusIn, type About } from './errors.ts';
import { collectionPath, describeCollection, type KindRef } from './paths.ts';
import { asKubeError, parseJson, queryString, refusalOf, startDeadline } from './request.ts';
import { isStored, METADATA, positionOf } from './shapes.ts';

export interface WatchOptions {
  readonly resourceVersion: string;
  /** How long the server keeps the watch open, seconds. It is ended here soon after, if the server does not do it. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Given up after so long without a byte. Bookmarks come every 60 s. */
  readonly idleMs: number;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly metadataOnly?: boolean | undefined;
  /** Called when the server has accepted the watch, and with each sign of life. */
  readonly heard?: () => void;
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Stored<T> }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

const CONNECT_MS = 30_000;
/** How much later than the server a watch is ended here: bytes that trickle in without end must not put off the next list. */
const OVERTIME_MS = 1_000;
/** No object is that long (etcd takes 1.5 MB). */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Yields the events of one watch request; returns when the server ends it. @throws KubeError */
export async function* watchOnce<T extends KubeObject>(
  connection: Connection,
  kind: KindRef,
  namespace: string | undefined,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const about: About = { verb: 'watch', kind, object: describeCollection(kind, namespace) };
  const deadline = startDeadline(options.signal, Math.min(CONNECT_MS, options.idleMs));
  const overtime = createOvertime(options.timeoutSeconds * 1_000 + OVERTIME_MS);
  try {
    const answer = await connection.open({
      method: 'GET',
      path: collectionPath(kind, namespace) + watchQuery(options),
      headers: options.metadataOnly ? { accept: METADATA } : {},
      signal: deadline.signal,
      ownSocket: true,
    });
    if (answer.statusCode !== 200) throw await refusalOf(about, answer);
    const heard = (): void => {
      deadline.restart(options.idleMs);
      options.heard?.();
    };
    heard();
    overtime.begin(answer);
    for await (const line of linesOf(answer, heard)) {
      if (line.length > LONGEST_LINE) throw new KubeError('garbage', { about, code: 200 });
      yield parseEvent<T>(line, about);
    }
  } catch (error) {
    if (!overtime.isUp()) throw asKubeError(error, about, deadline);
  } finally {
    overtime.end();
    deadline.end();
  }
}

interface Overtime {
  begin(answer: IncomingMessage): void;
  isUp(): boolean;
  end(): void;
}

/** Ends an answer that the server does not end. */
function createOvertime(ms: number): Overtime {
  let up = false;
  let timer: NodeJS.Timeout | undefined;
  return {
    begin(answer) {
      timer = setTimeout(() => {
        up = true;
        answer.destroy();
      }, ms);
    },
    isUp: () => up,
    end: () => clearTimeout(timer),
  };
}

function watchQuery(options: WatchOptions): string {
  return queryString({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: options.resourceVersion,
    timeoutSeconds: String(options.timeoutSeconds),
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
  });
}

/** Whole lines only: what is cut off in the middle comes again with the next watch. */
async function* linesOf(answer: IncomingMessage, heard: () => void): AsyncGenerator<string> {
  answer.setEncoding('utf8');
  let rest = '';
  for await (const chunk of answer as AsyncIterable<string>) {
    heard();
    // A long line comes in many pieces; looking through all of them with each would take minutes.
    const lines = chunk.includes('\n') ? (rest + chunk).split('\n') : [rest + chunk];
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
    if (rest.length > LONGEST_LINE) yield rest;
  }
}

const CHANGES: readonly unknown[] = ['ADDED', 'MODIFIED', 'DELETED'];

function parseEvent<T extends KubeObject>(line: string, about: About): WatchEvent<T> {
  const event = parseJson(line) as { type?: unknown; object?: unknown } | null | undefined;
  const { type, object } = event ?? {};
  if (type === 'ERROR') {
    const status = statusIn(object);
    throw errorOf({ about, code: status?.code ?? 0, status });
  }
  if (CHANGES.includes(type) && isStored(object)) {
    const named = { ...object, apiVersion: about.kind.apiVersion, kind: about.kind.kind }; // a metadata-only object names no kind of its own
    return { type: type as 'ADDED' | 'MODIFIED' | 'DELETED', object: named as unknown as Stored<T> };
  }
  const version = positionOf(object);
  if (type !== 'BOOKMARK' || version === undefined) throw new KubeError('garbage', { about, code: 200 });
  return { type, resourceVersion: version };
}

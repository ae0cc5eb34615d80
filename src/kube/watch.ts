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
  /** How long the server keeps the watch open, seconds. */
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

/** Yields the events of one watch request; returns when the server ends it. @throws KubeError */
export async function* watchOnce<T extends KubeObject>(
  connection: Connection,
  kind: KindRef,
  namespace: string | undefined,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const about: About = { verb: 'watch', kind, object: describeCollection(kind, namespace) };
  const deadline = startDeadline(options.signal, Math.min(CONNECT_MS, options.idleMs));
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
    for await (const line of linesOf(answer, heard)) yield parseEvent<T>(line, about);
  } catch (error) {
    throw asKubeError(error, about, deadline);
  } finally {
    deadline.end();
  }
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
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
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

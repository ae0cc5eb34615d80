// Stand-in for the API server: one collection of objects over plain HTTP, with faults on demand. It follows these facts of kube-apiserver:
// list answers carry a resourceVersion and no kinds in the items, a watch is a line of JSON per event and ends after timeoutSeconds,
// an expired position is an ERROR event with code 410, each write gets the next number of one counter.
import http from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, type Kube } from '../../../src/kube/index.ts';

export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export type Fault = (request: Seen, response: http.ServerResponse) => void;

interface Item {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly [field: string]: unknown;
}
interface LoggedEvent {
  readonly version: number;
  readonly line: string;
}

/** A metav1.Status as an answer. */
export function refuse(code: number, status: Record<string, unknown>, headers: Record<string, string> = {}): Fault {
  return (_, response) => {
    response.writeHead(code, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...status }));
  };
}

export function answerText(code: number, text: string, headers: Record<string, string> = {}): Fault {
  return (_, response) => {
    response.writeHead(code, { 'content-type': 'text/html', ...headers });
    response.end(text);
  };
}

export const drop: Fault = (_, response) => response.destroy();
/** Takes the request and never answers. */
export const ignore: Fault = () => undefined;

export interface ApiServerStandIn {
  /** All requests so far. */
  readonly seen: Seen[];
  /** Taken by the next requests, in this order, instead of an answer. */
  readonly faults: Fault[];
  /** Taken by every request instead of an answer. */
  always: Fault | undefined;
  /** The counter of the last write. */
  version: number;
  /** Positions below this are answered 410. */
  compacted: number;
  readonly items: Map<string, Item>;
  address(): string;
  /** @param timeoutMs of one request; default as the program has it */
  kube(timeoutMs?: number): Kube;
  put(name: string, more?: Record<string, unknown>, uid?: string): Item;
  remove(name: string): void;
  /** The store as a backup had it: numbers go backwards, and nobody is told. */
  rewindTo(version: number): void;
  bookmark(): void;
  /** Sends raw text to all watchers. */
  inject(text: string): void;
  cutWatches(): void;
  /** Ends the watches as their time-out would. */
  endWatches(): void;
  /** Open watches. */
  watching(): number;
  lists(): number;
  stop(): Promise<void>;
}

/** Starts one on a free port. */
export async function startApiServer(): Promise<ApiServerStandIn> {
  const watchers = new Set<http.ServerResponse>();
  let log: LoggedEvent[] = [];
  const server = http.createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const standIn: ApiServerStandIn = {
    seen: [],
    faults: [],
    always: undefined,
    version: 100,
    compacted: 0,
    items: new Map(),
    address: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    kube(timeoutMs) {
      const access = {
        getCurrentCluster: () => ({ name: 'stand-in', server: standIn.address(), skipTLSVerify: true }),
        applyToHTTPSOptions: () => Promise.resolve(),
      };
      return connect(access, timeoutMs);
    },
    put(name, more = {}, uid = `uid-${name}`) {
      standIn.version += 1;
      const type = standIn.items.has(name) ? 'MODIFIED' : 'ADDED';
      const item = { ...more, metadata: { name, namespace: 'ns', uid, resourceVersion: String(standIn.version) } };
      standIn.items.set(name, item);
      emit(type, item);
      return item;
    },
    remove(name) {
      const item = standIn.items.get(name);
      if (item === undefined) return;
      standIn.version += 1;
      standIn.items.delete(name);
      emit('DELETED', { ...item, metadata: { ...item.metadata, resourceVersion: String(standIn.version) } });
    },
    rewindTo(version) {
      standIn.version = version;
      log = [];
    },
    bookmark: () => emit('BOOKMARK', { metadata: { resourceVersion: String(standIn.version) } }),
    inject: (text) => watchers.forEach((watcher) => watcher.write(text)),
    cutWatches: () => watchers.forEach((watcher) => watcher.destroy()),
    endWatches() {
      watchers.forEach((watcher) => watcher.end());
      watchers.clear();
    },
    watching: () => watchers.size,
    lists: () => standIn.seen.filter((s) => s.method === 'GET' && !s.url.searchParams.has('watch')).length,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return standIn;

  function emit(type: string, object: unknown): void {
    const line = `${JSON.stringify({ type, object })}\n`;
    log.push({ version: standIn.version, line });
    standIn.inject(line);
  }

  async function handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? '/', 'http://stand-in');
    const seen: Seen = { method: request.method ?? '', url, headers: request.headers, body };
    standIn.seen.push(seen);
    const fault = standIn.always ?? standIn.faults.shift();
    if (fault !== undefined) fault(seen, response);
    else if (url.searchParams.has('watch')) watch(url, response);
    else list(url, response);
  }

  function list(url: URL, response: http.ServerResponse): void {
    const limit = Number(url.searchParams.get('limit') ?? 500);
    const from = Number(url.searchParams.get('continue') ?? 0);
    const all = [...standIn.items.values()];
    const next = from + limit < all.length ? String(from + limit) : undefined;
    const metadata = { resourceVersion: String(standIn.version), ...(next !== undefined && { continue: next }) };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'List', metadata, items: all.slice(from, from + limit) }));
  }

  function watch(url: URL, response: http.ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from < standIn.compacted) {
      const object = { kind: 'Status', reason: 'Expired', code: 410, message: `too old resource version: ${from}` };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    if (from > standIn.version) {
      response.end(); // a position in the future: an empty stream with a clean end
      return;
    }
    for (const event of log) if (event.version > from) response.write(event.line);
    watchers.add(response);
    const timer = setTimeout(() => response.end(), Number(url.searchParams.get('timeoutSeconds')) * 1000);
    response.on('close', () => {
      clearTimeout(timer);
      watchers.delete(response);
    });
  }
}

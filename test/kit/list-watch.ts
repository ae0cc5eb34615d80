// Keeps a handler told about all objects of a kind, over restarts of the API server. For the kit's stand-ins.
import { createInterface } from 'node:readline';
import { type Admin, apiPath, type KindRef } from './admin.ts';
import type { KubeObject } from './kubernetes-types.ts';
import { pause } from './wait-for.ts';

export interface Handlers<T> {
  /** An object as it is now; told again when it changes, and after every reconnect. */
  seen(object: T): void;
  gone(object: T): void;
}

/** All objects of a kind, or those with labels. */
export interface WatchedKind extends KindRef {
  readonly labelSelector?: string;
}

interface Listing<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'ERROR';
  readonly object: T;
}

/** Lists, then watches, and begins anew whenever the watch ends for whatever reason; returns when `signal` is aborted. */
export async function listWatch<T extends KubeObject>(
  admin: Admin,
  kind: WatchedKind,
  handlers: Handlers<T>,
  signal: AbortSignal,
): Promise<void> {
  const path = apiPath(kind);
  const selection = kind.labelSelector === undefined ? {} : { labelSelector: kind.labelSelector };
  const known = new Map<string, T>();

  async function once(): Promise<void> {
    const list = (await admin.request('GET', path, { query: selection })) as Listing<T>;
    const gone = new Map(known);
    for (const item of list.items) {
      // Items of a list do not name their kind.
      const object = { ...item, apiVersion: kind.apiVersion, kind: kind.kind };
      gone.delete(keyOf(object));
      known.set(keyOf(object), object);
      handlers.seen(object);
    }
    for (const [key, object] of gone) forget(key, object);
    const query = new URLSearchParams({ ...selection, watch: 'true', resourceVersion: list.metadata.resourceVersion });
    const stream = await admin.open(`${path}?${query.toString()}`, signal);
    for await (const line of createInterface({ input: stream })) {
      const { type, object } = JSON.parse(line) as WatchEvent<T>;
      // Usually 410, the position is too old: a new list is the answer to that and to everything else.
      if (type === 'ERROR') return;
      if (type === 'DELETED') forget(keyOf(object), object);
      else {
        known.set(keyOf(object), object);
        handlers.seen(object);
      }
    }
  }

  function forget(key: string, object: T): void {
    known.delete(key);
    handlers.gone(object);
  }

  while (!signal.aborted) {
    try {
      await once();
    } catch {
      // The API server is away or restarting; it is asked again.
    }
    await pause(100);
  }
}

/** The uid: an object that was made anew under the same name is another one. */
function keyOf(object: KubeObject): string {
  return object.metadata.uid ?? '';
}

// Stand-in for the client: objects in memory, of which list and watch tell as the API server would (selectors, one counter of versions,
// DELETED when an object leaves a selection). The other verbs are not there.
import type { KubeObject, Stored } from '../../../src/api/kubernetes.ts';
import { KubeError, type Kube, type KindRef, type KubeErrorKind, type WatchEvent } from '../../../src/kube/index.ts';

export interface KubeStandIn {
  readonly kube: Kube;
  put(object: KubeObject & Readonly<Record<string, unknown>>): Stored;
  remove(object: KubeObject): void;
  /** Lists and watches of this kind (in this namespace) fail from now on. */
  fail(kind: string, how: KubeErrorKind, namespace?: string): void;
  mend(kind: string): void;
}

interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Stored;
}

interface Selection {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

interface Watcher {
  readonly failing: () => KubeError | undefined;
  readonly wanted: (object: Stored) => boolean;
  readonly queue: Change[];
  wake: () => void;
}

function selected(object: Stored, kind: KindRef, namespace: string | undefined, selection: Selection): boolean {
  const ofKind = object.kind === kind.kind && object.apiVersion === kind.apiVersion;
  const inScope = namespace === undefined || object.metadata.namespace === namespace;
  const fields = object as unknown as Record<string, unknown>;
  return (
    ofKind &&
    inScope &&
    matches(fields, selection.fieldSelector) &&
    matches(object.metadata.labels ?? {}, selection.labelSelector)
  );
}

/** `key=value`, or `key` for any value. */
function matches(values: Readonly<Record<string, unknown>>, selector: string | undefined): boolean {
  if (selector === undefined) return true;
  const [key = '', wanted] = selector.split('=');
  return wanted === undefined ? values[key] !== undefined : values[key] === wanted;
}

export function createKubeStandIn(): KubeStandIn {
  const objects = new Map<string, Stored>();
  const failures = new Map<string, { readonly how: KubeErrorKind; readonly namespace: string | undefined }>();
  const watchers = new Set<Watcher>();
  let version = 100;

  const idOf = (o: KubeObject): string => `${o.kind} ${o.metadata.namespace ?? ''}/${o.metadata.name}`;
  const failing = (kind: KindRef, namespace: string | undefined): KubeError | undefined => {
    const failure = failures.get(kind.kind);
    if (failure === undefined || (failure.namespace !== undefined && failure.namespace !== namespace)) return undefined;
    return new KubeError(failure.how, { about: { verb: 'list', kind, object: `${kind.kind} objects` }, code: 0 });
  };
  const tell = (change: Change): void => {
    for (const watcher of watchers) {
      if (watcher.wanted(change.object)) watcher.queue.push(change);
      watcher.wake();
    }
  };

  const kube = {
    list(kind: KindRef, namespace: string | undefined, selection: Selection = {}) {
      const error = failing(kind, namespace);
      if (error !== undefined) return Promise.reject(error);
      const items = [...objects.values()].filter((object) => selected(object, kind, namespace, selection));
      return Promise.resolve({ items, resourceVersion: String(version) });
    },
    async *watch(
      kind: KindRef,
      namespace: string | undefined,
      options: Parameters<Kube['watch']>[2],
    ): AsyncGenerator<WatchEvent<Stored>> {
      const watcher: Watcher = {
        failing: () => failing(kind, namespace),
        wanted: (object) => selected(object, kind, namespace, options),
        queue: [],
        wake: () => undefined,
      };
      watchers.add(watcher);
      options.heard?.();
      try {
        while (!options.signal.aborted) {
          const error = watcher.failing();
          if (error !== undefined) throw error;
          yield* watcher.queue.splice(0);
          await new Promise<void>((resolve) => {
            watcher.wake = resolve;
            options.signal.addEventListener('abort', () => resolve(), { once: true });
            if (watcher.queue.length > 0) resolve();
          });
        }
      } finally {
        watchers.delete(watcher);
      }
    },
  };

  return {
    kube: kube as unknown as Kube,
    put(object) {
      const before = objects.get(idOf(object));
      version += 1;
      const metadata = {
        uid: `uid-${object.kind}-${object.metadata.name}`,
        ...object.metadata,
        resourceVersion: String(version),
      };
      const stored: Stored = { ...object, metadata };
      objects.set(idOf(object), stored);
      tell({ type: before === undefined ? 'ADDED' : 'MODIFIED', object: stored });
      return stored;
    },
    remove(object) {
      const before = objects.get(idOf(object));
      if (before === undefined) return;
      version += 1;
      objects.delete(idOf(object));
      tell({
        type: 'DELETED',
        object: { ...before, metadata: { ...before.metadata, resourceVersion: String(version) } },
      });
    },
    fail(kind, how, namespace) {
      failures.set(kind, { how, namespace });
      for (const watcher of watchers) watcher.wake();
    },
    mend: (kind) => void failures.delete(kind),
  };
}

// What a list-and-watch has told its sink: the versions of the objects, never the objects.
import type { KubeObject, Stored } from '../api/kubernetes.ts';

/** What is left to say of an object that is gone. */
export interface Gone {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface ObjectSink<T extends KubeObject> {
  /** The object looks like this now. A throw is safe: the same object comes again after a back-off. */
  upsert(object: Stored<T>): void;
  remove(gone: Gone): void;
}

export interface Known<T extends KubeObject> {
  upsert(object: Stored<T>): void;
  remove(object: Stored<T>): void;
  /** A complete list: what is not in it is gone. */
  replaceAll(objects: readonly Stored<T>[]): void;
  /** The same version may name another state: tell everything again. */
  forgetVersions(): void;
  size(): number;
}

/** Passes on what is new to the sink, and only that. */
export function createKnown<T extends KubeObject>(sink: ObjectSink<T>): Known<T> {
  const known = new Map<string, Gone & { readonly version: string }>();

  const remove = (key: string): void => {
    const told = known.get(key);
    if (told === undefined) return;
    sink.remove({ namespace: told.namespace, name: told.name, uid: told.uid });
    known.delete(key);
  };
  const upsert = (object: Stored<T>): void => {
    const { namespace = '', name, uid, resourceVersion: version } = object.metadata;
    const key = keyOf(object);
    const told = known.get(key);
    if (told?.uid === uid && told.version === version) return;
    if (told !== undefined && told.uid !== uid) remove(key); // deleted and made again unseen
    sink.upsert(object);
    known.set(key, { namespace, name, uid, version });
  };

  return {
    upsert,
    remove: (object) => remove(keyOf(object)),
    replaceAll(objects) {
      const listed = new Set(objects.map(keyOf));
      objects.forEach(upsert);
      for (const key of [...known.keys()]) if (!listed.has(key)) remove(key);
    },
    forgetVersions() {
      for (const [key, told] of known) known.set(key, { ...told, version: '' });
    },
    size: () => known.size,
  };
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/**
 * True when the first resourceVersion is older than the second. They are comparable decimal numbers (Kubernetes 1.35 and later
 * promise it, etcd's always were); what is not a number is never called older.
 */
export function isOlder(version: string, than: string): boolean {
  if (!/^\d{1,30}$/.test(version) || !/^\d{1,30}$/.test(than)) return false;
  return BigInt(version) < BigInt(than);
}

// What the rest of the program may do with the Kubernetes API: the types of the client.
import type { KubeObject, ObjectRef, Stored } from '../api/kubernetes.ts';
import type { KindRef } from './paths.ts';
import type { WatchEvent, WatchOptions } from './watch.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: the client's own. The wait for a slot of the write limiter counts. */
  readonly timeoutMs?: number | undefined;
}

export interface GetOptions extends CallOptions {
  /** Only apiVersion, kind and metadata travel: nothing of a Secret's data enters the process. */
  readonly metadataOnly?: boolean | undefined;
}

export interface ListOptions extends GetOptions {
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** At most so many objects, from one page; without it all, in pages of 500. */
  readonly limit?: number | undefined;
}

export interface WriteOptions extends CallOptions {
  /** Served by the limiter before other writes: StatefulSets. */
  readonly first?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly fieldManager?: string | undefined;
}

export interface ApplyOptions extends WriteOptions {
  /** Take fields from other managers; default true. Without it a conflict is the error `field-conflict`. */
  readonly force?: boolean | undefined;
  readonly subresource?: 'status' | undefined;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status' | 'scale' | undefined;
}

export interface DeleteOptions extends WriteOptions {
  /** Default Background. */
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan' | undefined;
}

export interface Preconditions {
  readonly uid: string;
  readonly resourceVersion?: string | undefined;
}

/** One operation of RFC 6902. */
export type JsonPatchOp =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

export interface ObjectList<T extends KubeObject> {
  readonly items: readonly Stored<T>[];
  readonly resourceVersion: string;
}

/** The client. Every method rejects with a KubeError and with nothing else, and honours deadline and abort. */
export interface Kube {
  /** undefined when the object is not there; an API that is not served is the error `api-absent`. */
  get<T extends KubeObject>(ref: ObjectRef, options?: GetOptions): Promise<Stored<T> | undefined>;
  /** All objects of a kind, of one namespace or (undefined) of the cluster. */
  list<T extends KubeObject>(
    kind: KindRef,
    namespace: string | undefined,
    options?: ListOptions,
  ): Promise<ObjectList<T>>;
  /** POST: an object of that name is the error `already-exists`, never adopted. */
  create<T extends KubeObject>(object: T, options?: WriteOptions): Promise<Stored<T>>;
  /** Server-side apply. Creates what is missing, unless metadata.uid is given (then `uid-mismatch`). What is there already is not written. */
  apply<T extends KubeObject>(object: T, options?: ApplyOptions): Promise<Stored<T>>;
  /** JSON patch; a `test` that does not hold is the error `conflict`. */
  patchJson<T extends KubeObject>(
    ref: ObjectRef,
    ops: readonly JsonPatchOp[],
    options?: PatchOptions,
  ): Promise<Stored<T>>;
  /** false: already gone. Another object of that name is the error `uid-mismatch`, a stale resourceVersion `conflict`. */
  delete(ref: ObjectRef, preconditions: Preconditions, options?: DeleteOptions): Promise<boolean>;
  /** The API server's version, e.g. `v1.36.3`. */
  version(options?: CallOptions): Promise<string>;
  /** One watch request, until the server ends it; `listWatch` is what lasts. */
  watch<T extends KubeObject>(
    kind: KindRef,
    namespace: string | undefined,
    options: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;
  /** Closes idle sockets. */
  close(): void;
}

// The verbs of the client: each builds one request and checks the shape of its answer.
import type { KubeObject, ObjectRef, Stored } from '../api/kubernetes.ts';
import { openConnection, type ClusterAccess } from './connection.ts';
import { KubeError, type About, type Verb } from './errors.ts';
import type { Kube, ListOptions, ObjectList, WriteOptions } from './kube.ts';
import { createLimiter } from './limiter.ts';
import { collectionPath, describeCollection, describeObject, objectPath, type KindRef } from './paths.ts';
import { send, type Call, type Transport } from './request.ts';
import { isStored, METADATA, METADATA_LIST, pageOf } from './shapes.ts';
import { watchOnce } from './watch.ts';

/** The name under which everything of ours is written. */
export const FIELD_MANAGER = 'dittoserver-provisioner';

const WRITES_IN_FLIGHT = 8; // saturates an API server; more would only queue there
const PAGE_SIZE = 500;

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * A client for the server and the user of the kubeconfig's current context.
 *
 * @param timeoutMs of one request, where the caller gives none
 * @throws TypeError when there is no current context
 */
export function connect(kubeConfig: ClusterAccess, timeoutMs = DEFAULT_TIMEOUT_MS): Kube {
  const connection = openConnection(kubeConfig);
  const transport: Transport = { connection, timeoutMs, writes: createLimiter(WRITES_IN_FLIGHT) };
  return {
    ...readVerbs(transport),
    ...writeVerbs(transport),
    watch: (kind, namespace, options) => watchOnce(connection, kind, namespace, options),
    close: () => connection.close(),
  };
}

function readVerbs(transport: Transport): Pick<Kube, 'get' | 'list' | 'version'> {
  return {
    async get<T extends KubeObject>(ref: ObjectRef, options: Parameters<Kube['get']>[1] = {}) {
      const about = aboutObject('get', ref);
      const accept = options.metadataOnly ? METADATA : undefined;
      const call: Call = { ...options, about, method: 'GET', path: objectPath(ref), accept, repeatable: true };
      return orAbsent<Stored<T> | undefined>(
        send(transport, call).then((answer) => stored<T>(answer, about)),
        undefined,
      );
    },

    list: (kind, namespace, options = {}) => listAll(transport, kind, namespace, options),

    async version(options = {}) {
      const about: About = { verb: 'get', kind: { apiVersion: 'v1', kind: 'Version' }, object: 'its version' };
      const answer = await send(transport, { ...options, about, method: 'GET', path: '/version', repeatable: true });
      const version = (answer as { gitVersion?: unknown }).gitVersion;
      if (typeof version !== 'string') throw new KubeError('garbage', { about, code: 200 });
      return version;
    },
  };
}

function writeVerbs(transport: Transport): Pick<Kube, 'create' | 'apply' | 'patchJson' | 'delete'> {
  return {
    async create<T extends KubeObject>(object: T, options: WriteOptions = {}) {
      const about = aboutObject('create', object);
      const path = collectionPath(object, object.metadata.namespace);
      const call: Call = { ...writing(options), about, method: 'POST', path, query: writeQuery(options), body: object };
      return stored<T>(await send(transport, call), about);
    },

    async apply<T extends KubeObject>(object: T, options: Parameters<Kube['apply']>[1] = {}) {
      const about = aboutObject('patch', object, options.subresource);
      const answer = await send(transport, {
        ...writing(options),
        about,
        method: 'PATCH',
        path: objectPath(object, options.subresource),
        query: { ...writeQuery(options), force: options.force === false ? undefined : 'true' },
        body: object,
        contentType: 'application/apply-patch+yaml',
        repeatable: true,
      });
      return stored<T>(answer, about);
    },

    async patchJson<T extends KubeObject>(...[ref, ops, options = {}]: Parameters<Kube['patchJson']>) {
      const about = aboutObject('patch', ref, options.subresource);
      const answer = await send(transport, {
        ...writing(options),
        about,
        method: 'PATCH',
        path: objectPath(ref, options.subresource),
        query: writeQuery(options),
        body: ops,
        contentType: 'application/json-patch+json',
      });
      return stored<T>(answer, about);
    },

    async delete(ref, preconditions, options = {}) {
      const propagationPolicy = options.propagationPolicy ?? 'Background';
      const call: Call = {
        ...writing(options),
        about: aboutObject('delete', ref),
        method: 'DELETE',
        path: objectPath(ref),
        query: { dryRun: options.dryRun ? 'All' : undefined },
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy },
      };
      return orAbsent<boolean>(
        send(transport, call).then(() => true),
        false,
      );
    },
  };
}

async function listAll<T extends KubeObject>(
  transport: Transport,
  kind: KindRef,
  namespace: string | undefined,
  options: ListOptions,
): Promise<ObjectList<T>> {
  const about: About = { verb: 'list', kind, object: describeCollection(kind, namespace) };
  const items: Stored<T>[] = [];
  let next: string | undefined;
  let resourceVersion: string;
  do {
    const { labelSelector, fieldSelector, limit = PAGE_SIZE } = options;
    const query = { labelSelector, fieldSelector, limit: String(limit), continue: next };
    const accept = options.metadataOnly ? METADATA_LIST : undefined;
    const call: Call = {
      ...options,
      about,
      method: 'GET',
      path: collectionPath(kind, namespace),
      query,
      accept,
      repeatable: true,
    };
    const page = pageOf(await send(transport, call));
    if (page === undefined) throw new KubeError('garbage', { about, code: 200 });
    for (const item of page.items) {
      const one = stored<T>(item, about);
      items.push(options.metadataOnly ? withoutFieldOwners(one) : one);
    }
    resourceVersion = page.resourceVersion;
    next = options.limit === undefined ? page.next : undefined;
  } while (next !== undefined);
  return { items, resourceVersion };
}

function aboutObject(verb: Verb, ref: ObjectRef, subresource?: string): About {
  return { verb, kind: { apiVersion: ref.apiVersion, kind: ref.kind }, object: describeObject(ref), subresource };
}

function writing(options: WriteOptions): Pick<Call, 'signal' | 'timeoutMs' | 'write'> {
  return { signal: options.signal, timeoutMs: options.timeoutMs, write: { first: options.first } };
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return {
    fieldManager: options.fieldManager ?? FIELD_MANAGER,
    fieldValidation: 'Strict',
    dryRun: options.dryRun ? 'All' : undefined,
  };
}

/** Items of lists and metadata-only answers do not carry the kind that was asked for. */
function stored<T extends KubeObject>(answer: unknown, about: About): Stored<T> {
  if (!isStored(answer)) throw new KubeError('garbage', { about, code: 200 });
  const named =
    about.subresource === 'scale' ? answer : { ...answer, apiVersion: about.kind.apiVersion, kind: about.kind.kind };
  return named as unknown as Stored<T>;
}

/** Most of an object's metadata says who owns which field; of ten thousand foreign Secrets that is more than all the rest. */
function withoutFieldOwners<T extends KubeObject>(object: Stored<T>): Stored<T> {
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([name]) => name !== 'managedFields'));
  return { ...object, metadata } as Stored<T>;
}

async function orAbsent<T>(call: Promise<T>, absent: T): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KubeError && error.kind === 'not-found') return absent;
    throw error;
  }
}

// A small Kubernetes client of the kit's own, so that tests observe the cluster independently of the product's client.
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { KubeObject, ObjectRef } from './kubernetes-types.ts';

/** A kind of objects, in one namespace or everywhere. */
export type KindRef = Omit<ObjectRef, 'name'>;

export interface RequestInit {
  readonly body?: unknown;
  readonly contentType?: string;
  readonly query?: Readonly<Record<string, string>>;
}

export interface ApplyOptions {
  /** Default `kit`. */
  readonly fieldManager?: string;
  /** Takes fields over from other managers. Default true. */
  readonly force?: boolean;
  readonly subresource?: 'status';
  readonly dryRun?: boolean;
}

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export interface Admin {
  /** The object, or undefined if it is not there. */
  get<T extends KubeObject>(ref: ObjectRef): Promise<T | undefined>;
  list<T extends KubeObject>(kind: KindRef, query?: Readonly<Record<string, string>>): Promise<readonly T[]>;
  create<T extends KubeObject>(object: T): Promise<T>;
  /** Server-side apply. */
  apply<T extends KubeObject>(object: T, options?: ApplyOptions): Promise<T>;
  /** JSON merge patch, of the object or of its status. */
  patch<T extends KubeObject>(ref: ObjectRef, patch: object, subresource?: 'status'): Promise<T>;
  /** An object that is not there is no error. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<void>;
  /** Any other call; the answer is parsed JSON, or text. */
  request(method: string, path: string, init?: RequestInit): Promise<unknown>;
  /** Opens a streaming GET; throws if the answer is not 200. */
  open(path: string, signal: AbortSignal): Promise<IncomingMessage>;
}

/** What the API server refused; `body` is its answer, usually a Status. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly status: number;
  readonly body: string;

  constructor(call: string, status: number, body: string) {
    super(`${call}: ${status} ${messageOf(body)}`);
    this.status = status;
    this.body = body;
  }
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as { message?: string }).message ?? body;
  } catch {
    return body;
  }
}

interface Kubeconfig {
  readonly clusters: readonly [{ cluster: { server: string; 'certificate-authority-data': string } }];
  readonly users: readonly [{ user: { token: string } }];
}

const irregularPlurals: Readonly<Record<string, string>> = {
  Endpoints: 'endpoints',
  NetworkPolicy: 'networkpolicies',
  StorageClass: 'storageclasses',
};

/** The API server's path of a kind, or of an object if `name` is given. */
export function apiPath(ref: KindRef & { readonly name?: string }, subresource?: string): string {
  const group = ref.apiVersion.includes('/') ? `/apis/${ref.apiVersion}` : `/api/${ref.apiVersion}`;
  const namespace = ref.namespace ? `/namespaces/${ref.namespace}` : '';
  const plural = irregularPlurals[ref.kind] ?? `${ref.kind.toLowerCase()}s`;
  const name = ref.name ? `/${ref.name}` : '';
  return `${group}${namespace}/${plural}${name}${subresource ? `/${subresource}` : ''}`;
}

/** The reference of an object. */
export function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Connects with a kubeconfig that the kit wrote. */
export function connectAdmin(kubeconfigPath: string): Admin {
  const kubeconfig = JSON.parse(readFileSync(kubeconfigPath, 'utf8')) as Kubeconfig;
  const { server, 'certificate-authority-data': ca } = kubeconfig.clusters[0].cluster;
  const agent = new Agent({ keepAlive: true, ca: Buffer.from(ca, 'base64') });
  const authorization = `Bearer ${kubeconfig.users[0].user.token}`;

  function send(method: string, path: string, init: RequestInit = {}, signal?: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(path, server);
    for (const [key, value] of Object.entries(init.query ?? {})) url.searchParams.set(key, value);
    const body = init.body === undefined ? undefined : JSON.stringify(init.body);
    const headers = { authorization, ...(body === undefined ? {} : bodyHeaders(body, init.contentType)) };
    return new Promise((resolve, reject) => {
      const call: ClientRequest = httpsRequest(url, { agent, method, headers, ...(signal ? { signal } : {}) }, resolve);
      call.once('error', reject);
      call.end(body);
    });
  }

  async function request(method: string, path: string, init?: RequestInit): Promise<unknown> {
    const answer = await send(method, path, init);
    const text = await textOf(answer);
    if ((answer.statusCode ?? 0) >= 300) throw new AdminError(`${method} ${path}`, answer.statusCode ?? 0, text);
    return answer.headers['content-type']?.startsWith('application/json') ? JSON.parse(text) : text;
  }

  const orUndefinedIfMissing = async <T>(call: Promise<T>): Promise<T | undefined> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof AdminError && error.status === 404) return undefined;
      throw error;
    }
  };

  return {
    request,
    async open(path, signal) {
      const answer = await send('GET', path, {}, signal);
      if (answer.statusCode === 200) return answer;
      throw new AdminError(`GET ${path}`, answer.statusCode ?? 0, await textOf(answer));
    },
    get: <T>(ref: ObjectRef) => orUndefinedIfMissing(request('GET', apiPath(ref)) as Promise<T>),
    async list<T>(kind: KindRef, query?: Readonly<Record<string, string>>) {
      const list = (await request('GET', apiPath(kind), query ? { query } : {})) as { items: readonly T[] };
      return list.items.map((item) => ({ apiVersion: kind.apiVersion, kind: kind.kind, ...item }));
    },
    create: <T extends KubeObject>(object: T) => {
      const { apiVersion, kind, namespace } = refOf(object);
      const path = apiPath({ apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) });
      return request('POST', path, { body: object }) as Promise<T>;
    },
    apply: <T extends KubeObject>(
      object: T,
      { fieldManager = 'kit', force = true, subresource, dryRun }: ApplyOptions = {},
    ) =>
      request('PATCH', apiPath(refOf(object), subresource), {
        body: object,
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager, force: String(force), ...(dryRun ? { dryRun: 'All' } : {}) },
      }) as Promise<T>,
    patch: <T>(ref: ObjectRef, patch: object, subresource?: 'status') =>
      request('PATCH', apiPath(ref, subresource), {
        body: patch,
        contentType: 'application/merge-patch+json',
        query: { fieldManager: 'kit' },
      }) as Promise<T>,
    async delete(ref, options) {
      await orUndefinedIfMissing(request('DELETE', apiPath(ref), options ? { body: options } : {}));
    },
  };
}

/** The length is said because Node leaves it out for DELETE, whose body is then not read. */
function bodyHeaders(body: string, contentType = 'application/json') {
  return { 'content-type': contentType, 'content-length': Buffer.byteLength(body) };
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

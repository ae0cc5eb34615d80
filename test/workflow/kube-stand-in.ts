// Stand-in for the Kubernetes client with an API server behind it, in memory, for one namespace. It keeps to what the provisioner
// relies on (kube-apiserver 1.36): one counter of resourceVersions, generations that grow with the specification, server-side apply
// with ownership per field (a foreign write takes a field out of our entry), writes that change nothing are no writes, and answers
// by the product's own table of errors. It knows no schema, no defaults and no admission; a list is owned as a whole, and of all lists only
// owner references are merged.
import { randomUUID } from 'node:crypto';
import type { KubeObject, ObjectRef, Stored } from '../../src/api/kubernetes.ts';
import { errorOf, networkError, type KubeError, type About, type Status, type Verb } from '../../src/kube/errors.ts';
import { describeObject, FIELD_MANAGER, type JsonPatchOp, type Kube, type KindRef } from '../../src/kube/index.ts';
import { merged, owned, same, updated, type Writer } from './apply-stand-in.ts';
import { removeAt, setAt, valueAt, type Json } from './fields.ts';

/** A call of the provisioner, as the audit log would tell it. */
export interface ApiCall {
  readonly verb: Verb;
  readonly kind: string;
  /** Empty for a list. */
  readonly name: string;
  readonly subresource: string | undefined;
}

/** What a call did. */
export interface CallRecord extends ApiCall {
  /** It was a write, and something is different now. */
  readonly changed: boolean;
}

/** Any object, with whatever its kind adds. */
export type AnyObject = Stored & Readonly<Record<string, unknown>>;
/** The same while it is edited. */
export type Draft = Json & { metadata: Json & { labels?: Json; annotations?: Json } };

export interface KubeStandIn {
  /** As the provisioner sees it. */
  readonly kube: Kube;
  /** Every call of the provisioner that was answered. */
  readonly calls: readonly CallRecord[];
  find(kind: string, name: string): AnyObject | undefined;
  all(): readonly AnyObject[];
  /** What others do: create an object, or edit one, as this field manager. */
  put(object: KubeObject & Readonly<Record<string, unknown>>, manager: string): AnyObject;
  edit(kind: string, name: string, manager: string, change: (draft: Draft) => void): AnyObject;
  /** Removes an object, and what carries an owner reference to it, as Kubernetes' collector does. */
  remove(kind: string, name: string): void;
  /** What a user's deletion does: as `remove`, unless finalizers hold the object. */
  delete(kind: string, name: string): void;
  /** Runs before each call of the provisioner is answered; what it throws is the answer. Returns how to stop it. */
  before(hook: (call: ApiCall, about: About) => void | Promise<void>): () => void;
  /** Runs after every change. */
  after(hook: (object: AnyObject, manager: string, verb: 'write' | 'delete') => void): void;
  /** Refuses calls from now on, with an HTTP code, or as unreachable; returns how to mend it. */
  refuse(which: (call: ApiCall) => boolean, code: number | 'unreachable'): () => void;
}

function patched(live: AnyObject, ops: readonly JsonPatchOp[], about: About): Json {
  const next = structuredClone(live) as Json;
  for (const op of ops) {
    if (op.op === 'test' && !same(valueAt(next, op.path), op.value))
      throw errorOf({ about, code: 422, status: { reason: 'Invalid' } });
    if (op.op === 'remove') removeAt(next, op.path);
    if (op.op === 'add' || op.op === 'replace') setAt(next, op.path, structuredClone(op.value));
  }
  return next;
}

const isHeld = ({ metadata }: AnyObject): boolean => (metadata.finalizers ?? []).length > 0;
const isLeaving = ({ metadata }: AnyObject): boolean => metadata.deletionTimestamp !== undefined;

/** Fields whose change does not raise the generation. */
const UNVERSIONED = /^\/(metadata|status)\//;

function generationOf(live: AnyObject | undefined, next: Json): number {
  if (!live) return 1;
  const [before, after] = [owned(live), owned(next)];
  const paths = [...before.keys(), ...after.keys()].filter((path) => !UNVERSIONED.test(path));
  const asked = paths.some((path) => !same(before.get(path), after.get(path)));
  return (live.metadata.generation ?? 0) + (asked ? 1 : 0);
}

/** An object's uid and resourceVersion are as the caller says, where it says so. */
function checkFence(live: AnyObject | undefined, { metadata }: KubeObject, about: About): void {
  const conflict = (message: string): KubeError => errorOf({ about, code: 409, status: { reason: 'Conflict', message } }); // prettier-ignore
  if (metadata.uid !== undefined && metadata.uid !== live?.metadata.uid) throw conflict('uid mismatch');
  // What is absent is made, whatever resourceVersion an apply names (kube-apiserver 1.36.3).
  if (live && metadata.resourceVersion !== undefined && metadata.resourceVersion !== live.metadata.resourceVersion)
    throw conflict('the object has been modified');
}

const notFound = (about: About, { kind, metadata: { name } }: ObjectRef): KubeError =>
  errorOf({ about, code: 404, status: { reason: 'NotFound', details: { kind, name } } });

/** One requirement of a selector: `key=value`, `key!=value` or `!key`. */
function hasLabel(labels: Readonly<Record<string, string>>, requirement: string): boolean {
  if (requirement.startsWith('!')) return labels[requirement.slice(1)] === undefined;
  const [key = '', value] = requirement.split(/!?=/);
  return (labels[key] === value) !== requirement.includes('!=');
}

function matches(object: AnyObject, labelSelector = '', fieldSelector = ''): boolean {
  const parts = (selector: string): readonly string[] => selector.split(',').filter(Boolean);
  const pairs = (selector: string): string[][] => parts(selector).map((pair) => pair.split('='));
  const byLabel = parts(labelSelector).every((part) => hasLabel(object.metadata.labels ?? {}, part));
  return byLabel && pairs(fieldSelector).every(([field = '', value]) => valueAt(object, `/${field.replaceAll('.', '/')}`) === value); // prettier-ignore
}

export function createKubeStandIn(namespace: string): KubeStandIn {
  const objects = new Map<string, AnyObject>();
  const calls: CallRecord[] = [];
  const befores = new Set<Parameters<KubeStandIn['before']>[0]>();
  const afters = new Set<Parameters<KubeStandIn['after']>[0]>();
  let version = 1000;

  const key = ({ apiVersion, kind, metadata }: ObjectRef): string => `${apiVersion} ${kind}/${metadata.name}`;
  const find = (kind: string, name: string): AnyObject | undefined =>
    [...objects.values()].find((object) => object.kind === kind && object.metadata.name === name);
  const existing = (kind: string, name: string): AnyObject => {
    const found = find(kind, name);
    if (!found) throw new Error(`there is no ${kind} ${name} in the stand-in`);
    return found;
  };

  /** Stores the object if it differs from what is there. */
  const store = (live: AnyObject | undefined, next: Json, manager: string): AnyObject => {
    if (live && same(next, live)) return live;
    const metadata = {
      ...(next['metadata'] as Json),
      namespace,
      uid: live?.metadata.uid ?? randomUUID(),
      resourceVersion: String((version += 1)),
      generation: generationOf(live, next),
    };
    const stored = { ...next, metadata } as unknown as AnyObject;
    objects.set(key(stored), stored);
    for (const hook of afters) hook(stored, manager, 'write');
    // The last finalizer of an object that is being deleted is gone.
    if (live && isHeld(live) && isLeaving(stored) && !isHeld(stored)) remove(stored);
    return stored;
  };

  /** Removes the object, and what it owns. */
  const remove = (gone: AnyObject): void => {
    version += 1;
    objects.delete(key(gone));
    for (const hook of afters) hook(gone, '', 'delete');
    const left = [...objects.values()];
    const owned = left.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === gone.metadata.uid));
    for (const object of owned) if (objects.has(key(object))) remove(object);
  };

  /** What an object owns goes on without it. */
  const orphan = ({ metadata: { uid } }: AnyObject): void => {
    for (const [at, object] of objects) {
      const { ownerReferences = [], ...metadata } = object.metadata;
      const left = ownerReferences.filter((owner) => owner.uid !== uid);
      if (left.length < ownerReferences.length) objects.set(at, { ...object, metadata: { ...metadata, ownerReferences: left } }); // prettier-ignore
    }
  };

  /** A deletion: at once, or, while there are finalizers, when the last of them goes. */
  const end = (live: AnyObject): void => {
    if (!isHeld(live)) {
      remove(live);
      return;
    }
    const metadata = {
      ...live.metadata,
      deletionTimestamp: live.metadata.deletionTimestamp ?? new Date().toISOString(),
    };
    store(live, { ...live, metadata }, '');
  };

  /** One call of the provisioner: hooks may refuse it, and it is recorded. Objects are copied, as if they had travelled. */
  async function answer<T>(about: About, name: string, run: () => T): Promise<T> {
    const call: ApiCall = { verb: about.verb, kind: about.kind.kind, name, subresource: about.subresource };
    await Promise.resolve();
    for (const hook of befores) await hook(call, about);
    const before = version;
    const result = run();
    calls.push({ ...call, changed: version !== before });
    return structuredClone(result);
  }

  const aboutObject = (verb: Verb, ref: ObjectRef, subresource?: string): About => ({ verb, kind: ref, object: describeObject(ref), subresource }); // prettier-ignore

  const kube = {
    get: (ref: ObjectRef) => answer(aboutObject('get', ref), ref.metadata.name, () => objects.get(key(ref))),
    list: (kind: KindRef, _namespace: string | undefined, options: Parameters<Kube['list']>[2] = {}) =>
      answer({ verb: 'list', kind, object: `${kind.kind} objects` }, '', () => ({
        items: [...objects.values()].filter(
          (object) =>
            object.kind === kind.kind &&
            object.apiVersion === kind.apiVersion &&
            matches(object, options.labelSelector, options.fieldSelector),
        ),
        resourceVersion: String(version),
      })),
    create: (object: KubeObject) => {
      const about = aboutObject('create', object);
      return answer(about, object.metadata.name, () => {
        if (objects.has(key(object))) throw errorOf({ about, code: 409, status: { reason: 'AlreadyExists' } });
        const next = updated(undefined, structuredClone(object) as unknown as Json, { manager: FIELD_MANAGER, operation: 'Update' }); // prettier-ignore
        return store(undefined, next, FIELD_MANAGER);
      });
    },
    apply: (object: KubeObject, { force = true, subresource }: Parameters<Kube['apply']>[1] = {}) => {
      const about = aboutObject('patch', object, subresource);
      return answer(about, object.metadata.name, () => {
        const live = objects.get(key(object));
        if (!live && subresource !== undefined) throw notFound(about, object);
        checkFence(live, object, about);
        const writer: Writer = { manager: FIELD_MANAGER, operation: 'Apply', subresource };
        return store(live, merged(live, { wanted: object, writer, force, about }), FIELD_MANAGER);
      });
    },
    patchJson: (...[ref, ops, { subresource } = {}]: Parameters<Kube['patchJson']>) => {
      const about = aboutObject('patch', ref, subresource);
      return answer(about, ref.metadata.name, () => {
        const live = objects.get(key(ref));
        if (!live) throw notFound(about, ref);
        const writer: Writer = { manager: FIELD_MANAGER, operation: 'Update', subresource };
        return store(live, updated(live, patched(live, ops, about), writer), FIELD_MANAGER);
      });
    },
    delete: (...[ref, { uid }, { propagationPolicy } = {}]: Parameters<Kube['delete']>) => {
      const about = aboutObject('delete', ref);
      return answer(about, ref.metadata.name, () => {
        const live = objects.get(key(ref));
        if (!live) return false;
        checkFence(live, { ...ref, metadata: { ...ref.metadata, uid } }, about);
        if (propagationPolicy === 'Orphan') orphan(live);
        end(live);
        return true;
      });
    },
  };

  return {
    kube: kube as unknown as Kube,
    calls,
    find,
    all: () => [...objects.values()],
    put(object, manager) {
      const next = updated(undefined, structuredClone(object), { manager, operation: 'Update' });
      return store(undefined, next, manager);
    },
    edit(kind, name, manager, change) {
      const live = existing(kind, name);
      const next = structuredClone(live) as unknown as Draft;
      change(next);
      return store(live, updated(live, next, { manager, operation: 'Update' }), manager);
    },
    remove(kind, name) {
      remove(existing(kind, name));
    },
    delete(kind, name) {
      end(existing(kind, name));
    },
    before(hook) {
      befores.add(hook);
      return () => void befores.delete(hook);
    },
    after: (hook) => void afters.add(hook),
    refuse(which, code) {
      return this.before((call, about) => {
        if (!which(call)) return;
        if (code === 'unreachable') throw networkError(about, { code: 'ECONNREFUSED' });
        const status: Status =
          code === 403 ? { reason: 'Forbidden', message: 'User "provisioner" cannot do resource "it"' } : {};
        throw errorOf({ about, code, status });
      });
    },
  };
}

// The book of the fault proxy (fault-proxy-stand-in.ts): every write that it passed on, whether it changed anything, and what it was meant for.
// The audit log tells neither: an apply of what is there already is answered 200 like one that changes something.
import type { IncomingHttpHeaders } from 'node:http';
import type { WholeAnswer } from './fault-proxy-calls-stand-in.ts';

interface WriteCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly sent: string;
}

/** What a write is addressed to. */
export interface Address {
  readonly verb: 'create' | 'apply' | 'patch' | 'update' | 'delete';
  /** Plural, such as `statefulsets`. */
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string;
  /** Of an event that is told. */
  readonly reason: string | undefined;
}

/** One write that reached the API server. */
export interface LedgerEntry extends Address {
  readonly atMs: number;
  /** HTTP status of the real answer, whatever was told to the client. */
  readonly code: number;
  /** Whether anything but status of others, versions and times is another than before. */
  readonly changed: boolean;
  /** Whether it said which object it meant, by uid or resourceVersion; true of a create. */
  readonly fenced: boolean;
  /** Of the object that it met or made; undefined when it was refused. */
  readonly uid: string | undefined;
  /** The DittoServer's uid that the object bears then, by owner reference or label (before, where it was deleted). */
  readonly owner: string | undefined;
}

type Json = Readonly<Record<string, unknown>>;
interface Stored extends Json {
  readonly metadata?: Json & {
    readonly name?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string }[];
    readonly managedFields?: readonly (Json & { readonly manager?: string })[];
  };
  readonly status?: unknown;
  readonly spec?: Json;
}

const MANAGER = 'dittoserver-provisioner';
const OWNER_LABEL = 'dittofs.io/owner-uid';
const PATH = /^\/api(?:s\/[^/]+)?\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+)(?:\/([^/]+))?)?$/;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function verbOf({ method, headers }: WriteCall): Address['verb'] {
  if (method === 'POST') return 'create';
  if (method === 'DELETE') return 'delete';
  if (method === 'PUT') return 'update';
  return headers['content-type']?.startsWith('application/apply-patch') ? 'apply' : 'patch';
}

export function addressOf(call: WriteCall): Address {
  const { pathname } = new URL(call.path, 'http://proxy');
  const [, namespace, resource = '', named, subresource] = PATH.exec(pathname) ?? [];
  const verb = verbOf(call);
  const body = verb === 'create' ? (parse(call.sent) as Stored & { readonly reason?: string }) : undefined;
  return { verb, resource, subresource, namespace, name: named ?? body?.metadata?.name ?? '', reason: body?.reason };
}

interface Op {
  readonly op: string;
  readonly path: string;
}

function isFenced({ verb }: Address, sent: string): boolean {
  if (verb === 'create') return true;
  const body = parse(sent) as (Stored & readonly Op[] & { readonly preconditions?: Json }) | undefined;
  if (verb === 'patch')
    return body?.some(({ op, path }) => op === 'test' && /^\/metadata\/(uid|resourceVersion)$/.test(path)) ?? false;
  const { uid, resourceVersion } = (verb === 'delete' ? body?.preconditions : body?.metadata) ?? {};
  return uid !== undefined || resourceVersion !== undefined;
}

/** What we can have changed: not the status (told of itself), not versions, times, and what others own. */
function contentOf({ metadata = {}, ...object }: Stored): string {
  const ours = metadata.managedFields?.filter(({ manager }) => manager?.startsWith(MANAGER));
  const fields = ours?.map((entry) => ({ ...entry, time: undefined }));
  const meta = { ...metadata, resourceVersion: undefined, generation: undefined, managedFields: fields };
  return JSON.stringify({ ...object, status: undefined, metadata: meta });
}

function hasChanged({ verb, subresource }: Address, before: Stored | undefined, after: Stored): boolean {
  if (!before) return true;
  if (verb === 'delete') return before.metadata?.deletionTimestamp === undefined;
  if (subresource === 'scale') return before.spec?.['replicas'] !== after.spec?.['replicas'];
  if (subresource === 'status') return JSON.stringify(before.status) !== JSON.stringify(after.status);
  return contentOf(before) !== contentOf(after);
}

function ownerOf(object: Stored | undefined): string | undefined {
  const { labels, ownerReferences = [] } = object?.metadata ?? {};
  return ownerReferences.find(({ kind }) => kind === 'DittoServer')?.uid ?? labels?.[OWNER_LABEL];
}

export interface Ledger {
  /** Writes in the order in which they were answered. */
  entries(): readonly LedgerEntry[];
  /** Carries a write out by `pass` and books it; reads the object before, as the client may. */
  book(call: WriteCall, pass: (call: WriteCall) => Promise<WholeAnswer>): Promise<WholeAnswer>;
}

/** Objects that nobody reads back, and that change all the time. */
const UNREAD = ['events', 'leases'];

async function find(address: Address, call: WriteCall, pass: Parameters<Ledger['book']>[1]) {
  if (address.verb === 'create' || UNREAD.includes(address.resource)) return undefined;
  const { pathname } = new URL(call.path, 'http://proxy');
  const path = address.subresource ? pathname.slice(0, pathname.lastIndexOf('/')) : pathname;
  const headers = { authorization: call.headers.authorization, accept: 'application/json' };
  const found = await pass({ method: 'GET', path, headers, sent: '' });
  return found.code === 200 ? (parse(found.text) as Stored | undefined) : undefined;
}

export function createLedger(): Ledger {
  const entries: LedgerEntry[] = [];
  return {
    entries: () => entries,
    async book(call, pass) {
      const address = addressOf(call);
      const before = await find(address, call, pass);
      const answer = await pass(call);
      const succeeded = answer.code < 300 && !call.path.includes('dryRun=');
      const after = succeeded ? (parse(answer.text) as Stored | undefined) : undefined;
      const met = address.verb === 'delete' || address.subresource === 'scale' ? before : after;
      entries.push({
        ...address,
        atMs: Date.now(),
        code: answer.code,
        changed: after !== undefined && hasChanged(address, before, after),
        fenced: isFenced(address, call.sent),
        uid: succeeded ? met?.metadata?.uid : undefined,
        owner: succeeded ? ownerOf(met) : undefined,
      });
      return answer;
    },
  };
}

// The one table of errors: what an answer of the API server means, whether trying the same again can help, and our own sentence for it.
// A body is never quoted: API servers and proxies echo what was sent, and that may be a Secret.
import { resourceName, type KindRef } from './paths.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';

/** What a call was about; everything in it is fit for a log. */
export interface About {
  readonly verb: Verb;
  readonly kind: KindRef;
  /** `StatefulSet ns/name`, or what is listed. */
  readonly object: string;
  readonly subresource?: string | undefined;
}

export interface Cause {
  readonly field: string;
  readonly message: string;
}

/** The part of a metav1.Status that is used. */
export interface Status {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly field?: string; readonly message?: string }[];
  };
}

/** What is known of a refused call. */
export interface Answer {
  readonly about: About;
  readonly code: number;
  /** Absent when the body is no metav1.Status. */
  readonly status?: Status | undefined;
  /** The API server's own "404 page not found", which it sends for an API that it does not serve. */
  readonly pageNotFound?: boolean;
  readonly retryAfterMs?: number | undefined;
}

interface Meaning {
  /** The same request will be refused again until the request itself changes. */
  readonly permanent: boolean;
  readonly sentence: (a: Answer) => string;
}

/** Every kind of error with what it means. */
const meanings = {
  conflict: { permanent: false, sentence: (a) => `${a.about.object} changed since it was read` },
  'already-exists': { permanent: false, sentence: (a) => `${a.about.object} exists already` },
  'uid-mismatch': {
    permanent: false,
    sentence: (a) => `${a.about.object} is not the object that was meant: it is gone, or was made again`,
  },
  'field-conflict': {
    permanent: false,
    sentence: (a) => `Fields of ${a.about.object} belong to another field manager${listed(managersOf(a))}`,
  },
  'not-found': { permanent: false, sentence: (a) => `${missingObject(a)} does not exist` },
  'api-absent': {
    permanent: false,
    sentence: (a) => `The API server does not serve ${a.about.kind.kind} (${a.about.kind.apiVersion})`,
  },
  unauthorized: {
    permanent: false,
    sentence: () => 'The API server does not accept the credentials of the provisioner',
  },
  forbidden: { permanent: false, sentence: forbiddenSentence },
  invalid: { permanent: true, sentence: (a) => `The API server refuses ${a.about.object} as invalid` },
  schema: {
    permanent: true,
    sentence: (a) => `${a.about.object} has a field that its schema does not know, or a value of the wrong type`,
  },
  'stored-schema': {
    permanent: true,
    sentence: (a) => `${a.about.object} was stored under another schema, and the present one does not take it`,
  },
  gone: { permanent: false, sentence: (a) => `The position in the list of ${a.about.object} is too old` },
  throttled: { permanent: false, sentence: () => 'The API server asks to slow down' },
  server: { permanent: false, sentence: (a) => `The API server failed (HTTP ${a.code})` },
  network: { permanent: false, sentence: () => 'The API server cannot be reached' },
  aborted: { permanent: false, sentence: (a) => `The API server did not answer about ${a.about.object} in time` },
  garbage: {
    permanent: false,
    sentence: (a) => `Something that is no API server answered${a.code > 0 ? ` (HTTP ${a.code})` : ''}`,
  },
} as const satisfies Record<string, Meaning>;

export type KubeErrorKind = keyof typeof meanings;

/** How an apply is answered when the live object does not fit the schema: without and with managed fields of its own. */
const UNFIT = /^failed to create (typed live object|manager for existing fields)\b/;

/** In this order: the first rule that holds names the kind. Facts measured on kube-apiserver 1.36. */
const rules: readonly (readonly [KubeErrorKind, (a: Answer) => boolean])[] = [
  ['unauthorized', (a) => a.code === 401],
  ['forbidden', (a) => a.code === 403],
  // An unknown resource of a known group is a Status too, but names no object.
  ['not-found', (a) => a.code === 404 && a.status?.details?.name !== undefined],
  ['api-absent', (a) => a.code === 404 && (a.status !== undefined || a.pageNotFound === true)],
  ['already-exists', (a) => a.code === 409 && a.status?.reason === 'AlreadyExists'],
  ['field-conflict', (a) => a.code === 409 && causesOf(a).some((c) => c.reason === 'FieldManagerConflict')],
  ['uid-mismatch', (a) => a.code === 409 && /uid mismatch|UID in the precondition/.test(a.status?.message ?? '')],
  ['uid-mismatch', (a) => a.code === 422 && causesOf(a).some((c) => c.field === 'metadata.uid')],
  ['conflict', (a) => a.code === 409],
  // A `test` of a JSON patch that does not hold.
  ['conflict', (a) => a.code === 422 && a.about.verb === 'patch' && a.status !== undefined && causesOf(a).length === 0],
  ['gone', (a) => a.code === 410],
  ['throttled', (a) => a.code === 429],
  // Server-side apply answers an unknown field or a wrong type like a fault of the server's own.
  ['schema', (a) => a.code === 500 && (a.status?.message ?? '').startsWith('failed to create typed patch object')],
  // The same of what it is to be merged with: no apply to such an object succeeds, whatever it says.
  ['stored-schema', (a) => a.code === 500 && UNFIT.test(a.status?.message ?? '')],
  ['server', (a) => a.code >= 500],
  ['invalid', (a) => a.code >= 400 && a.status !== undefined],
  ['garbage', () => true],
];

/** A call that did not do what was asked. Its texts hold nothing that was sent, unless the API server said it of a kind other than Secret. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly kind: KubeErrorKind;
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;
  /** The API server's reason, e.g. AlreadyExists; or ours: Timeout, Silent, an errno. */
  readonly reason: string;
  readonly object: string;
  readonly verb: Verb;
  readonly causes: readonly Cause[];
  /** The other field managers of a field conflict. */
  readonly managers: readonly string[];
  readonly retryAfterMs?: number;

  constructor(kind: KubeErrorKind, answer: Answer, detail?: { readonly reason: string; readonly sentence?: string }) {
    const quotable = answer.about.kind.kind !== 'Secret';
    const causes = quotable ? cleanCauses(answer) : [];
    const said = quotable ? saidText(answer, causes) : '';
    const sentence = detail?.sentence ?? meanings[kind].sentence(answer);
    super(`${sentence}${said === '' ? '' : `: ${said}`}`);
    this.kind = kind;
    this.code = answer.code;
    this.reason = detail?.reason ?? word(answer.status?.reason);
    this.object = answer.about.object;
    this.verb = answer.about.verb;
    this.causes = causes;
    this.managers = managersOf(answer);
    if (answer.retryAfterMs !== undefined) this.retryAfterMs = answer.retryAfterMs;
  }

  /** True when the same request will be refused again until the request itself changes. */
  get permanent(): boolean {
    return meanings[this.kind].permanent;
  }
}

/** The error that an answer other than success means. */
export function errorOf(answer: Answer): KubeError {
  const kind = rules.find(([, holds]) => holds(answer))?.[0] ?? 'garbage';
  return new KubeError(kind, answer);
}

/** The error of a call without a (whole) answer. Of what went wrong only the errno is kept. */
export function networkError(about: About, cause: unknown): KubeError {
  const code = errnoOf(cause);
  return new KubeError(
    'network',
    { about, code: 0 },
    { reason: code, sentence: `The API server cannot be reached (${code})` },
  );
}

/** An errno or the like (`ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`), never a message. */
export function errnoOf(cause: unknown): string {
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'connection lost';
}

/** The metav1.Status in a body, if it is one. */
export function statusIn(value: unknown): Status | undefined {
  const isStatus = typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status';
  return isStatus ? (value as Status) : undefined;
}

const MAX_TEXT = 300;
const MAX_CAUSES = 10;

function causesOf(a: Answer) {
  const causes = a.status?.details?.causes;
  return Array.isArray(causes) ? (causes as NonNullable<NonNullable<Status['details']>['causes']>) : [];
}

/** The API server adds to each CEL violation a cause that says only that it stopped checking. */
function isNoise(message: string): boolean {
  return message.includes('some validation rules were not checked');
}

function cleanCauses(a: Answer): readonly Cause[] {
  return causesOf(a)
    .filter((c) => !isNoise(c.message ?? ''))
    .slice(0, MAX_CAUSES)
    .map((c) => ({
      field: c.field === '<nil>' ? '' : clean(c.field),
      message: clean(c.message).replace(/^Invalid value: "(object|null)": /, ''),
    }));
}

function saidText(a: Answer, causes: readonly Cause[]): string {
  if (causes.length === 0) return clean(a.status?.message);
  const lines = causes.map((c) => (c.field === '' ? c.message : `${c.field}: ${c.message}`));
  return lines.join('; ').slice(0, MAX_TEXT * 3);
}

function managersOf(a: Answer): readonly string[] {
  if (a.about.kind.kind === 'Secret') return [];
  const names = causesOf(a).map((c) => /conflict with "([^"]{1,128})"/.exec(c.message ?? '')?.[1]);
  return [...new Set(names.filter((n) => n !== undefined))];
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
}

function clean(text: unknown): string {
  return typeof text === 'string' ? text.replace(/\s+/g, ' ').trim().slice(0, MAX_TEXT) : '';
}

function word(text: unknown): string {
  return typeof text === 'string' && /^[A-Za-z]{1,64}$/.test(text) ? text : '';
}

function missingObject(a: Answer): string {
  const { kind, name } = a.status?.details ?? {};
  return kind === 'namespaces' && a.about.kind.kind !== 'Secret' ? `Namespace ${clean(name)}` : a.about.object;
}

function forbiddenSentence(a: Answer): string {
  const { verb, kind, subresource, object } = a.about;
  const byRole = / cannot \w+ resource /.test(a.status?.message ?? '');
  if (!byRole) return `The API server does not allow to ${verb} ${object}`;
  return `The role of the provisioner lacks the verb "${verb}" on ${resourceName(kind, subresource)}, needed for ${object}`;
}

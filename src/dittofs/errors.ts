// The one table of errors of a DittoFS server's API: what went wrong, and our own sentence for it. Nothing of an answer's body is
// ever quoted. Facts as measured on DittoFS 0.29.0: the middleware answers in plain text, the handlers in problem+json.

/** What a call was about, for people: "log in as k8s-operator". */
export type About = string;

interface Meaning {
  /** Trying the same again later can help by itself. */
  readonly passing: boolean;
  readonly sentence: (about: About, detail: string) => string;
}

const meanings = {
  unreachable: { passing: true, sentence: (_, detail) => `the API cannot be reached (${detail})` },
  timeout: { passing: true, sentence: (_, detail) => `the API did not answer within ${detail}` },
  tls: { passing: false, sentence: (_, detail) => `the API cannot be trusted over TLS (${detail})` },
  'client-certificate': {
    passing: false,
    sentence: () => 'the API asks for a client certificate and does not accept the one of the provisioner',
  },
  unauthorized: { passing: false, sentence: (about) => `the API refuses the credentials (${about})` },
  'password-change': {
    passing: false,
    sentence: (about) => `the API wants a new password to be set for the account first (${about})`,
  },
  forbidden: { passing: false, sentence: (about) => `the account may not do this (${about})` },
  'not-found': { passing: false, sentence: (about) => `it does not exist (${about})` },
  unsupported: {
    passing: false,
    sentence: (about) => `the server does not know this call (${about}): its version is not supported`,
  },
  conflict: { passing: false, sentence: (about) => `it exists already (${about})` },
  invalid: { passing: false, sentence: (about) => `the server refuses the values as invalid (${about})` },
  server: { passing: true, sentence: (about, detail) => `the server failed (${about}, HTTP ${detail})` },
  garbage: { passing: true, sentence: (about) => `something that is no DittoFS server answered (${about})` },
  aborted: { passing: true, sentence: (about) => `the time of the step was up (${about})` },
} as const satisfies Record<string, Meaning>;

export type DittoFsErrorKind = keyof typeof meanings;

/** A call that did not do what was asked. Its message holds nothing that the server said. */
export class DittoFsError extends Error {
  override readonly name = 'DittoFsError';
  readonly kind: DittoFsErrorKind;
  /** HTTP status; 0 when there was no answer. */
  readonly code: number;

  constructor(kind: DittoFsErrorKind, about: About, more: { readonly code?: number; readonly detail?: string } = {}) {
    const { code = 0, detail = String(code) } = more;
    super(meanings[kind].sentence(about, detail));
    this.kind = kind;
    this.code = code;
  }

  /** True when trying the same again later can help by itself. */
  get passing(): boolean {
    return meanings[this.kind].passing;
  }
}

/** An answer that is no success. */
export interface Refusal {
  readonly about: About;
  readonly code: number;
  /** `detail` of problem+json; empty for any other body. */
  readonly detail: string;
  /** The whole body, bounded, when it is plain text; used for recognising, never for telling. */
  readonly text: string;
}

const isServer = ({ code }: Refusal): boolean => code >= 500 || code === 429 || code === 408;

/** In this order: the first rule that holds names the kind. */
const rules: readonly (readonly [DittoFsErrorKind, (refusal: Refusal) => boolean])[] = [
  ['unauthorized', ({ code }) => code === 401],
  ['password-change', ({ code, text }) => code === 403 && text.includes('must set a new password')],
  ['forbidden', ({ code }) => code === 403],
  ['unsupported', ({ code, text }) => (code === 404 && text.startsWith('404 page not found')) || code === 405],
  ['not-found', ({ code }) => code === 404],
  ['conflict', ({ code }) => code === 409],
  // A password of fewer than 8 or more than 72 bytes is answered like a fault of the server's own.
  ['invalid', ({ code, detail }) => code === 500 && detail === 'Failed to hash password'],
  ['server', isServer],
  ['invalid', ({ code }) => code === 400 || code === 422],
  ['garbage', () => true],
];

/** The error that an answer other than success means. */
export function errorOf(refusal: Refusal): DittoFsError {
  const kind = rules.find(([, holds]) => holds(refusal))?.[0] ?? 'garbage';
  return new DittoFsError(kind, refusal.about, { code: refusal.code });
}

/** How Node and OpenSSL say that the server's certificate is not accepted. */
const UNTRUSTED =
  /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|PATH_LENGTH_)/;
/** How OpenSSL says that the server wants a certificate of the client, or another one (alerts 42, 46, 48 and 116). */
const WANTS_CERTIFICATE =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|HANDSHAKE_FAILURE)/;
/** The other end does not speak TLS. */
const NO_TLS = /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER_FAILURE)$|^EPROTO$/;

/** The error of a call without a (whole) answer; of what went wrong only the errno is kept. */
export function networkError(about: About, cause: unknown): DittoFsError {
  const detail = errnoOf(cause);
  if (WANTS_CERTIFICATE.test(detail)) return new DittoFsError('client-certificate', about);
  if (UNTRUSTED.test(detail) || NO_TLS.test(detail)) return new DittoFsError('tls', about, { detail });
  return new DittoFsError('unreachable', about, { detail });
}

/** An errno or the like (`ECONNREFUSED`), never a message. */
function errnoOf(cause: unknown): string {
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'connection lost';
}

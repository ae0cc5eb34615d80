// What an error of a server's API means for a user: reason and message, in our own words.
import type { Reason } from '../src/api/reasons.ts';
import type { Failure } from '../src/api/verdict.ts';
import type { DittoFsError, DittoFsErrorKind } from '../src/dittofs/index.ts';

/** A refusal that has its own words already. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

const REASON_OF: Readonly<Record<DittoFsErrorKind, Reason>> = {
  unreachable: 'APIUnreachable',
  timeout: 'APIUnreachable',
  aborted: 'APIUnreachable',
  server: 'APIUnreachable',
  garbage: 'APIUnreachable',
  tls: 'APIUntrusted',
  'client-certificate': 'APIUntrusted',
  unauthorized: 'AuthenticationFailed',
  'password-change': 'AuthenticationFailed',
  forbidden: 'APIRefused',
  'not-found': 'APIRefused',
  unsupported: 'APIRefused',
  conflict: 'APIRefused',
  invalid: 'APIRefused',
};

/** @param url where the API is */
export function failureOfApi({ kind, message }: DittoFsError, url: string): Failure {
  return { reason: REASON_OF[kind], message: `${url}: ${message}` };
}

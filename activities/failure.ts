// What became of a step that did not succeed, in our own words. Nothing of a foreign error travels on.
import type { Reason } from '../src/api/reasons.ts';
import { PERCONA_PG_CLUSTER } from '../src/api/names.ts';
import type { Failure } from '../src/api/verdict.ts';
import { KubeError, type KubeErrorKind } from '../src/kube/index.ts';

/** Every other kind means that the API could not do it now. */
const REASON_OF: Partial<Readonly<Record<KubeErrorKind, Reason>>> = {
  forbidden: 'Forbidden',
  unauthorized: 'Forbidden',
  invalid: 'Rejected',
  schema: 'Rejected',
  conflict: 'ApiConflict',
  'already-exists': 'ApiConflict',
  'uid-mismatch': 'ApiConflict',
  'not-found': 'ApiConflict',
};

/** Errors that a fresh look may settle at once: somebody wrote or deleted between our reading and our writing. */
const STALE: ReadonlySet<KubeErrorKind> = new Set<KubeErrorKind>([
  'conflict',
  'already-exists',
  'uid-mismatch',
  'not-found',
]);

/** What a step was to work on is not there any more. */
export class StaleFacts extends Error {
  override readonly name = 'StaleFacts';
}

const isOfDatabase = ({ object }: KubeError): boolean => object.startsWith(PERCONA_PG_CLUSTER.kind);

/** An object that somebody else made meanwhile collides with a first apply; the database is always applied without force. */
const isTaken = (error: KubeError): boolean => error.kind === 'field-conflict' && !isOfDatabase(error);

/** True when the facts were stale, so that looking again is better than waiting. */
export const isStale = (error: unknown): error is KubeError | StaleFacts =>
  error instanceof StaleFacts || (error instanceof KubeError && (STALE.has(error.kind) || isTaken(error)));

function reasonOf(error: KubeError): Reason {
  if (error.kind === 'field-conflict') return isOfDatabase(error) ? 'DatabaseChangeRefused' : 'ApiConflict';
  if (error.kind === 'api-absent') return isOfDatabase(error) ? 'DatabaseAPIMissing' : 'ApiUnavailable';
  return REASON_OF[error.kind] ?? 'ApiUnavailable';
}

/** What the error means for a user. */
export function failureOf(error: KubeError | StaleFacts): Failure {
  if (error instanceof StaleFacts)
    return { reason: 'ApiConflict', message: 'an object changed while a step was writing it' };
  return { reason: reasonOf(error), message: error.message };
}

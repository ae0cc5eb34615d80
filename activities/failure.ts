// What became of a step that did not succeed, in our own words. Nothing of a foreign error travels on.
import type { Reason } from '../src/api/reasons.ts';
import type { Failure } from '../src/api/verdict.ts';
import { KubeError, type KubeErrorKind } from '../src/kube/index.ts';

/** Every other kind means that the API could not do it now. */
const REASON_OF: Partial<Readonly<Record<KubeErrorKind, Reason>>> = {
  forbidden: 'Forbidden',
  unauthorized: 'Forbidden',
  invalid: 'Rejected',
  schema: 'Rejected',
  // Only the PerconaPGCluster is written without force, and only its API may be absent.
  'field-conflict': 'DatabaseChangeRefused',
  'api-absent': 'DatabaseAPIMissing',
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

/** True when the facts were stale, so that looking again is better than waiting. */
export const isStale = (error: unknown): boolean => error instanceof KubeError && STALE.has(error.kind);

/** What the error means for a user. */
export function failureOf({ kind, message }: KubeError): Failure {
  return { reason: REASON_OF[kind] ?? 'ApiUnavailable', message };
}

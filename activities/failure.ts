// What became of a step that did not succeed, in our own words. Nothing of a foreign error travels on.
import type { Reason } from '../src/api/reasons.ts';
import type { StepName } from '../src/api/verdict.ts';
import { KubeError, type KubeErrorKind } from '../src/kube/index.ts';
import type { Failure } from '../src/requirements/judge.ts';

const REASON_OF: Partial<Readonly<Record<KubeErrorKind, Reason>>> = {
  forbidden: 'Forbidden',
  unauthorized: 'Forbidden',
  invalid: 'Rejected',
  schema: 'Rejected',
  'field-conflict': 'DatabaseChangeRefused',
  conflict: 'ApiConflict',
  'already-exists': 'ApiConflict',
  'uid-mismatch': 'ApiConflict',
};

/** Errors that a fresh look may settle at once: somebody wrote between our reading and our writing. */
const STALE: ReadonlySet<KubeErrorKind> = new Set<KubeErrorKind>(['conflict', 'already-exists', 'uid-mismatch']);

/** True when the facts were stale, so that looking again is better than waiting. */
export const isStale = (error: unknown): boolean => error instanceof KubeError && STALE.has(error.kind);

/** The failure that a step tells; whatever is no KubeError is a fault of ours and is thrown on. */
export function failureOf(step: StepName, error: unknown): Failure {
  if (!(error instanceof KubeError)) throw error;
  return { step, reason: REASON_OF[error.kind] ?? 'ApiUnavailable', message: error.message };
}

// What an error of the API server means for a user, and when looking again is better than telling it.
import { failureOf, isStale, StaleFacts } from '../../../activities/failure.ts';
import type { KubeError } from '../../../src/kube/errors.ts';
import { errorOf, networkError } from '../../../src/kube/errors.ts';
import { REASONS } from '../../../src/api/reasons.ts';

const about = {
  verb: 'patch',
  kind: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  object: 'StatefulSet prod/files',
} as const;
const ofDatabase = {
  verb: 'patch',
  kind: { apiVersion: 'pgv2.percona.com/v2', kind: 'PerconaPGCluster' },
  object: 'PerconaPGCluster prod/files-postgres',
} as const;
const answer = (code: number, status: object = {}): KubeError => errorOf({ about, code, status });
const CANARY = 'canary-Zk3mQ9';

const rows: [string, KubeError, string, boolean][] = [
  ['a missing permission', answer(403), 'Forbidden', false],
  ['credentials that are not accepted', answer(401), 'Forbidden', false],
  ['an invalid object', answer(422, { details: { causes: [{ field: 'spec.x', message: 'bad' }] } }), 'Rejected', false],
  ['a field that the schema does not know', answer(500, { message: 'failed to create typed patch object (x)' }), 'Rejected', false],
  ['a field that another manager made first', answer(409, { details: { causes: [{ reason: 'FieldManagerConflict' }] } }), 'ApiConflict', true],
  ['a field of the database that a user edited', errorOf({ about: ofDatabase, code: 409, status: { details: { causes: [{ reason: 'FieldManagerConflict' }] } } }), 'DatabaseChangeRefused', false],
  ["Percona's API is not installed", errorOf({ about: ofDatabase, code: 404, pageNotFound: true }), 'DatabaseAPIMissing', false],
  ['our own API is not installed', errorOf({ about, code: 404, pageNotFound: true }), 'ApiUnavailable', false],
  ['too many requests', answer(429), 'ApiUnavailable', false],
  ['a server in trouble', answer(503), 'ApiUnavailable', false],
  ['no connection', networkError(about, { code: 'ECONNREFUSED' }), 'ApiUnavailable', false],
  ['something else that answers', errorOf({ about, code: 200 }), 'ApiUnavailable', false],
  ['an object that changed meanwhile', answer(409), 'ApiConflict', true],
  ['one that exists already', answer(409, { reason: 'AlreadyExists' }), 'ApiConflict', true],
  ['one that was made again', answer(409, { message: 'the UID in the precondition (a)' }), 'ApiConflict', true],
  ['one that is gone', answer(404, { details: { name: 'files', kind: 'statefulsets' } }), 'ApiConflict', true],
]; // prettier-ignore

test('an object that is not the one judged: the facts are stale', () => {
  expect(isStale(new StaleFacts())).toBe(true);
  expect(failureOf(new StaleFacts())).toMatchObject({ reason: 'ApiConflict' });
});

test.each(rows)('%s', (_, error, reason, stale) => {
  expect(failureOf(error)).toEqual({ reason, message: error.message });
  expect(isStale(error)).toBe(stale);
  expect(REASONS).toHaveProperty(reason);
});

test('an error of another kind is nothing that a fresh look settles', () => {
  expect(isStale(new Error('conflict'))).toBe(false);
  expect(isStale(undefined)).toBe(false);
});

test('a refused Secret says nothing of what was sent (C3)', () => {
  const secret = { ...about, kind: { apiVersion: 'v1', kind: 'Secret' }, object: 'Secret prod/files-jwt-secret' };
  const status = { message: CANARY, details: { causes: [{ field: 'data', message: `Invalid value: "${CANARY}"` }] } };
  expect(JSON.stringify(failureOf(errorOf({ about: secret, code: 422, status })))).not.toContain(CANARY);
});

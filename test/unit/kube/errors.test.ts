// The table of errors: each answer of an API server, as measured on 1.36, and what it means for us.
import { errorOf, networkError, type About, type Answer, type KubeErrorKind } from '../../../src/kube/errors.ts';

const about: About = {
  verb: 'patch',
  kind: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  object: 'StatefulSet ns/files',
};
const getAbout: About = { ...about, verb: 'get' };
const named = { name: 'files', kind: 'statefulsets' };
const managerCause = {
  reason: 'FieldManagerConflict',
  message: 'conflict with "kubectl-set" using apps/v1',
  field: '.spec.replicas',
};

interface Row {
  readonly what: string;
  readonly answer: Partial<Answer>;
  readonly kind: KubeErrorKind;
  readonly permanent?: boolean;
  readonly says: string;
}

const rows: readonly Row[] = [
  {
    what: 'apply to an object that does not fit its schema',
    answer: { code: 500, status: { message: 'failed to create manager for existing fields: failed to convert' } },
    kind: 'stored-schema',
    permanent: true,
    says: 'was stored under another schema',
  },
  { what: 'expired token', answer: { code: 401 }, kind: 'unauthorized', says: 'does not accept the credentials' },
  {
    what: 'missing permission',
    answer: {
      code: 403,
      status: {
        reason: 'Forbidden',
        message:
          'statefulsets.apps "files" is forbidden: User "p" cannot patch resource "statefulsets" in API group "apps"',
      },
    },
    kind: 'forbidden',
    says: 'lacks the verb "patch" on statefulsets.apps',
  },
  {
    what: 'quota',
    answer: { code: 403, status: { reason: 'Forbidden', message: 'exceeded quota: compute' } },
    kind: 'forbidden',
    says: 'exceeded quota: compute',
  },
  {
    what: 'missing object',
    answer: { code: 404, status: { reason: 'NotFound', details: named } },
    kind: 'not-found',
    says: 'StatefulSet ns/files does not exist',
  },
  {
    what: 'missing namespace',
    answer: { code: 404, status: { reason: 'NotFound', details: { name: 'ns', kind: 'namespaces' } } },
    kind: 'not-found',
    says: 'Namespace ns does not exist',
  },
  {
    what: 'missing CRD',
    answer: { code: 404, pageNotFound: true },
    kind: 'api-absent',
    says: 'does not serve StatefulSet (apps/v1)',
  },
  {
    what: 'missing kind of a known group',
    answer: {
      code: 404,
      status: { reason: 'NotFound', message: 'the server could not find the requested resource', details: {} },
    },
    kind: 'api-absent',
    says: 'does not serve StatefulSet',
  },
  { what: '404 of a proxy', answer: { code: 404 }, kind: 'garbage', says: 'no API server answered (HTTP 404)' },
  {
    what: 'name taken',
    answer: { code: 409, status: { reason: 'AlreadyExists', details: named } },
    kind: 'already-exists',
    says: 'exists already',
  },
  {
    what: 'stale resourceVersion',
    answer: { code: 409, status: { reason: 'Conflict' } },
    kind: 'conflict',
    says: 'changed since it was read',
  },
  {
    what: 'fields of another manager',
    answer: { code: 409, status: { reason: 'Conflict', details: { ...named, causes: [managerCause] } } },
    kind: 'field-conflict',
    says: 'another field manager (kubectl-set): .spec.replicas: conflict with "kubectl-set"',
  },
  {
    what: 'apply with the uid of an object that is gone',
    answer: {
      code: 409,
      status: {
        reason: 'Conflict',
        message: 'uid mismatch: the provided object specified uid a, and no existing object was found',
      },
    },
    kind: 'uid-mismatch',
    says: 'it is gone, or was made again',
  },
  {
    what: 'delete of an object made again',
    answer: {
      code: 409,
      status: { reason: 'Conflict', message: 'the UID in the precondition (a) does not match the UID in record (b)' },
    },
    kind: 'uid-mismatch',
    says: 'made again',
  },
  {
    what: 'apply with the uid of another object',
    answer: {
      code: 422,
      status: { reason: 'Invalid', details: { causes: [{ field: 'metadata.uid', message: 'field is immutable' }] } },
    },
    kind: 'uid-mismatch',
    says: 'not the object that was meant',
  },
  {
    what: 'JSON patch whose test fails',
    answer: { code: 422, status: { reason: 'Invalid', details: {} } },
    kind: 'conflict',
    says: 'changed since',
  },
  {
    what: 'CEL rule at the root, with the cause that only says that checking stopped',
    answer: {
      code: 422,
      status: {
        reason: 'Invalid',
        message: 'everything once more',
        details: {
          causes: [
            { field: '<nil>', message: 'Invalid value: "object": the name is too long' },
            { field: '<nil>', message: 'Invalid value: "null": some validation rules were not checked because …' },
          ],
        },
      },
    },
    kind: 'invalid',
    permanent: true,
    says: 'refuses StatefulSet ns/files as invalid: the name is too long',
  },
  {
    what: 'strict decoding',
    answer: { code: 400, status: { reason: 'BadRequest', message: 'strict decoding error: unknown field "spec.foo"' } },
    kind: 'invalid',
    permanent: true,
    says: 'unknown field "spec.foo"',
  },
  {
    what: 'apply with an unknown field',
    answer: {
      code: 500,
      status: {
        message: 'failed to create typed patch object (ns/files; apps/v1): .spec.foo: field not declared in schema',
      },
    },
    kind: 'schema',
    permanent: true,
    says: '.spec.foo: field not declared in schema',
  },
  {
    what: 'webhook down',
    answer: { code: 500, status: { reason: 'InternalError', message: 'failed calling webhook' } },
    kind: 'server',
    says: 'failed (HTTP 500)',
  },
  { what: 'load balancer without server', answer: { code: 503 }, kind: 'server', says: 'failed (HTTP 503)' },
  { what: 'expired position', answer: { code: 410, status: { reason: 'Expired' } }, kind: 'gone', says: 'too old' },
  { what: 'too many requests', answer: { code: 429, retryAfterMs: 1000 }, kind: 'throttled', says: 'slow down' },
  { what: 'HTTP sent to HTTPS', answer: { code: 400 }, kind: 'garbage', says: 'no API server answered' },
  { what: 'redirect', answer: { code: 302 }, kind: 'garbage', says: 'no API server answered' },
];

test.each(rows)('$what is $kind', ({ answer, kind, permanent = false, says }) => {
  const error = errorOf({ about, code: 0, ...answer });
  expect(error).toMatchObject({ kind, permanent, object: 'StatefulSet ns/files' });
  expect(error.message).toContain(says);
  expect(error.message).not.toContain('some validation rules');
});

test('an invalid answer to a read is no conflict', () => {
  expect(errorOf({ about: getAbout, code: 422, status: {} }).kind).toBe('invalid');
});

test('names the other field managers, and each violated field', () => {
  const error = errorOf({
    about,
    code: 409,
    status: { reason: 'Conflict', details: { causes: [managerCause, managerCause] } },
  });
  expect(error.managers).toEqual(['kubectl-set']);
  expect(error.causes[0]).toEqual({ field: '.spec.replicas', message: 'conflict with "kubectl-set" using apps/v1' });
});

test('says nothing that the server said about a Secret (C3)', () => {
  const secret: About = { verb: 'patch', kind: { apiVersion: 'v1', kind: 'Secret' }, object: 'Secret ns/files-jwt' };
  const status = {
    reason: 'hunter2 hunter2',
    message: 'hunter2',
    details: {
      name: 'hunter2',
      kind: 'namespaces',
      causes: [{ field: 'hunter2', message: 'conflict with "hunter2"', reason: 'FieldManagerConflict' }],
    },
  };
  for (const code of [400, 401, 403, 404, 409, 410, 422, 429, 500, 503]) {
    const error = errorOf({ about: secret, code, status });
    expect(`${JSON.stringify(error)} ${error.message} ${error.stack ?? ''}`).not.toContain('hunter2');
  }
});

test('cuts long sentences', () => {
  const causes = Array.from({ length: 50 }, (_, i) => ({ field: `f${i}`, message: 'x'.repeat(1000) }));
  const error = errorOf({ about, code: 422, status: { details: { causes } } });
  expect(error.message.length).toBeLessThan(1100);
  expect(error.causes).toHaveLength(10);
});

test('keeps only the errno of a socket error', () => {
  const cause = Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED', rawPacket: Buffer.from('hunter2') });
  const error = networkError(about, cause);
  expect(error).toMatchObject({ kind: 'network', reason: 'ECONNREFUSED' });
  expect(error.cause).toBeUndefined();
  expect(networkError(about, new Error('hunter2')).message).not.toContain('hunter2');
});

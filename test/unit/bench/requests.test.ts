// How requests of the provisioner are counted.
import type { Request } from '../../kit/audit.ts';
import { countRequests } from '../../bench/requests.ts';

const request = (verb: Request['verb'], resource: string, more: Partial<Request> = {}): Request => ({
  at: new Date(0),
  user: 'provisioner',
  verb,
  resource,
  subresource: undefined,
  group: '',
  namespace: 'bench',
  name: 's-0',
  code: 200,
  dryRun: false,
  fieldManager: undefined,
  ...more,
});

test('reads and write attempts are counted per DittoServer, the refused ones too, and watches are neither', () => {
  const counted = countRequests(
    [
      request('get', 'secrets', { code: 404 }),
      request('list', 'pods'),
      request('watch', 'pods'),
      request('create', 'secrets'),
      request('create', 'secrets', { code: 409 }),
      request('patch', 'dittoservers', { subresource: 'status' }),
    ],
    2,
  );
  expect(counted).toEqual({
    writes: 1.5,
    reads: 1,
    byKind: { 'create secrets': 1, 'get secrets': 0.5, 'list pods': 0.5, 'patch dittoservers/status': 0.5 },
    refused: { '404 get secrets': 0.5, '409 create secrets': 0.5 },
  });
});

// Who owns which field after a take-over, and after a port got another number.
import type { ManagedFieldsEntry } from '../../../src/api/kubernetes.ts';
import { dropped, movedFields } from '../../../activities/managed-fields.ts';
import { withoutReplacedPorts } from '../../../activities/replaced-ports.ts';

type Fields = NonNullable<ManagedFieldsEntry['fieldsV1']>;
const entry = (manager: string, operation: 'Apply' | 'Update', fieldsV1: Fields, subresource?: string) =>
  ({ manager, operation, apiVersion: 'v1', time: '2026-03-01T12:00:00Z', fieldsType: 'FieldsV1', fieldsV1, ...(subresource !== undefined && { subresource }) }) as const; // prettier-ignore

const OWNER = { 'f:ownerReferences': { 'k:{"uid":"u"}': {} } };
const SPEC = { 'f:metadata': OWNER, 'f:spec': { 'f:replicas': {} } };

describe('of an object that is kept as we mean it', () => {
  test('everything that was the Go operator’s and ours is one entry of ours; others keep theirs', () => {
    const kubectl = entry('kubectl-edit', 'Update', { 'f:metadata': { 'f:labels': { 'f:x': {} } } });
    const status = entry('manager', 'Update', { 'f:status': {} }, 'status');
    const ours = entry('dittoserver-provisioner', 'Update', { 'f:metadata': { 'f:labels': { 'f:app': {} } } });
    const before = [entry('manager', 'Update', SPEC), kubectl, status, ours];
    const after = movedFields(before, { kind: 'StatefulSet', operation: 'Apply' });
    const merged = { 'f:metadata': { ...OWNER, 'f:labels': { 'f:app': {} } }, 'f:spec': { 'f:replicas': {} } };
    expect(after).toEqual([kubectl, status, entry('dittoserver-provisioner', 'Apply', merged)]);
    expect(movedFields(after, { kind: 'StatefulSet', operation: 'Apply' })).toEqual(after);
  });

  test('what the cluster allocated to a Service is nobody’s, so that it stays', () => {
    const port = 'k:{"port":8080,"protocol":"TCP"}';
    const theirs = entry('manager', 'Update', { 'f:spec': { 'f:clusterIP': {}, 'f:ports': { [port]: { 'f:name': {}, 'f:nodePort': {} } } } }); // prettier-ignore
    const [ours] = movedFields([theirs], { kind: 'Service', operation: 'Apply' });
    expect(ours?.fieldsV1).toEqual({ 'f:spec': { 'f:ports': { [port]: { 'f:name': {} } } } });
  });

  test('of a database only what was asked for moves: finalizers stay with Percona’s operator of the same name', () => {
    const finalizers = { 'f:finalizers': { 'v:"internal.percona.com/stop-watchers"': {} } };
    const theirs = entry('manager', 'Update', { 'f:metadata': { ...OWNER, ...finalizers }, 'f:spec': { 'f:instances': {} } }); // prettier-ignore
    const after = movedFields([theirs], { kind: 'PerconaPGCluster', operation: 'Apply' });
    expect(after.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ['manager', { 'f:metadata': finalizers }],
      ['dittoserver-provisioner', { 'f:spec': { 'f:instances': {} }, 'f:metadata': OWNER }],
    ]);
  });
});

test('of a DittoServer the specification is nobody’s afterwards, and the status ours, with the condition that was told meanwhile', () => {
  const spec = entry('manager', 'Update', { 'f:metadata': { 'f:finalizers': { 'v:"dittofs.dittofs.com/finalizer"': {} } }, 'f:spec': {} }); // prettier-ignore
  const status = entry('manager', 'Update', { 'f:status': { 'f:phase': {} } }, 'status');
  const told = entry('dittoserver-provisioner-take-over', 'Apply', { 'f:status': { 'f:conditions': {} } }, 'status');
  const user = entry('kubectl', 'Update', { 'f:spec': {} });
  const after = movedFields(dropped('DittoServer', [user, spec, status, told]), { kind: 'DittoServer', operation: 'Apply', subresource: 'status' }); // prettier-ignore
  expect(after).toEqual([
    user,
    entry('dittoserver-provisioner', 'Apply', { 'f:status': { 'f:phase': {}, 'f:conditions': {} } }, 'status'),
  ]);
});

describe('a port of a Service that got another number', () => {
  const key = (port: number): string => `k:{"port":${port},"protocol":"TCP"}`;
  const ports = (fields: Fields): Fields => ({ 'f:spec': { 'f:ports': fields } });
  const ours = entry('dittoserver-provisioner', 'Apply', ports({ [key(8080)]: { 'f:name': {} } }));
  const service = (...numbers: readonly number[]) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { ports: numbers.map((port) => ({ port })) } }); // prettier-ignore

  test('takes with it what somebody has edited of the old one, and nothing else of theirs', () => {
    const edited = entry(
      'kubectl-edit',
      'Update',
      ports({ [key(8080)]: { 'f:nodePort': {} }, [key(9999)]: { '.': {} } }),
    );
    const after = withoutReplacedPorts([ours, edited], service(8443));
    expect(after).toEqual([ours, entry('kubectl-edit', 'Update', ports({ [key(9999)]: { '.': {} } }))]);
  });

  test.each([
    ['nobody else has edited it', [ours], service(8443)],
    ['it is still wanted', [ours, entry('kubectl-edit', 'Update', ports({ [key(8080)]: {} }))], service(8080)],
  ])('nothing is changed when %s', (_, entries, wanted) => {
    expect(withoutReplacedPorts(entries, wanted)).toBeUndefined();
  });
});

// Whose an object is: by controller reference or label with a uid, never by name.
import type { ManagedFieldsEntry, ObjectMeta, Stored } from '../../../src/api/kubernetes.ts';
import { FIELD_MANAGER } from '../../../src/kube/index.ts';
import { liveOf, ownershipOf } from '../../../activities/observe/live.ts';
import { factsWith, UID } from '../requirements/facts.ts';

const { server } = factsWith();
const OTHER = 'ffffffff-0000-4000-8000-000000000000';

const object = (metadata: Partial<ObjectMeta>): Stored => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'files-api', uid: 'u1', resourceVersion: '5', ...metadata },
});
const owner = (uid: string, changes: object = {}) => ({
  apiVersion: 'dittofs.dittofs.com/v1alpha1', kind: 'DittoServer', name: 'files', uid, controller: true, ...changes,
}); // prettier-ignore
const labelled = (uid: string, instance = 'files') => ({
  'dittofs.io/owner-uid': uid,
  instance,
  app: 'dittofs-server',
});

const rows: [string, Partial<ObjectMeta>, string][] = [
  ['a controller reference to this DittoServer', { ownerReferences: [owner(UID)] }, 'ours'],
  ['one to an earlier DittoServer of this name: Kubernetes will collect it', { ownerReferences: [owner(OTHER)] }, 'collected'],
  ['one to a DittoServer of another name', { ownerReferences: [owner(OTHER, { name: 'other' })] }, 'foreign'],
  ['one to something else of this name', { ownerReferences: [owner(OTHER, { kind: 'Deployment' })] }, 'foreign'],
  ['a reference that is no controller’s', { ownerReferences: [owner(UID, { controller: false })] }, 'foreign'],
  ['our label with this uid', { labels: labelled(UID) }, 'ours'],
  ['our label of an earlier DittoServer of this name', { labels: labelled(OTHER) }, 'former'],
  ['our label of another DittoServer', { labels: labelled(OTHER, 'other') }, 'foreign'],
  ['our labels without a uid or a reference: restored, or orphaned (X8)', { labels: { app: 'dittofs-server', instance: 'files' } }, 'former'],
  ['the same of another name', { labels: { app: 'dittofs-server', instance: 'other' } }, 'foreign'],
  ['one of our labels alone', { labels: { instance: 'files' } }, 'foreign'],
  ['nothing', {}, 'foreign'],
  ['somebody else’s controller, whatever the label says', { ownerReferences: [owner(OTHER, { kind: 'Backup' })], labels: labelled(UID) }, 'foreign'],
]; // prettier-ignore

test.each(rows)('%s', (_, metadata, ownership) => {
  expect(ownershipOf(object(metadata), server)).toBe(ownership);
});

describe('who else writes to it', () => {
  const entry = (manager: string, operation: string, subresource?: string): ManagedFieldsEntry => ({
    manager, operation, fieldsV1: { 'f:spec': {} }, ...(subresource && { subresource }),
  }); // prettier-ignore

  test('all but us, the control plane, Percona’s operator and writers of status, each once', () => {
    const managedFields = [
      entry(FIELD_MANAGER, 'Apply'),
      entry('kube-controller-manager', 'Update'),
      entry('postgres-operator', 'Update'),
      entry('kubectl-edit', 'Update'),
      entry('argocd', 'Apply'),
      entry('argocd', 'Update'),
      entry('cloud-controller', 'Update', 'status'),
    ];
    expect(liveOf(object({ managedFields }), server).otherManagers).toEqual(['argocd', 'kubectl-edit']);
  });

  test('a write that takes a field from us is seen by our own entry alone', () => {
    const owned = (...managedFields: ManagedFieldsEntry[]) => liveOf(object({ managedFields }), server).ownedFields;
    expect(owned(entry(FIELD_MANAGER, 'Apply'))).toBe(owned(entry(FIELD_MANAGER, 'Apply'), entry('argocd', 'Apply')));
    const touched = { ...entry(FIELD_MANAGER, 'Apply'), fieldsV1: {} };
    expect(owned(touched)).not.toBe(owned(entry(FIELD_MANAGER, 'Apply')));
    expect(owned(entry(FIELD_MANAGER, 'Update'))).toBe('');
  });
});

test('an object on its way out is told as such', () => {
  expect(liveOf(object({ deletionTimestamp: '2026-03-01T12:00:00Z' }), server).terminating).toBe(true);
  expect(liveOf(object({}), server).terminating).toBe(false);
});

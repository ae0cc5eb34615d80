// Which DittoServers that are gone are looked at once more: those of which a generated Secret is left, when the last of their data goes (B6).
import type { Stored } from '../../../src/api/kubernetes.ts';
import { WATCHED_KINDS, type WatchedKind } from '../../../src/watcher/kinds.ts';
import { createLeftovers } from '../../../src/watcher/leftovers.ts';

const kind = (title: string): WatchedKind => {
  const found = WATCHED_KINDS.find((one) => one.title === title);
  if (!found) throw new Error(`no kind ${title}`);
  return found;
};
const SECRETS = kind('Secrets');
const CLAIMS = kind('PersistentVolumeClaims');
const DATABASE_CLAIMS = kind('database PersistentVolumeClaims');
const DATABASES = kind('PerconaPGClusters');

const OURS = { app: 'dittofs-server', instance: 'files' };
const object = (apiKind: string, name: string, labels: Record<string, string> = {}): Stored => ({
  apiVersion: 'v1',
  kind: apiKind,
  metadata: { namespace: 'prod', name, labels, uid: `u-${name}`, resourceVersion: '1' },
});
const secret = object('Secret', 'files-jwt-secret', { ...OURS, 'dittofs.io/owner-uid': 'u-1' });
const claim = object('PersistentVolumeClaim', 'metadata-files-0', OURS);
const pgdata = object('PersistentVolumeClaim', 'pgdata', { 'postgres-operator.crunchydata.com/cluster': 'files-postgres' }); // prettier-ignore
const database = object('PerconaPGCluster', 'files-postgres');

function world(exists = false) {
  const nudged: string[] = [];
  const leftovers = createLeftovers({ exists: () => exists, nudge: (key) => void nudged.push(key) });
  leftovers.put(SECRETS, secret);
  leftovers.put(CLAIMS, claim);
  leftovers.put(DATABASE_CLAIMS, pgdata);
  leftovers.put(DATABASES, database);
  return { leftovers, nudged };
}

test('only when the last volume or database goes', () => {
  const { leftovers, nudged } = world();
  leftovers.sweep();
  leftovers.remove(CLAIMS, 'prod/metadata-files-0');
  leftovers.remove(DATABASES, 'prod/files-postgres');
  expect(nudged).toEqual([]);
  leftovers.remove(DATABASE_CLAIMS, 'prod/pgdata');
  expect(nudged).toEqual(['prod/files']);
});

test('not while the DittoServer stands', () => {
  const { leftovers, nudged } = world(true);
  for (const [one, id] of [[CLAIMS, 'metadata-files-0'], [DATABASES, 'files-postgres'], [DATABASE_CLAIMS, 'pgdata']] as const) leftovers.remove(one, `prod/${id}`); // prettier-ignore
  leftovers.sweep();
  expect(nudged).toEqual([]);
});

test('not where no generated Secret is left, and not for Secrets of others', () => {
  const nudged: string[] = [];
  const leftovers = createLeftovers({ exists: () => false, nudge: (key) => void nudged.push(key) });
  leftovers.put(SECRETS, object('Secret', 'mine', OURS));
  leftovers.put(CLAIMS, claim);
  leftovers.remove(CLAIMS, 'prod/metadata-files-0');
  leftovers.sweep();
  expect(nudged).toEqual([]);
});

test('what went while nobody watched is found after the start', () => {
  const nudged: string[] = [];
  const leftovers = createLeftovers({ exists: () => false, nudge: (key) => void nudged.push(key) });
  leftovers.put(SECRETS, secret);
  leftovers.sweep();
  expect(nudged).toEqual(['prod/files']);
});

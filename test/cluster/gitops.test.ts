// A DittoServer that a GitOps tool applies: the tool's marks stay on it alone, so that no prune takes anything of ours, and nothing of
// ours is on what the tool compares, so that it is in sync for ever.
import { DITTO_SERVER, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { apiPath, type KindRef, refOf } from '../kit/admin.ts';
import { readSecretReads, strayReads } from '../kit/audit.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'gitops' });

const LABELS = {
  'app.kubernetes.io/instance': 'storage',
  'app.kubernetes.io/managed-by': 'Helm',
  'argocd.argoproj.io/instance': 'storage',
  'helm.sh/chart': 'storage-1.0.0',
  'kustomize.toolkit.fluxcd.io/name': 'storage',
  'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
};
const ANNOTATIONS = {
  'argocd.argoproj.io/tracking-id': 'storage:dittofs.dittofs.com/DittoServer:ns/one',
  'argocd.argoproj.io/sync-wave': '3',
  'helm.sh/resource-policy': 'keep',
  'meta.helm.sh/release-name': 'storage',
  'meta.helm.sh/release-namespace': 'ns',
  'kustomize.toolkit.fluxcd.io/reconcile': 'enabled',
};
/** With their values: Percona's operator has values of its own for some of these labels. */
const MARKS = Object.entries({ ...LABELS, ...ANNOTATIONS });

/** Every kind of which something of a DittoServer can be, or of its database. */
const KINDS: readonly KindRef[] = [
  ['v1', 'ConfigMap'],
  ['v1', 'Service'],
  ['v1', 'Secret'],
  ['v1', 'Pod'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'Event'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'ControllerRevision'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['postgres-operator.crunchydata.com/v1beta1', 'PostgresCluster'],
].map(([apiVersion = '', kind = '']) => ({ apiVersion, kind }));

async function everything(): Promise<readonly KubeObject[]> {
  const kinds = [...KINDS, PERCONA_PG_CLUSTER];
  const { namespace } = stage;
  const lists = await Promise.all(kinds.map((kind) => stage.cluster.admin.list<KubeObject>({ ...kind, namespace })));
  return lists.flat();
}

const manifest = ({ namespace, name }: Subject, policy: 'Delete' | 'Retain' = 'Delete') => ({
  ...DITTO_SERVER,
  metadata: { namespace, name, labels: LABELS, annotations: ANNOTATIONS },
  spec: { ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy: policy } },
});

/** Whether a path of managedFields lies under one of the fields that are the user's. */
function owned(fields: unknown): readonly string[] {
  const { 'f:spec': spec, 'f:metadata': metadata } = fields as Record<
    string,
    Readonly<Record<string, unknown>> | undefined
  >;
  return [...(spec ? ['spec'] : []), ...Object.keys(metadata ?? {})];
}

beforeAll(async () => {
  await stage.cluster.admin.apply<KubeObject>(manifest(stage.subject('one')), { fieldManager: 'argocd-controller' });
  await stage.cluster.admin.apply<KubeObject>(manifest(stage.subject('kept'), 'Retain'), { fieldManager: 'argocd-controller' });
  for (const name of ['one', 'kept']) {
    await stage.subject(name).untilReady();
    await stage.subject(name).untilQuiet();
  }
}); // prettier-ignore

test('marks of GitOps tools and Helm are on no child, the retained database included (I1)', async () => {
  const all = await everything();
  const names = all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  for (const child of ['ConfigMap/one-config', 'Service/one-api', 'Secret/one-jwt-secret', 'StatefulSet/one', 'Pod/one-0', 'PersistentVolumeClaim/metadata-one-0', 'PerconaPGCluster/kept-postgres', 'PostgresCluster/kept-postgres', 'Secret/kept-postgres-pguser-dittofs']) expect(names).toContain(child); // prettier-ignore
  const marked = all.flatMap(({ kind, metadata: { name, labels, annotations } }) =>
    MARKS.filter(([mark, value]) => ({ ...labels, ...annotations })[mark] === value).map(
      ([mark]) => `${kind}/${name} has ${mark}`,
    ),
  );
  expect(marked).toEqual([]);
});

test('a prune of all unowned objects that carry such marks removes nothing of ours (I1)', async () => {
  const present = async (): Promise<readonly string[]> =>
    (await everything()).map(({ kind, metadata }) => `${kind}/${metadata.name} ${metadata.uid}`).sort();
  const isEvent = (line: string): boolean => line.startsWith('Event/');
  const before = await present();
  const applied = ['one', 'kept'].map((name) => `DittoServer/${name}`);
  for (const [label, value] of Object.entries(LABELS)) {
    for (const kind of [...KINDS, PERCONA_PG_CLUSTER, DITTO_SERVER]) {
      const found = await stage.cluster.admin.list<KubeObject>({ ...kind, namespace: stage.namespace }, { labelSelector: `${label}=${value}` }); // prettier-ignore
      const pruned = found.filter(({ kind: is, metadata }) => !metadata.ownerReferences?.length && !applied.includes(`${is}/${metadata.name}`)); // prettier-ignore
      for (const object of pruned) await stage.cluster.admin.delete(refOf(object));
    }
  }
  await stage.subject('one').reconcileNow();
  const after = await present();
  // Kubernetes' own controllers record their events late: one may come, none may go.
  expect(after).toEqual(expect.arrayContaining([...before]));
  expect(after.filter((line) => !isEvent(line))).toEqual(before.filter((line) => !isEvent(line)));
});

test('after a full life we own nothing of it but status: no field of spec, no label, no annotation (I6)', async () => {
  const one = stage.subject('one');
  // Edits, a pause, a stop and a start: every step that it takes.
  const spec = manifest(one).spec;
  const { admin } = stage.cluster;
  const argo = { fieldManager: 'argocd-controller' };
  await admin.apply<KubeObject>({ ...manifest(one), spec: { ...spec, replicas: 0 } } as KubeObject, argo);
  await one.untilTold({ type: 'Available', reason: 'Stopped' });
  await admin.apply<KubeObject>({ ...manifest(one), spec: { ...spec, logging: { level: 'DEBUG' } } } as KubeObject, argo); // prettier-ignore
  await one.untilReady();
  await admin.apply<KubeObject>(manifest(one), argo);
  await one.untilReady();
  const entries = (await admin.get<KubeObject & { readonly metadata: { readonly managedFields?: readonly { manager: string; subresource?: string; fieldsV1: object }[] } }>(one.ref))?.metadata.managedFields ?? []; // prettier-ignore
  const ours = entries.filter(({ manager }) => manager === 'dittoserver-provisioner');
  expect(ours.map(({ subresource }) => subresource)).toEqual(['status']);
  for (const { fieldsV1 } of ours) expect(owned(fieldsV1)).toEqual([]);
  const { finalizers, ownerReferences } = (await one.get())?.metadata ?? {};
  expect([finalizers ?? [], ownerReferences ?? []]).toEqual([[], []]);
});

/** What a tool that compares what it applied with what is there would see as a difference. */
async function differences(one: Subject): Promise<readonly string[]> {
  const live = (await stage.cluster.admin.get<KubeObject & { readonly spec: object }>(one.ref)) as Record<string, unknown> | undefined; // prettier-ignore
  const wanted = manifest(one) as unknown as Record<string, unknown>;
  const compare = (a: unknown, b: unknown, path: string): readonly string[] => {
    if (typeof a !== 'object' || a === null) return a === b ? [] : [path];
    return Object.entries(a).flatMap(([key, value]) => compare(value, (b as Record<string, unknown> | undefined)?.[key], `${path}.${key}`)); // prettier-ignore
  };
  return compare(wanted, live, '');
}

test.each([
  ['server-side apply', 'ssa'],
  ['kubectl apply', 'csa'],
])('two syncs with self-heal, by %s: in sync, and no write of ours (I6)', async (_, how) => {
  const one = stage.subject('one');
  await one.untilReady();
  await one.untilQuiet();
  const sync = async (): Promise<void> => {
    if (how === 'ssa') await stage.cluster.admin.apply<KubeObject>(manifest(one), { fieldManager: 'argocd-controller' });
    else await stage.cluster.admin.request('PATCH', apiPath(one.ref), { body: manifest(one), contentType: 'application/merge-patch+json', query: { fieldManager: 'kubectl-client-side-apply' } }); // prettier-ignore
  };
  const since = new Date();
  for (let round = 0; round < 2; round += 1) {
    await sync();
    await one.reconcileNow(2);
    expect(await differences(one)).toEqual([]);
  }
  expect(one.writes(since)).toEqual([]);
  const { status, metadata } = (await one.get()) ?? {};
  expect(status?.observedGeneration).toBe(metadata?.generation);
});

describe('a reference with a namespace', () => {
  const secretRef = { name: 'own', key: 'k', namespace: 'kube-system' };
  const references: readonly (readonly [string, object])[] = [
    ['spec.identity.jwt.secretRef', { identity: { jwt: { secretRef } } }],
    ['spec.identity.admin.passwordSecretRef', { identity: { admin: { passwordSecretRef: secretRef } } }],
    ['spec.database.postgresSecretRef', { database: { postgresSecretRef: secretRef } }],
    ['spec.percona.backup.credentialsSecretRef', { percona: { backup: { credentialsSecretRef: { name: 'own', namespace: 'kube-system' } } } }],
  ]; // prettier-ignore

  test.each(references)('in %s is refused by strict validation, and dropped where it is not strict (C1)', async (path, spec) => {
    const { admin } = stage.cluster;
    const one = stage.subject('referring');
    const body = { ...DITTO_SERVER, metadata: { namespace: stage.namespace, name: one.name }, spec: { ...BASIC, ...spec } };
    const post = (fieldValidation: string): Promise<unknown> =>
      admin.request('POST', apiPath({ ...DITTO_SERVER, namespace: stage.namespace }), { body, query: { fieldValidation, dryRun: 'All' } });
    await expect(post('Strict')).rejects.toThrow(`unknown field "${path}.namespace"`);
    expect(JSON.stringify(((await post('Ignore')) as { spec: object }).spec)).not.toContain('kube-system');
  }); // prettier-ignore
});

test('Secrets are read only in the namespaces of DittoServers, by this and every test before it (C1)', () => {
  const { auditLog } = stage.cluster.description;
  expect(readSecretReads(auditLog).filter(({ namespace }) => namespace === stage.namespace).length).toBeGreaterThan(0);
  expect(strayReads(auditLog)).toEqual([]);
});

// The real API server accepts what we render and what we ship, strictly: every golden child, every sample, and the pod in a
// namespace that enforces the restricted Pod Security Standard.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { KubeObject } from '../../src/api/kubernetes.ts';
import { SERVICE_MONITOR } from '../../src/api/names.ts';
import { statefulSet } from '../../src/manifests/index.ts';
import { apiPath, refOf } from '../kit/admin.ts';
import { attachCluster } from '../kit/cluster.ts';
import { readManifests } from '../kit/manifests.ts';
import { EXAMPLES, dittoServer, renderAll } from '../unit/manifests/examples.ts';

const cluster = attachCluster();
const provisioner = cluster.as('provisioner');
const STRICT = { dryRun: 'All', fieldValidation: 'Strict' };

/** As the product writes them: the database and generated Secrets by a plain create, the rest by server-side apply. */
function write(child: KubeObject): Promise<unknown> {
  const { apiVersion, kind, metadata } = child;
  if (child.kind === 'Secret' || child.kind === 'PerconaPGCluster') {
    return provisioner.request('POST', apiPath({ apiVersion, kind, namespace: metadata.namespace ?? '' }), {
      body: child,
      query: STRICT,
    });
  }
  return provisioner.request('PATCH', apiPath(refOf(child)), {
    body: child,
    contentType: 'application/apply-patch+yaml',
    query: { ...STRICT, fieldManager: 'dittoserver-provisioner', force: 'true' },
  });
}

test.each(Object.entries(EXAMPLES))('all children are accepted from the provisioner: %s', async (_, server) => {
  // The Prometheus operator is not installed here; services.test.ts has a stand-in for its API.
  for (const child of renderAll(server).filter(({ kind }) => kind !== SERVICE_MONITOR.kind))
    expect(await write(child)).toHaveProperty('metadata.name', child.metadata.name);
});

test.each(readdirSync('deploy/samples'))('the sample %s is accepted', async (file) => {
  for (const sample of readManifests(join('deploy/samples', file))) {
    const { apiVersion, kind } = sample;
    expect(
      await cluster.admin.request('POST', apiPath({ apiVersion, kind, namespace: 'default' }), {
        body: sample,
        query: STRICT,
      }),
    ).toBeDefined();
  }
});

test('the pod passes the restricted Pod Security Standard, init container included', async () => {
  const namespace = await cluster.namespace('restricted');
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await cluster.admin.patch({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, { metadata: { labels } });
  for (const podSecurityContext of [undefined, {}]) {
    const spec = { storage: { metadataSize: '1Gi' }, percona: { enabled: true } };
    const server = dittoServer({ ...spec, ...(podSecurityContext && { podSecurityContext }) });
    const template = statefulSet(server, { configHash: '' }).spec?.template;
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'files-0', namespace }, spec: template?.spec };
    // The volumes that a StatefulSet would fill in for its claims.
    const claims = ['metadata', 'controlplane'].map((name) => ({ name, emptyDir: {} }));
    const body = { ...pod, spec: { ...pod.spec, volumes: [...(pod.spec?.volumes ?? []), ...claims] } };
    expect(
      await cluster.admin.request('POST', apiPath({ apiVersion: 'v1', kind: 'Pod', namespace }), {
        body,
        query: STRICT,
      }),
    ).toBeDefined();
  }
});

test('applying a StatefulSet, a Service or a ConfigMap again writes nothing', async () => {
  const namespace = await cluster.namespace('again');
  const apply = (child: KubeObject) =>
    provisioner.apply<KubeObject>(child, { fieldManager: 'dittoserver-provisioner' });
  const children = (ownerUid: string): readonly KubeObject[] =>
    renderAll(dittoServer({ storage: { metadataSize: '1Gi' } }, { namespace, uid: ownerUid, name: 'again' })).filter(
      ({ kind }) => kind !== 'Secret',
    );
  const owner = await cluster.admin.create<KubeObject>({
    ...dittoServer({ storage: { metadataSize: '1Gi' } }),
    metadata: { namespace, name: 'again' },
  });
  for (const child of children(owner.metadata.uid ?? '')) {
    const [first, second] = [await apply(child), await apply(child)].map(({ metadata }) => metadata);
    // A StatefulSet's resourceVersion moves with its status, its generation only with what we mean.
    const moved = first?.generation === undefined ? 'resourceVersion' : 'generation';
    expect(second?.[moved]).toBe(first?.[moved]);
  }
});

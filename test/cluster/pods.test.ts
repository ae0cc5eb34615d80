// Pods that namespaces are strict about: quotas, pod security, admission. What we build is admitted in every variant, and what is refused is
// told in the API server's own words.
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { statefulSet } from '../../src/manifests/index.ts';
import { apiPath } from '../kit/admin.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { dittoServer, EXAMPLES } from '../unit/manifests/examples.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'pods' });

const QUOTA = { 'requests.cpu': '4', 'requests.memory': '8Gi', 'limits.cpu': '16', 'limits.memory': '16Gi' };

type Quota = KubeObject & { readonly status?: { readonly hard?: object } };
const quotaRef = () => ({ apiVersion: 'v1', kind: 'ResourceQuota', namespace: stage.namespace, name: 'quota' });

/** Until its controller has counted, pods are refused in other words: its status is unknown. */
async function makeQuota(hard: Readonly<Record<string, string>>): Promise<void> {
  const { admin } = stage.cluster;
  const metadata = { namespace: stage.namespace, name: 'quota' };
  await admin.create({ apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard } } as KubeObject);
  await waitFor('the quota counts', async () => (await admin.get<Quota>(quotaRef()))?.status?.hard);
}
const removeQuota = () => stage.cluster.admin.delete(quotaRef());

const begin = async (name: string, spec: DittoServerSpec): Promise<Subject> => {
  const server = stage.subject(name);
  await server.apply(spec);
  return server;
};

describe('a namespace with a quota on requests and limits', () => {
  test('admits the pod of a DittoServer that says nothing about resources, its init container too (S5)', async () => {
    // The database's pods are Percona's and come first; the quota is for ours.
    const [plain, percona] = [stage.subject('quota-plain'), await begin('quota-percona', { ...PERCONA, replicas: 0 })];
    await percona.untilReady();
    await makeQuota(QUOTA);
    await plain.apply(BASIC);
    await percona.apply(PERCONA);
    await plain.untilReady();
    await percona.untilReady();
    const pod = await percona.pod();
    const containers = [...(pod?.spec.initContainers ?? []), ...(pod?.spec.containers ?? [])];
    expect(containers.map(({ name }) => name)).toEqual(['wait-for-postgres', 'dittofs']);
    const some: unknown = expect.anything();
    for (const { resources } of containers) {
      expect(resources).toMatchObject({
        requests: { cpu: some, memory: some },
        limits: { cpu: some, memory: some },
      });
    }
    await removeQuota();
  });

  test('that is exhausted refuses the pod: Available says so in the API server’s words, until there is room (U5)', async () => {
    await makeQuota({ 'limits.memory': '1Mi' });
    const server = await begin('quota-exhausted', BASIC);
    await server.untilTold({
      type: 'Available',
      status: 'False',
      reason: 'PodsRejected',
      message: /exceeded quota: quota, requested: limits\.memory=1Gi/,
    });
    await server.untilTold({ type: 'Ready', status: 'False', reason: 'PodsRejected' });
    await removeQuota();
    await server.untilReady({ timeoutMs: 120_000 });
  });
});

describe('a namespace that enforces the restricted Pod Security Standard', () => {
  const enforce = async (): Promise<string> => {
    const namespace = await stage.another('restricted');
    const labels = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    };
    await stage.cluster.admin.patch({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, { metadata: { labels } });
    return namespace;
  };
  const VARIANTS: readonly (readonly [string, DittoServerSpec])[] = [
    ...Object.entries(EXAMPLES).map(([title, { spec }]) => [title, { ...spec, securityContext: undefined, podSecurityContext: undefined }] as const),
    ['ids left to the platform (C5)', { ...PERCONA, podSecurityContext: {} }],
    ['a content volume', { storage: { metadataSize: '1Gi', contentSize: '1Gi' } }],
  ] as never; // prettier-ignore

  test('admits the pod of every variant (C6)', async () => {
    const namespace = await enforce();
    for (const [, spec] of VARIANTS) {
      const template = statefulSet(dittoServer(spec), { configHash: '' }).spec?.template;
      // The volumes that a StatefulSet would fill in for its claims.
      const claims = ['metadata', 'content', 'controlplane'].map((name) => ({ name, emptyDir: {} }));
      const volumes = [...(template?.spec?.volumes ?? []), ...claims];
      const body = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'files-0', namespace },
        spec: { ...template?.spec, volumes },
      };
      const query = { dryRun: 'All', fieldValidation: 'Strict' };
      const path = apiPath({ apiVersion: 'v1', kind: 'Pod', namespace });
      expect(await stage.cluster.admin.request('POST', path, { body, query })).toBeDefined();
    }
  });

  test('refuses a pod that a user made too mighty: Available says why, until it is mended (U5)', async () => {
    const namespace = await enforce();
    const provisioner = await stage.start({ watchNamespaces: namespace, env: { INSTALLATION: namespace } });
    try {
      const server = stage.subject('mighty', namespace);
      await server.apply({ ...BASIC, securityContext: { capabilities: { add: ['NET_ADMIN'] } } });
      await server.untilTold({
        type: 'Available',
        status: 'False',
        reason: 'PodsRejected',
        message: /violates PodSecurity.*NET_ADMIN/,
      });
      await server.apply(BASIC);
      await server.untilReady({ timeoutMs: 120_000 });
    } finally {
      await provisioner.stop();
    }
  });
});

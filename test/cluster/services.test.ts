// Services on a real API server: what it allocates, a cloud writes or a user sets stays, and every change of type is accepted (S13).
import type { V1Service } from '@kubernetes/client-node';
import { SERVICE_MONITOR } from '../../src/api/names.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitForCrd } from '../kit/manifests.ts';
import { waitFor } from '../kit/wait-for.ts';
import { SERVICE_MONITOR_CRD } from './support/service-monitor-stand-in.ts';
import { useStage } from './support/stage.ts';
import { BASIC, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'services' });

type Service = KubeObject & Pick<V1Service, 'spec' | 'status'>;

const refOf = (server: Subject) => ({ apiVersion: 'v1', kind: 'Service', namespace: server.namespace, name: server.names.apiService }); // prettier-ignore
const apiOf = async (server: Subject): Promise<Service> => {
  const found = await stage.cluster.admin.get<Service>(refOf(server));
  if (!found) throw new Error(`${server.names.apiService} does not exist`);
  return found;
};
const untilType = (server: Subject, type: string): Promise<Service> =>
  waitFor(
    `the Service is of type ${type}`,
    async () => {
      const found = await apiOf(server);
      return found.spec?.type === type && found;
    },
    { timeoutMs: 60_000 },
  );

const number: unknown = expect.any(Number);

test('node ports, families, a cloud’s address and annotations of others survive every pass (S13)', async () => {
  const server = stage.subject('balanced');
  await server.apply({ ...BASIC, service: { type: 'LoadBalancer', annotations: { 'example.com/mine': '1' } } });
  await server.untilReady();
  const { admin } = stage.cluster;
  await admin.patch(refOf(server), {
    metadata: { annotations: { 'cloud.example.com/id': 'lb-7' } },
    spec: { externalTrafficPolicy: 'Local', sessionAffinity: 'ClientIP' },
  });
  const before = await apiOf(server);
  expect(before.spec).toMatchObject({
    healthCheckNodePort: number,
    ports: [{ nodePort: number }],
  });
  await server.reconcileNow(20);
  expect((await apiOf(server)).metadata.resourceVersion).toBe(before.metadata.resourceVersion);

  await server.apply({ ...BASIC, service: { type: 'LoadBalancer', annotations: { 'example.com/mine': '2' } } });
  const after = await waitFor(
    'the annotation has changed',
    async () => {
      const found = await apiOf(server);
      return found.metadata.annotations?.['example.com/mine'] === '2' && found;
    },
    { timeoutMs: 60_000 },
  );
  expect(after.spec).toEqual(before.spec);
  expect(after.metadata.annotations).toMatchObject({ 'cloud.example.com/id': 'lb-7' });
});

test('a Service goes from LoadBalancer to ClusterIP to NodePort and back, accepted each time (S13)', async () => {
  const server = stage.subject('changing');
  await server.apply({ ...BASIC, service: { type: 'LoadBalancer' } });
  await server.untilReady();
  const address = (await apiOf(server)).spec?.clusterIP;
  await stage.cluster.admin.patch(refOf(server), { spec: { externalTrafficPolicy: 'Local' } });
  for (const type of ['ClusterIP', 'NodePort', 'LoadBalancer', 'ClusterIP'] as const) {
    await server.apply({ ...BASIC, service: { type } });
    const found = await untilType(server, type);
    expect(found.spec?.clusterIP).toBe(address);
    await server.untilReady();
  }
});

test('metrics bring a Service and open their port, and take both with them', async () => {
  const server = stage.subject('measured');
  const { admin } = stage.cluster;
  const metrics = { apiVersion: 'v1', kind: 'Service', namespace: server.namespace, name: server.names.metricsService };
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: server.namespace, name: server.names.baselineNetworkPolicy }; // prettier-ignore
  interface Policy extends KubeObject {
    readonly spec: { readonly ingress: readonly { readonly ports: readonly { readonly port: number }[] }[] };
  }
  const ports = async () =>
    (await admin.get<Policy>(policy))?.spec.ingress.flatMap((rule) => rule.ports.map(({ port }) => port));

  await server.apply({ ...BASIC, metrics: { enabled: true } });
  await server.untilReady();
  expect(await admin.get<KubeObject>(metrics)).toMatchObject({ spec: { ports: [{ name: 'metrics', port: 9090 }] } });
  expect(await ports()).toEqual([8080, 9090]);

  await server.apply(BASIC);
  await waitFor('the Service of the metrics is gone', async () => (await admin.get(metrics)) === undefined, {
    timeoutMs: 60_000,
  });
  await server.untilReady();
  expect(await ports()).toEqual([8080]);
});

test('a ServiceMonitor is made once the Prometheus operator is there, and holds nothing up before', async () => {
  const server = stage.subject('monitored');
  const { admin } = stage.cluster;
  const monitor = { ...SERVICE_MONITOR, namespace: server.namespace, name: server.names.metricsService };
  const found = (): Promise<KubeObject | undefined> => admin.get<KubeObject>(monitor);
  const metadata = { namespace: server.namespace, name: 'bearer' };
  await admin.create({ apiVersion: 'v1', kind: 'Secret', metadata, data: { token: 'dG9rZW4=' } } as KubeObject);
  const bearerTokenSecret = { name: 'bearer', key: 'token' };
  const serviceMonitor = { enabled: true, interval: '15s', labels: { release: 'prometheus' } };
  await server.apply({ ...BASIC, metrics: { enabled: true, bearerTokenSecret, serviceMonitor } });
  await server.untilReady();

  await admin.apply<KubeObject>(SERVICE_MONITOR_CRD);
  try {
    await waitForCrd(admin, SERVICE_MONITOR_CRD.metadata.name);
    await server.reconcileNow();
    const made = await waitFor('the ServiceMonitor is made', found, { timeoutMs: 60_000 });
    expect(made).toMatchObject({
      metadata: { labels: { release: 'prometheus', app: 'dittofs-server', instance: 'monitored' } },
      spec: { endpoints: [{ port: 'metrics', path: '/metrics', interval: '15s', bearerTokenSecret }] },
    });
    await server.apply({ ...BASIC, metrics: { enabled: true, bearerTokenSecret } });
    await waitFor('the ServiceMonitor is gone', async () => (await found()) === undefined, { timeoutMs: 60_000 });
  } finally {
    await admin.delete({ ...SERVICE_MONITOR_CRD, name: SERVICE_MONITOR_CRD.metadata.name });
  }
  await server.untilReady();
});

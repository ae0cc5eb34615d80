// Services on a real API server: what it allocates, a cloud writes or a user sets stays, and every change of type is accepted (S13).
import type { V1Service } from '@kubernetes/client-node';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
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
const untilType = (server: Subject, type: string): Promise<Service | false> =>
  waitFor(
    `the Service is of type ${type}`,
    async () => {
      const found = await apiOf(server);
      return found.spec?.type === type && found;
    },
    { timeoutMs: 60_000 },
  );

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
    healthCheckNodePort: expect.any(Number),
    ports: [{ nodePort: expect.any(Number) }],
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
  expect(after && after.spec).toEqual(before.spec);
  expect(after && after.metadata.annotations).toMatchObject({ 'cloud.example.com/id': 'lb-7' });
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
    expect(found && found.spec?.clusterIP).toBe(address);
    await server.untilReady();
  }
});

test('metrics bring a Service and open their port, and take both with them; a ServiceMonitor needs its API', async () => {
  const server = stage.subject('measured');
  const { admin } = stage.cluster;
  const metrics = { apiVersion: 'v1', kind: 'Service', namespace: server.namespace, name: server.names.metricsService };
  const policy = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', namespace: server.namespace, name: server.names.baselineNetworkPolicy }; // prettier-ignore
  interface Policy extends KubeObject {
    readonly spec: { readonly ingress: readonly { readonly ports: readonly { readonly port: number }[] }[] };
  }
  const ports = async () =>
    (await admin.get<Policy>(policy))?.spec.ingress.flatMap((rule) => rule.ports.map(({ port }) => port));

  await server.apply({ ...BASIC, metrics: { enabled: true, serviceMonitor: { enabled: true } } });
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

// A DittoFS server on SQLite without the product: a StatefulSet with its configuration, its Secret and its Services, for trying the kit.
import { randomBytes } from 'node:crypto';
import type { KubeObject } from '../../kit/kubernetes-types.ts';

/** The objects in the order in which they are to be made. */
export function dittofsExample(namespace: string, name: string): readonly KubeObject[] {
  const of = (suffix: string) => ({ namespace, name: `${name}-${suffix}` });
  const selector = { app: name };
  const ports = [{ name: 'api', port: 8080 }];
  const stringData = { jwt: randomBytes(24).toString('hex'), password: randomBytes(12).toString('hex') };
  const config = `logging: {level: INFO, format: json, output: stdout}
database: {type: sqlite, sqlite: {path: /data/controlplane/controlplane.db}}
controlplane: {host: 0.0.0.0, port: 8080}
`;
  const objects = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: of('config'), data: { 'config.yaml': config } },
    { apiVersion: 'v1', kind: 'Secret', metadata: of('secret'), stringData },
    { apiVersion: 'v1', kind: 'Service', metadata: of('api'), spec: { selector, ports } },
    { apiVersion: 'v1', kind: 'Service', metadata: of('headless'), spec: { selector, ports, clusterIP: 'None' } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { namespace, name },
      spec: statefulSetSpec(name, selector),
    },
  ];
  return objects;
}

function statefulSetSpec(name: string, matchLabels: Readonly<Record<string, string>>): object {
  const probe = { httpGet: { path: '/health/ready', port: 'api' }, periodSeconds: 1 };
  const secret = (variable: string, key: string) => ({
    name: variable,
    valueFrom: { secretKeyRef: { name: `${name}-secret`, key } },
  });
  const container = {
    name: 'dittofs',
    image: 'example.test/dittofs:0.29.0',
    command: ['/app/dfs'],
    args: ['start', '--foreground', '--config', '/config/config.yaml'],
    ports: [{ name: 'api', containerPort: 8080 }],
    env: [secret('DITTOFS_CONTROLPLANE_SECRET', 'jwt'), secret('DITTOFS_ADMIN_INITIAL_PASSWORD', 'password')],
    readinessProbe: probe,
    startupProbe: { ...probe, failureThreshold: 60 },
    securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false },
    volumeMounts: [
      { name: 'config', mountPath: '/config' },
      { name: 'data', mountPath: '/data/controlplane' },
    ],
  };
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return {
    serviceName: `${name}-headless`,
    selector: { matchLabels },
    template: {
      metadata: { labels: matchLabels },
      spec: {
        securityContext: { fsGroup: 65532 },
        containers: [container],
        volumes: [{ name: 'config', configMap: { name: `${name}-config` } }],
      },
    },
    volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }],
  };
}

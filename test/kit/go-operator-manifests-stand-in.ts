// Stand-in for what the Go operator for DittoFS (version 0.29.0) rendered from a DittoServer: names, labels, digest, ConfigMap, pod template
// and database exactly as that one wrote them, for the fields that the tests use. Facts that it follows were read from its source; its
// digest has vectors of its own (test/unit/kit/go-operator.test.ts).
import { createHash } from 'node:crypto';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import type { OwnerReference } from './kubernetes-types.ts';

type Spec = NonNullable<DittoServer['spec']>;
export type Json = Readonly<Record<string, unknown>>;

const CONFIG_HASH = 'dittofs.io/config-hash';

/** Labels of Services, NetworkPolicies and pods; the StatefulSet itself, ConfigMap, Secrets and database had none. */
export const standInLabels = (name: string) => ({ app: 'dittofs-server', instance: name });

/** The text of config.yaml. spec.percona did not count: such a server ran on SQLite. */
export function configYamlStandIn({ logging, database, controlPlane, identity }: Spec): string {
  const { level, format, output } = { level: 'INFO', format: 'json', output: 'stdout', ...logging };
  const tokens: Tokens = { accessTokenDuration: '15m', refreshTokenDuration: '168h', ...identity?.jwt };
  const { username } = { username: 'admin', ...identity?.admin };
  const { port } = { port: 8080, ...controlPlane };
  return `logging:
    level: ${level}
    format: ${format}
    output: ${output}
shutdown_timeout: 30s
database:
${databaseStandIn(database ?? {})}controlplane:
    host: 0.0.0.0
    port: ${port}
    jwt:
        access_token_duration: ${tokens.accessTokenDuration}
        refresh_token_duration: ${tokens.refreshTokenDuration}
admin:
    username: ${username}
`;
}

interface Tokens {
  readonly accessTokenDuration: string;
  readonly refreshTokenDuration: string;
}

function databaseStandIn({ sqlite, postgresSecretRef }: NonNullable<Spec['database']>): string {
  const path = sqlite?.path ?? '/data/controlplane/controlplane.db';
  const placeholder = ['host', 'database', 'user', 'password'].map((key) => `        ${key}: placeholder\n`).join('');
  return postgresSecretRef
    ? `    type: postgres\n    postgres:\n${placeholder}`
    : `    type: sqlite\n    sqlite:\n        path: ${path}\n`;
}

/** Its digest: configuration, Secrets by their keys, and the generation, so that every edit restarted the pod. */
export function configHashStandIn(
  config: string,
  secrets: Readonly<Record<string, string>>,
  generation: number,
): string {
  const hash = createHash('sha256').update(config);
  for (const key of Object.keys(secrets).sort()) {
    const value = secrets[key] ?? '';
    hash.update(`${Buffer.byteLength(key)}:${key}:${Buffer.byteLength(value)}:${value}`);
  }
  return hash.update(`gen:${generation}`).digest('hex');
}

export function ownerStandIn({ apiVersion, kind, metadata }: DittoServer): OwnerReference {
  const { name, uid = '' } = metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true } as OwnerReference;
}

const WAIT = `echo "Waiting for PostgreSQL at $PGHOST:$PGPORT..."
timeout=300
elapsed=0
while ! pg_isready -h "$PGHOST" -p "$PGPORT" -U "$PGUSER" -d "$PGDATABASE" -t 5; do
  echo "PostgreSQL not ready, waiting... ($elapsed/$timeout seconds)"
  sleep 2
  elapsed=$((elapsed + 2))
  if [ $elapsed -ge $timeout ]; then echo "Timeout waiting for PostgreSQL"; exit 1; fi
done
echo "PostgreSQL is ready!"
`;

const fromSecret = (name: string, secret: string, key: string, optional?: true): Json => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key, ...(optional && { optional }) } },
});

const pgVariables = (secret: string): readonly Json[] =>
  Object.entries({ PGHOST: 'host', PGPORT: 'port', PGUSER: 'user', PGPASSWORD: 'password', PGDATABASE: 'dbname' }).map(
    ([name, key]) => fromSecret(name, secret, key),
  );

/** With Percona it gave the server nothing but a DATABASE_URL, which no server reads. */
function environment(name: string, { percona, database }: Spec): readonly Json[] {
  const external = percona?.enabled ? undefined : database?.postgresSecretRef?.name;
  const variables = Object.entries({ HOST: 'host', DATABASE: 'database', USER: 'user', PASSWORD: 'password' });
  return [
    fromSecret('DITTOFS_CONTROLPLANE_SECRET', `${name}-jwt-secret`, 'jwt-secret'),
    fromSecret('DITTOFS_ADMIN_INITIAL_PASSWORD', `${name}-admin-bootstrap-credentials`, 'password', true),
    ...(external
      ? variables.map(([variable, key]) => fromSecret(`DITTOFS_DATABASE_POSTGRES_${variable}`, external, key))
      : []),
    ...(percona?.enabled ? [fromSecret('DATABASE_URL', `${name}-postgres-pguser-dittofs`, 'uri')] : []),
  ];
}

const probe = (path: string, more: Json): Json => ({
  httpGet: { path, port: 8080, scheme: 'HTTP' },
  timeoutSeconds: 5,
  successThreshold: 1,
  ...more,
});

/** A container port as it gave it for an adapter. */
export const adapterPorts: readonly Json[] = [
  { name: 'adapter-mdns', containerPort: 5353, protocol: 'UDP' },
  { name: 'adapter-nfs', containerPort: 12049, protocol: 'TCP' },
  { name: 'adapter-nfs-pm', containerPort: 10111, protocol: 'TCP' },
  { name: 'adapter-pm-udp', containerPort: 10111, protocol: 'UDP' },
];

export interface TemplateInputs {
  readonly hash: string;
  readonly adapters: boolean;
}

/** The pod template. */
function template({ metadata: { name }, spec }: DittoServer & { spec: Spec }, { hash, adapters }: TemplateInputs) {
  const port = spec.controlPlane?.port ?? 8080;
  const api = { name: 'api', containerPort: port, protocol: 'TCP' };
  const pguser = `${name}-postgres-pguser-dittofs`;
  const wait = {
    name: 'wait-for-postgres',
    image: 'postgres:16-alpine',
    command: ['/bin/sh', '-c', WAIT],
    env: pgVariables(pguser),
  };
  const content = spec.storage.contentSize === undefined ? [] : [{ name: 'content', mountPath: '/data/store/block' }];
  return {
    metadata: { labels: standInLabels(name), annotations: { [CONFIG_HASH]: hash } },
    spec: {
      automountServiceAccountToken: false,
      securityContext: { fsGroup: 65532 },
      terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 105,
      ...(spec.percona?.enabled && { initContainers: [wait] }),
      containers: [
        {
          name: 'dittofs',
          image: spec.image,
          command: ['/app/dfs'],
          args: ['start', '--foreground', '--config', '/config/config.yaml'],
          ports: adapters ? [...adapterPorts, api] : [api],
          env: environment(name, spec),
          resources: spec.resources ?? {},
          securityContext: {
            allowPrivilegeEscalation: false,
            runAsNonRoot: true,
            capabilities: { drop: ['ALL'] },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          livenessProbe: probe('/health', { initialDelaySeconds: 15, periodSeconds: 10, failureThreshold: 3 }),
          readinessProbe: probe('/health/ready', { initialDelaySeconds: 10, periodSeconds: 5, failureThreshold: 3 }),
          startupProbe: probe('/health', { periodSeconds: 5, failureThreshold: 30 }),
          lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'sleep 5'] } } },
          volumeMounts: [
            { name: 'controlplane', mountPath: '/data/controlplane' },
            { name: 'metadata', mountPath: '/data/store/metadata' },
            { name: 'config', mountPath: '/config' },
            ...content,
          ],
        },
      ],
      volumes: [{ name: 'config', configMap: { name: `${name}-config` } }],
    },
  };
}

/** The specification of the StatefulSet. */
export function statefulSetSpecStandIn(server: DittoServer & { spec: Spec }, inputs: TemplateInputs): Json {
  const { name } = server.metadata;
  const { storage, replicas = 1 } = server.spec;
  const claim = (claimName: string, size: string): Json => ({
    metadata: { name: claimName },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storage.storageClassName && { storageClassName: storage.storageClassName }),
      resources: { requests: { storage: size } },
    },
  });
  return {
    replicas,
    serviceName: `${name}-headless`,
    selector: { matchLabels: standInLabels(name) },
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    template: template(server, inputs),
    volumeClaimTemplates: [
      claim('metadata', storage.metadataSize),
      ...(storage.contentSize === undefined ? [] : [claim('content', storage.contentSize)]),
      claim('controlplane', storage.controlPlaneSize ?? '1Gi'),
    ],
  };
}

/** The specification of the PerconaPGCluster. */
export function postgresClusterSpecStandIn({ percona = {} }: Spec): Json {
  const { replicas = 1, storageSize = '10Gi', storageClassName, databaseName = 'dittofs' } = percona;
  return {
    crVersion: '2.8.0',
    postgresVersion: 16,
    instances: [
      {
        name: 'instance1',
        replicas,
        dataVolumeClaimSpec: {
          accessModes: ['ReadWriteOnce'],
          ...(storageClassName && { storageClassName }),
          resources: { requests: { storage: storageSize } },
        },
      },
    ],
    users: [{ name: 'dittofs', databases: [databaseName] }],
    backups: { enabled: false },
  };
}

/** The conditions that it told. Its Ready said that all is well, whatever database the server ran on. */
function conditionsStandIn({ metadata, spec }: DittoServer & { spec: Spec }, readyReplicas: number): readonly Json[] {
  const isReady = readyReplicas >= (spec.replicas ?? 1);
  const common = {
    lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''),
    observedGeneration: metadata.generation,
  };
  const good = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    reason,
    message,
    ...common,
  });
  const bad = (type: string, reason: string, message: string) => ({
    type,
    status: 'False',
    reason,
    message,
    ...common,
  });
  return [
    good('ConfigReady', 'ConfigValid', 'ConfigMap is valid and contains configuration'),
    ...(spec.percona?.enabled ? [good('DatabaseReady', 'PerconaReady', 'PostgreSQL cluster is ready')] : []),
    isReady
      ? good('Available', 'MinimumReplicasAvailable', `StatefulSet has ${readyReplicas}/1 ready replicas`)
      : bad('Available', 'NoReplicasAvailable', `Waiting for replicas: ${readyReplicas}/1 ready`),
    bad('Progressing', 'ReconcileComplete', 'StatefulSet is up to date'),
    good('Authenticated', 'AuthenticationSucceeded', 'Operator is authenticated'),
    isReady
      ? good('Ready', 'AllConditionsMet', 'DittoServer is fully operational')
      : bad('Ready', 'ConditionsNotMet', 'Not ready: [NotAvailable]'),
  ];
}

/** A StatefulSet, as far as the status is told of it. */
export interface SetStandIn {
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** The status, with the conditions that others told kept. */
export function statusStandIn(server: DittoServer & { spec: Spec }, { spec, status }: SetStandIn): Json {
  const { metadata } = server;
  const counts = { replicas: 0, readyReplicas: 0, availableReplicas: 0, ...status };
  const { replicas, readyReplicas, availableReplicas } = counts;
  const told = conditionsStandIn(server, readyReplicas);
  const others = (server.status?.conditions ?? []).filter(({ type }) => !told.some((one) => one['type'] === type));
  return {
    observedGeneration: metadata.generation,
    replicas,
    readyReplicas,
    availableReplicas,
    phase: readyReplicas >= (server.spec.replicas ?? 1) ? 'Running' : 'Pending',
    configHash: spec.template.metadata.annotations[CONFIG_HASH],
    ...(server.spec.percona?.enabled && { perconaClusterName: `${metadata.name}-postgres` }),
    conditions: [...others, ...told],
  };
}

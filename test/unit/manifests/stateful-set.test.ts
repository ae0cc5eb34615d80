// The pod of the server: what of the specification shapes it, and that it passes the restricted Pod Security Standard.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { statefulSet } from '../../../src/manifests/index.ts';
import { dittoServer, EXAMPLES } from './examples.ts';

const storage = { metadataSize: '5Gi' };

function pod(spec: Partial<DittoServerSpec>) {
  const rendered = statefulSet(dittoServer({ storage, ...spec }), { configHash: 'digest' });
  const template = rendered.spec?.template;
  if (!template?.spec) throw new Error('no pod');
  return { ...template.spec, annotations: template.metadata?.annotations };
}

function serverOf(spec: Partial<DittoServerSpec>) {
  const [server] = pod(spec).containers;
  if (!server) throw new Error('no container');
  return server;
}

test('the template carries the digest and the revision of our rendering, and no other annotation', () => {
  expect(pod({}).annotations).toEqual({ 'dittofs.io/config-hash': 'digest', 'dittofs.io/template-revision': '2' });
});

test('without Percona there is no init container and no variable of PostgreSQL (M9)', () => {
  expect(pod({}).initContainers).toBeUndefined();
  expect(serverOf({}).env?.map(({ name }) => name)).toEqual([
    'DITTOFS_CONTROLPLANE_SECRET',
    'DITTOFS_ADMIN_INITIAL_PASSWORD',
  ]);
});

test('with Percona the server gets DATABASE_URL from the key uri (M7) and the variables that it reads', () => {
  const env = serverOf({ percona: { enabled: true } }).env ?? [];
  const secret = 'files-postgres-pguser-dittofs';
  expect(env.find(({ name }) => name === 'DATABASE_URL')).toEqual({
    name: 'DATABASE_URL',
    valueFrom: { secretKeyRef: { name: secret, key: 'uri' } },
  });
  expect(env).toContainEqual({ name: 'DITTOFS_DATABASE_TYPE', value: 'postgres' });
  expect(env).toContainEqual({ name: 'DITTOFS_DATABASE_POSTGRES_SSLMODE', value: 'require' });
  expect(env).toContainEqual({
    name: 'DITTOFS_DATABASE_POSTGRES_DATABASE',
    valueFrom: { secretKeyRef: { name: secret, key: 'dbname' } },
  });
});

describe('the init container', () => {
  test('waits at most five minutes for a login (M6)', () => {
    const [init] = pod({ percona: { enabled: true } }).initContainers ?? [];
    expect(init?.name).toBe('wait-for-postgres');
    expect(init?.env).toContainEqual({ name: 'WAIT_SECONDS', value: '300' });
    expect(init?.env).toContainEqual({ name: 'PGSSLMODE', value: 'require' });
  });

  test('can be left out, and the server still has its variables', () => {
    const spec = { percona: { enabled: true }, waitForPostgres: { enabled: false } };
    expect(pod(spec).initContainers).toBeUndefined();
    expect(serverOf(spec).env?.some(({ name }) => name === 'DATABASE_URL')).toBe(true);
  });

  test.each<[string, Partial<DittoServerSpec>, string]>([
    [
      'an image of its own',
      { waitForPostgres: { image: 'psql:1' }, percona: { enabled: true, images: { postgres: 'pg:1' } } },
      'psql:1',
    ],
    ["the cluster's image", { percona: { enabled: true, images: { postgres: 'pg:1' } } }, 'pg:1'],
    [
      'the image of the same major',
      { percona: { enabled: true, postgresVersion: 17 } },
      'docker.io/percona/percona-distribution-postgresql:17.9-1',
    ],
    [
      'the newest one for an unknown major',
      { percona: { enabled: true, postgresVersion: 13 } },
      'docker.io/percona/percona-distribution-postgresql:18.3-1',
    ],
  ])('uses %s', (_, spec, expected) => {
    const [init] = pod(spec).initContainers ?? [];
    expect(init?.image).toBe(expected);
  });

  test('has small requests and limits of its own, and none of the server (S5)', () => {
    const [init] = pod({ percona: { enabled: true }, resources: { limits: { memory: '8Gi' } } }).initContainers ?? [];
    expect(init?.resources).toEqual({
      requests: { cpu: '10m', memory: '32Mi' },
      limits: { cpu: '250m', memory: '64Mi' },
    });
  });
});

describe('an external PostgreSQL', () => {
  const EXTERNAL = { database: { postgresSecretRef: { name: 'own', key: 'connection-string' } } };
  const ref = (key: string, optional?: true) => ({ valueFrom: { secretKeyRef: { name: 'own', key, ...(optional && { optional }) } } }); // prettier-ignore

  test('gives the server its keys, of which port and sslmode may be missing, and no DATABASE_URL', () => {
    const env = serverOf(EXTERNAL).env ?? [];
    expect(env.slice(2)).toEqual([
      { name: 'DITTOFS_DATABASE_TYPE', value: 'postgres' },
      { name: 'DITTOFS_DATABASE_POSTGRES_HOST', ...ref('host') },
      { name: 'DITTOFS_DATABASE_POSTGRES_DATABASE', ...ref('database') },
      { name: 'DITTOFS_DATABASE_POSTGRES_USER', ...ref('user') },
      { name: 'DITTOFS_DATABASE_POSTGRES_PASSWORD', ...ref('password') },
      { name: 'DITTOFS_DATABASE_POSTGRES_PORT', ...ref('port', true) },
      { name: 'DITTOFS_DATABASE_POSTGRES_SSLMODE', ...ref('sslmode', true) },
    ]);
  });

  test('is waited for with the same login, encrypted unless its Secret says otherwise', () => {
    const [init] = pod(EXTERNAL).initContainers ?? [];
    expect(init?.env).toContainEqual({ name: 'PGPASSWORD', ...ref('password') });
    expect(init?.env).toContainEqual({ name: 'PGSSLMODE', ...ref('sslmode', true) });
    expect(init?.command?.at(-1)).toContain('PGSSLMODE="${PGSSLMODE:-require}"');
    expect(init?.image).toBe('docker.io/percona/percona-distribution-postgresql:16.13-1');
    expect(pod({ ...EXTERNAL, waitForPostgres: { enabled: false } }).initContainers).toBeUndefined();
  });

  test('is not used beside a database of its own, nor without a name', () => {
    expect(JSON.stringify(pod({ ...EXTERNAL, percona: { enabled: true } }))).not.toContain('"own"');
    expect(pod({ database: { postgresSecretRef: { key: 'k' } } }).initContainers).toBeUndefined();
  });
});

describe('probes', () => {
  const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'] as const;
  const schemes = (spec: Partial<DittoServerSpec>) =>
    PROBES.map((name) => {
      const probe = serverOf(spec)[name];
      return probe?.tcpSocket ? `TCP ${probe.tcpSocket.port}` : `${probe?.httpGet?.scheme} ${probe?.httpGet?.path}`;
    });

  test.each<[string, Partial<DittoServerSpec>, readonly string[]]>([
    ['HTTP', {}, ['HTTP /health', 'HTTP /health/ready', 'HTTP /health']],
    ['HTTP where something in front ends TLS', { controlPlane: { tls: true } }, ['HTTP /health', 'HTTP /health/ready', 'HTTP /health']],
    ['HTTPS', { controlPlane: { certSecretName: 'c' } }, ['HTTPS /health', 'HTTPS /health/ready', 'HTTPS /health']],
    ['TCP where clients need a certificate', { controlPlane: { port: 8443, certSecretName: 'c', clientCASecretName: 'd' } }, ['TCP 8443', 'TCP 8443', 'TCP 8443']],
  ])('%s', (_, spec, expected) => {
    expect(schemes(spec)).toEqual(expected);
  }); // prettier-ignore
});

describe('keytabs', () => {
  const kerberos = { identity: { kerberos: { enabled: true, keytabSecretRef: { name: 'k', key: 'f' } } } };
  const modeOf = (spec: Partial<DittoServerSpec>) =>
    pod({ ...kerberos, ...spec }).volumes?.find(({ name }) => name === 'kerberos-keytab')?.secret?.defaultMode;

  test('are for the pod’s group alone, and readable where nobody gives the pod one', () => {
    expect(modeOf({})).toBe(0o440);
    expect(modeOf({ podSecurityContext: { fsGroup: 7 } })).toBe(0o440);
    expect(modeOf({ podSecurityContext: {} })).toBeUndefined();
  });
});

describe('resources', () => {
  test('are there without being asked for, so that a quota admits the pod (S5)', () => {
    expect(serverOf({}).resources).toEqual({
      limits: { cpu: '2', memory: '1Gi' },
      requests: { cpu: '100m', memory: '128Mi' },
    });
  });

  test('are as the user asks, and none with {}', () => {
    expect(serverOf({ resources: { limits: { memory: '4Gi' } } }).resources).toEqual({ limits: { memory: '4Gi' } });
    expect(serverOf({ resources: {} }).resources).toBeUndefined();
  });
});

test('variables of Kubernetes’ own Services do not reach the server', () => {
  expect(pod({}).enableServiceLinks).toBe(false);
});

describe('security settings', () => {
  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  };

  test('restricted by default, also in the init container', () => {
    const { containers, initContainers, securityContext } = pod({ percona: { enabled: true } });
    expect(securityContext).toEqual({ fsGroup: 65532 });
    expect(containers[0]?.securityContext).toEqual(restricted);
    expect(initContainers?.[0]?.securityContext).toEqual({
      ...restricted,
      readOnlyRootFilesystem: true,
      runAsUser: 65532,
    });
  });

  test('an empty podSecurityContext leaves all ids to the platform', () => {
    const { containers, initContainers, securityContext } = pod({ percona: { enabled: true }, podSecurityContext: {} });
    expect(securityContext).toEqual({});
    for (const container of [...containers, ...(initContainers ?? [])]) {
      expect(container.securityContext?.runAsUser).toBeUndefined();
    }
  });

  test('all capabilities are dropped also when the user only adds one', () => {
    const added = serverOf({ securityContext: { capabilities: { add: ['NET_BIND_SERVICE'] } } });
    expect(added.securityContext?.capabilities).toEqual({ add: ['NET_BIND_SERVICE'], drop: ['ALL'] });
  });

  test("the user's own choice stands, and nothing that contradicts it is added", () => {
    expect(serverOf({ securityContext: { privileged: true } }).securityContext).not.toHaveProperty(
      'allowPrivilegeEscalation',
    );
    expect(serverOf({ securityContext: { runAsUser: 0 } }).securityContext).not.toHaveProperty('runAsNonRoot');
    expect(serverOf({ podSecurityContext: { runAsUser: 0 } }).securityContext).not.toHaveProperty('runAsNonRoot');
    expect(serverOf({ securityContext: { runAsNonRoot: false } }).securityContext?.runAsNonRoot).toBe(false);
    const podProfile = {
      podSecurityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'p.json' } as const },
    };
    expect(serverOf(podProfile).securityContext).not.toHaveProperty('seccompProfile');
  });
});

test('the content volume is there only when it has a size', () => {
  const names = (spec: Partial<DittoServerSpec>): unknown =>
    statefulSet(dittoServer({ storage, ...spec }), { configHash: '' }).spec?.volumeClaimTemplates?.map(
      ({ metadata }) => metadata?.name,
    );
  expect(names({})).toEqual(['metadata', 'controlplane']);
  expect(names({ storage: { metadataSize: '1Gi', contentSize: '1Gi' } })).toEqual([
    'metadata',
    'content',
    'controlplane',
  ]);
});

test.each(Object.entries(EXAMPLES))('volumes outlive pod and StatefulSet: %s', (_, server) => {
  expect(statefulSet(server, { configHash: '' }).spec?.persistentVolumeClaimRetentionPolicy).toEqual({
    whenDeleted: 'Retain',
    whenScaled: 'Retain',
  });
});

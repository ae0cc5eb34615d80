// The CRD on a real API server: what it refuses and in which words, what users see, and that objects stored under the Go operator's
// CRD, which had no rules, can still be changed, told about and deleted.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { CORE_FIELDS, structuralSchema, type OpenApi, type Schema } from '../../scripts/core-schemas.ts';
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import type { KubeObject } from '../../src/api/kubernetes.ts';
import { DITTO_SERVER } from '../../src/api/names.ts';
import { AdminError, apiPath } from '../kit/admin.ts';
import { attachCluster } from '../kit/cluster.ts';
import { waitForCrd } from '../kit/manifests.ts';
import { waitFor } from '../kit/wait-for.ts';

interface Crd extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: object;
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }];
  };
}

type Spec = Partial<DittoServerSpec>;

const cluster = attachCluster();
const crd = parse(readFileSync('deploy/crd/dittoserver.yaml', 'utf8')) as Crd;
const rootSchema = crd.spec.versions[0].schema.openAPIV3Schema;

const storage = { metadataSize: '1Gi' };
const withPercona = (percona: object = {}): Spec => ({ percona: { enabled: true, ...percona } });

function server(namespace: string, name: string, spec: Spec = {}, apiVersion: string = DITTO_SERVER.apiVersion) {
  return { apiVersion, kind: DITTO_SERVER.kind, metadata: { namespace, name }, spec: { storage, ...spec } };
}

/** What the API server has against a call: its causes, without the note that other rules were not checked. */
async function refusal(call: Promise<unknown>): Promise<readonly string[]> {
  try {
    await call;
    return [];
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    const status = JSON.parse(error.body) as {
      readonly message: string;
      readonly details?: { readonly causes?: readonly { readonly field: string; readonly message: string }[] };
    };
    const causes = status.details?.causes ?? [{ field: '', message: status.message }];
    return causes.filter(({ field }) => field !== '<nil>').map(({ field, message }) => `${field}: ${message}`);
  }
}

/** Strict, and nothing is stored. */
function tryCreate(object: KubeObject): Promise<unknown> {
  const { apiVersion, kind, metadata } = object;
  const path = apiPath({ apiVersion, kind, ...(metadata.namespace && { namespace: metadata.namespace }) });
  return cluster.admin.request('POST', path, { body: object, query: { dryRun: 'All', fieldValidation: 'Strict' } });
}

let namespace: string;
beforeAll(async () => {
  namespace = await cluster.namespace('crd');
});

describe('the schema of plain Kubernetes types', () => {
  test.each(CORE_FIELDS.map((field) => [field.path.join('.'), field] as const))(
    "of %s is the API server's own (else run: scripts/embed-core-schemas.ts)",
    async (_, { path, type, description }) => {
      const openApi = (await cluster.admin.request('GET', '/openapi/v3/api/v1')) as OpenApi;
      const ours = path.reduce((schema, step) => (schema.properties as Record<string, Schema>)[step] ?? {}, rootSchema);
      expect(ours).toEqual({ ...structuralSchema(openApi, type), description });
    },
  );
});

describe('a new DittoServer', () => {
  const refused: readonly (readonly [what: string, name: string, spec: Spec, causes: readonly string[]])[] = [
    ['a name of 52 characters', 'n'.repeat(52), {}, ['metadata.name: .*at most 51 characters']],
    ['a name with a dot', 'v1.2', {}, ['metadata.name: .*must not contain dots']],
    [
      'a name of 29 characters with Percona (D2)',
      'n'.repeat(29),
      withPercona(),
      ['metadata.name: .*at most 28 characters'],
    ],
    [
      'two databases',
      'a',
      { ...withPercona(), database: { postgresSecretRef: { name: 'external', key: 'k' } } },
      ['spec.database.postgresSecretRef: .*one database: remove either'],
    ],
    ['no storage', 'a', { storage: undefined } as never, ['spec.storage: Required value']],
    [
      'a size of nothing',
      'a',
      { storage: { metadataSize: '0Gi' } },
      ['spec.storage.metadataSize: .*more than nothing'],
    ],
    ['a size without unit', 'a', { storage: { metadataSize: '10' } }, ['spec.storage.metadataSize: .*should match']],
    ...['ten', '0', '-5Gi', '1e3Mi', '1e3', '1023Mi'].map(
      (storageSize) =>
        [
          `a database of ${storageSize} (V4)`,
          'a',
          withPercona({ storageSize }),
          ['spec.percona.storageSize: .*at least 1Gi, written as 10Gi'],
        ] as const,
    ),
    ...['1db', 'a b', 'a/b', '-a', 'template1', 'ü'].map(
      (databaseName) =>
        [
          `a database named ${databaseName}`,
          'a',
          withPercona({ databaseName }),
          ['spec.percona.databaseName: .*must be letters'],
        ] as const,
    ),
    [
      'a database name of 64 characters',
      'a',
      withPercona({ databaseName: 'd'.repeat(64) }),
      ['spec.percona.databaseName: Too long'],
    ],
    ['no database name', 'a', withPercona({ databaseName: '' }), ['spec.percona.databaseName: .*must be letters']],
    [
      'PostgreSQL 19',
      'a',
      withPercona({ postgresVersion: 19 }),
      ['spec.percona.postgresVersion: .*less than or equal to 18'],
    ],
    [
      'an unknown policy',
      'a',
      withPercona({ deletionPolicy: 'Keep' }),
      ['spec.percona.deletionPolicy: Unsupported value'],
    ],
    ['an unknown sslMode', 'a', withPercona({ sslMode: 'disable' }), ['spec.percona.sslMode: Unsupported value']],
    [
      'backups without bucket and endpoint',
      'a',
      withPercona({ backup: { enabled: true } }),
      ['spec.percona.backup.bucket: .*needs a bucket', 'spec.percona.backup.endpoint: .*needs an endpoint'],
    ],
    [
      'client certificates without TLS',
      'a',
      { controlPlane: { clientCASecretName: 'ca' } },
      ['spec.controlPlane.clientCASecretName: .*needs controlPlane.certSecretName'],
    ],
    [
      'a duration that is none',
      'a',
      { identity: { jwt: { secretRef: { key: '' }, accessTokenDuration: '15 minutes' } } },
      ['spec.identity.jwt.accessTokenDuration: .*must be a duration such as 15m'],
    ],
    ['two replicas', 'a', { replicas: 2 }, ['spec.replicas: .*less than or equal to 1']],
    [
      'a field that does not exist',
      'a',
      { cacheSize: '1Gi' } as never,
      ['strict decoding error: unknown field "spec.cacheSize"'],
    ],
  ];

  test.each(refused)('is refused with %s, and told which field and how to mend it', async (_, name, spec, causes) => {
    const found = await refusal(tryCreate(server(namespace, name, spec)));
    expect(found).toHaveLength(causes.length);
    for (const cause of causes) expect(found).toContainEqual(expect.stringMatching(cause));
  });

  const accepted: readonly (readonly [what: string, name: string, spec: Spec])[] = [
    ['a name of 51 characters', 'n'.repeat(51), {}],
    ['a name of 28 characters with Percona (D2)', 'n'.repeat(28), withPercona()],
    ['the name of the sample (D2)', 'dittofs-percona', withPercona()],
    ['a name that begins with a digit', '2024-files', {}],
    ['an external database', 'a', { database: { postgresSecretRef: { name: 'external', key: 'k' } } }],
    [
      'an external database beside Percona that is off',
      'a',
      { percona: { enabled: false }, database: { postgresSecretRef: { name: 'e', key: 'k' } } },
    ],
    ...['1Gi', '10G', '1.5Ti', '2e9'].map(
      (storageSize) => [`a database of ${storageSize}`, 'a', withPercona({ storageSize })] as const,
    ),
    ...['dittofs', 'Ditto_FS-2', '_x'].map(
      (databaseName) => [`a database named ${databaseName}`, 'a', withPercona({ databaseName })] as const,
    ),
    [
      'backups (D5)',
      'a',
      withPercona({
        backup: { enabled: true, bucket: 'b', endpoint: 'https://s3.example.com', region: 'US', retentionDays: 4 },
      }),
    ],
    [
      'durations as Go writes them',
      'a',
      { identity: { jwt: { secretRef: { key: '' }, accessTokenDuration: '1h30m', refreshTokenDuration: '1.5h' } } },
    ],
    ['resources as numbers and as text', 'a', { resources: { limits: { cpu: 2, memory: '1Gi' } } }],
  ];

  test.each(accepted)('is accepted with %s', async (_, name, spec) => {
    expect(await refusal(tryCreate(server(namespace, name, spec)))).toEqual([]);
  });

  test('shows a status from the first moment, before anybody has looked', async () => {
    const created = await cluster.admin.create<KubeObject>(server(namespace, 'new', withPercona()));
    expect(created).toMatchObject({
      spec: { replicas: 1, percona: { replicas: 1, postgresVersion: 16, storageSize: '10Gi', sslMode: 'require' } },
      status: {
        phase: 'Pending',
        observedGeneration: -1,
        conditions: [{ type: 'Ready', status: 'Unknown', reason: 'Queued' }],
      },
    });
    expect(created).not.toHaveProperty('spec.percona.deleteWithServer');
    expect(created).not.toHaveProperty('spec.percona.deletionPolicy');
  });

  test('is told in the columns of kubectl get', async () => {
    const lines = (await cluster.kubectl('get', 'ditto', 'new', '--namespace', namespace, '--output', 'wide')).split(
      '\n',
    );
    expect(lines[0]?.split(/\s{2,}/)).toEqual([
      'NAME',
      'READY',
      'REASON',
      'PHASE',
      'REPLICAS',
      'DATABASE',
      'MESSAGE',
      'AGE',
    ]);
    expect(lines[1]).toContain('Unknown   Queued   Pending   1');
    expect(lines[1]).toContain('waiting for the provisioner to see this DittoServer');
  });

  test('is explained by kubectl, fields of Kubernetes itself included', async () => {
    expect(await cluster.kubectl('explain', 'dittoservers.spec.percona.deletionPolicy')).toContain(
      'Retain keeps it running',
    );
    expect(await cluster.kubectl('explain', 'dittoservers.spec.securityContext.capabilities')).toContain('drop');
  });
});

describe('a change', () => {
  /** Stores a DittoServer in the given state and says what is against a change of its spec. */
  async function change(name: string, from: Spec, status: object, to: Spec): Promise<readonly string[]> {
    const object = server(namespace, name, from);
    await cluster.admin.create(object);
    const ref = { ...DITTO_SERVER, namespace, name };
    await cluster.admin.patch(ref, { status }, 'status');
    return refusal(cluster.admin.patch(ref, { spec: to }));
  }
  const provisioned = { configHash: 'digest' };

  test('may write the size of a volume that exists in another unit, and enlarge it (S3)', async () => {
    expect(await change('unit', {}, provisioned, { storage: { metadataSize: '1024Mi' } })).toEqual([]);
    expect(await change('grow', {}, provisioned, { storage: { metadataSize: '2Gi' } })).toEqual([]);
  });

  test('may not shrink volumes once they exist; each is told (S3)', async () => {
    const from = { storage: { metadataSize: '2Gi', contentSize: '2Gi', controlPlaneSize: '2Gi' } };
    const to = { storage: { metadataSize: '1Gi', contentSize: '1Gi', controlPlaneSize: '1Gi' } };
    const found = await change('shrink', from, provisioned, to);
    expect(found).toHaveLength(3);
    for (const field of ['metadataSize', 'contentSize', 'controlPlaneSize']) {
      expect(found).toContainEqual(expect.stringMatching(`spec.storage.${field}: .*put back the former size`));
    }
  });

  test('may correct a size as long as there is no volume', async () => {
    expect(
      await change('typo', { storage: { metadataSize: '100Ti' } }, {}, { storage: { metadataSize: '100Gi' } }),
    ).toEqual([]);
  });

  test('may not shrink the volume of a database that exists', async () => {
    const from = withPercona({ storageSize: '20Gi' });
    const status = { perconaClusterName: 'x-postgres' };
    expect(await change('shrink-database', from, status, { percona: { storageSize: '10Gi' } })).toEqual([
      expect.stringMatching('spec.percona.storageSize: .*may only grow'),
    ]);
  });

  test('may not switch Percona on under a name that is too long for it', async () => {
    expect(await change('n'.repeat(40), {}, {}, withPercona())).toEqual([
      expect.stringMatching('metadata.name: .*at most 28 characters'),
    ]);
  });

  test('may not configure a second database', async () => {
    const external = { database: { postgresSecretRef: { name: 'external', key: 'k' } } };
    expect(await change('second', withPercona(), {}, external)).toEqual([expect.stringMatching('remove either')]);
  });

  test('may drop the size of the content volume and the whole of percona: what that means is told in a condition', async () => {
    const from = { storage: { metadataSize: '1Gi', contentSize: '1Gi' }, ...withPercona() };
    const status = { ...provisioned, perconaClusterName: 'x-postgres' };
    expect(await change('drop', from, status, { storage: { contentSize: null }, percona: null } as never)).toEqual([]);
  });
});

describe("an object stored under the Go operator's CRD", () => {
  // A group of its own, so that no other test sees the CRD change.
  const group = 'former.dittofs.test';
  const name = `dittoservers.${group}`;
  const apiVersion = `${group}/v1alpha1`;

  function crdWith(schema: Schema): KubeObject {
    const [version] = crd.spec.versions;
    const versions = [{ ...version, schema: { openAPIV3Schema: schema } }];
    const names = { ...crd.spec.names, shortNames: [] };
    return { ...crd, metadata: { name }, spec: { ...crd.spec, group, names, versions } } as KubeObject;
  }

  /** The schema as that operator shipped it: no rules, no bounds of texts, and a default for deleteWithServer. */
  function former(schema: unknown): unknown {
    if (Array.isArray(schema)) return schema.map(former);
    if (typeof schema !== 'object' || schema === null) return schema;
    const added = ['x-kubernetes-validations', 'maxLength', 'minLength'];
    const kept = Object.entries(schema).filter(
      ([key, value]) => !(added.includes(key) && typeof value !== 'object') && key !== added[0],
    );
    return Object.fromEntries(kept.map(([key, value]) => [key, former(value)]));
  }

  const hostile: readonly [what: string, name: string, spec: object][] = [
    ['a name that is too long for everything', 'n'.repeat(60), { storage }],
    ['a name that is too long for its database', 'n'.repeat(40), { storage, ...withPercona() }],
    ['a name with dots', 'a.b.c', { storage }],
    [
      'two databases',
      'two-databases',
      { storage, ...withPercona(), database: { postgresSecretRef: { name: 'external', key: 'k' } } },
    ],
    ['sizes that are none', 'sizes', { storage: { metadataSize: '0Gi' }, ...withPercona({ storageSize: 'ten' }) }],
    ['a database name that is none', 'database-name', { storage, ...withPercona({ databaseName: 'a/b' }) }],
    ['backups that go nowhere', 'backups', { storage, ...withPercona({ backup: { enabled: true } }) }],
    ['client certificates without TLS', 'tls', { storage, controlPlane: { clientCASecretName: 'ca' } }],
    [
      'a duration that is none',
      'duration',
      { storage, identity: { jwt: { secretRef: { key: '' }, accessTokenDuration: 'soon' } } },
    ],
  ];
  const ref = (object: string) => ({ apiVersion, kind: 'DittoServer', namespace, name: object });

  beforeAll(async () => {
    const before = former(rootSchema) as Schema;
    const { apiVersion: version, kind, spec, status } = before.properties as Record<string, Schema>;
    const properties = { apiVersion: version, kind, spec, status };
    await cluster.admin.apply(crdWith({ ...before, properties }));
    await waitForCrd(cluster.admin, name);
    for (const [, object, spec] of hostile) {
      await cluster.admin.create({
        apiVersion,
        kind: 'DittoServer',
        metadata: { namespace, name: object },
        spec,
      } as KubeObject);
    }
    await cluster.admin.create({
      apiVersion,
      kind: 'DittoServer',
      metadata: { namespace, name: 'no-spec' },
    });
    await cluster.admin.apply(crdWith(rootSchema));
    // The new schema takes a moment: until then a DittoServer that it refuses is still accepted.
    const probe = server(namespace, 'probe.with.dots', {}, apiVersion);
    await waitFor('the new schema is in force', async () => (await refusal(tryCreate(probe))).length > 0);
  });
  afterAll(() =>
    cluster.admin.delete({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name }),
  );

  const all = [...hostile.map(([what, object]) => [what, object] as const), ['no spec at all', 'no-spec'] as const];

  test.each(all)('with %s takes labels, finalizers, status and other fields, and can be deleted', async (_, object) => {
    const admin = cluster.admin;
    const finalizers = ['example.com/hold'];
    await admin.patch(ref(object), { metadata: { labels: { touched: 'yes' }, finalizers } });
    await admin.patch(ref(object), { status: { phase: 'Pending', observedGeneration: 1 } }, 'status');
    if (object !== 'no-spec') {
      await admin.patch(ref(object), {
        spec: { image: 'example.com/dittofs:1', percona: { replicas: 2, backup: { retentionDays: 3 } } },
      });
      await admin.patch(ref(object), {
        spec: { controlPlane: { port: 9000 }, storage: { storageClassName: 'other' } },
      });
    }
    await admin.delete(ref(object));
    expect(await admin.get<KubeObject>(ref(object))).toHaveProperty('metadata.deletionTimestamp');
    await admin.patch(ref(object), { metadata: { finalizers: [] } });
    expect(await admin.get(ref(object))).toBeUndefined();
  });
});

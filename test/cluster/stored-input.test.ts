// What is stored need not have passed our CRD: it may have been stored under an older schema, or under none. Each mistake is told with
// its field, harms nothing and costs nothing until it is mended. On a cluster of its own, whose CRD at first takes everything.
import { numbersFrom } from '../kit/random.ts';
import { join } from 'node:path';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER } from '../../src/api/names.ts';
import { AdminError, apiPath } from '../kit/admin.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { readManifests } from '../kit/manifests.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { hostileSpec } from '../unit/hostile.ts';
import { aSecond } from './support/a-second.ts';
import { complaints } from './support/log.ts';
import { useStage } from './support/stage.ts';
import { type Subject } from './support/subject.ts';

const stage = useStage({ name: 'stored', own: { percona: false } });

const [crd] = readManifests(join(import.meta.dirname, '..', '..', 'deploy', 'crd', 'dittoserver.yaml'));
if (!crd) throw new Error('deploy/crd/dittoserver.yaml holds no object');

interface Crd extends KubeObject {
  readonly spec: { readonly versions: readonly [{ readonly schema: object }] };
}

/** Our CRD with a schema that takes everything. */
function withoutSchema(strict: Crd): Crd {
  const [version] = strict.spec.versions;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return { ...strict, spec: { ...strict.spec, versions: [{ ...version, schema }] } };
}

const storage = { metadataSize: '1Gi' };
const percona = (more: object): object => ({ storage, percona: { enabled: true, ...more } });
const jwt = (secretRef: object): object => ({ storage, identity: { jwt: { secretRef } } });

/** Name → what is stored as its specification, and what is said of it. */
const WRONG: Readonly<Record<string, readonly [spec: unknown, message: RegExp]>> = {
  'no-spec': [undefined, /^spec is missing: at least spec\.storage\.metadataSize/],
  'null-spec': [null, /^spec is missing/],
  'empty-spec': [{}, /^spec\.storage\.metadataSize is missing/],
  'text-spec': ['nonsense', /^spec is "nonsense", but must be an object/],
  'list-spec': [[1, 2], /^spec is a list, but must be an object/],
  'size-ten': [percona({ storageSize: 'ten' }), /^spec\.percona\.storageSize "ten" is no quantity/],
  'size-0': [percona({ storageSize: '0' }), /^spec\.percona\.storageSize "0" is below the minimum of 1Gi/],
  'size-minus': [percona({ storageSize: '-5Gi' }), /^spec\.percona\.storageSize "-5Gi" is no quantity/],
  'size-1e3mi': [percona({ storageSize: '1e3Mi' }), /^spec\.percona\.storageSize "1e3Mi" is no quantity/],
  'size-1e3': [percona({ storageSize: '1e3' }), /^spec\.percona\.storageSize "1e3" is below the minimum of 1Gi/],
  'size-number': [percona({ storageSize: 10 }), /^spec\.percona\.storageSize is 10, but must be text/],
  'replicas-minus': [{ storage, replicas: -1 }, /^spec\.replicas -1 is not possible: use 1, or 0/],
  'replicas-many': [{ storage, replicas: 1e9 }, /^spec\.replicas 1000000000 is not possible/],
  'replicas-text': [{ storage, replicas: 'two' }, /^spec\.replicas is "two", but must be a whole number/],
  'unknown-word': [{ storage, service: { type: 'Ingress' } }, /^spec\.service\.type is "Ingress", but must be one of/],
  'list-percona': [{ storage, percona: [] }, /^spec\.percona is a list/],
  'long-text': [{ storage, logging: { level: 'x'.repeat(300_000) } }, /^spec\.logging\.level is "x+… \(300002 characters\)/],
  'path-for-secret': [jwt({ name: '../../kube-system/secrets/x', key: 'k' }), /which cannot be the name of a Secret/],
  'dots-for-secret': [jwt({ name: '..', key: 'k' }), /^spec\.identity\.jwt\.secretRef\.name is text \(not shown here\), which/],
  'dots-for-class': [{ storage: { ...storage, storageClassName: '..' } }, /^spec\.storage\.storageClassName is "\.\."/],
}; // prettier-ignore

/** Stores it whatever it is; a schema takes effect a moment after it was stored. */
async function store(name: string, spec: unknown, metadata: object = {}): Promise<void> {
  const { namespace, cluster } = stage;
  const path = `/apis/${DITTO_SERVER.apiVersion}/namespaces/${namespace}/dittoservers`;
  const body = { ...DITTO_SERVER, metadata: { ...metadata, namespace, name }, ...(spec !== undefined && { spec }) };
  await waitFor(`${name} is stored`, () =>
    cluster.admin.request('POST', path, { body }).catch((error: unknown) => {
      if (error instanceof AdminError && error.status === 409) return true;
      throw error;
    }),
  );
}

/** Writes of the provisioner to anything but status. */
const madeOf = (server: Subject): readonly string[] =>
  server.writes().filter(({ subresource, resource }) => subresource !== 'status' && resource !== 'events').map(({ verb, resource }) => `${verb} ${resource}`); // prettier-ignore

/** Looks are at an end for now: nobody asks the API server again before something changes. */
async function expectRest(servers: readonly Subject[]): Promise<void> {
  const before = await Promise.all(servers.map((server) => server.state()));
  const since = new Date();
  await pause(6_000);
  const after = await Promise.all(servers.map((server) => server.state()));
  const looks = after.map(({ passes }, i) => passes - (before[i]?.passes ?? 0));
  expect(Math.max(...looks)).toBeLessThanOrEqual(1);
  expect(servers.flatMap((server) => server.writes(since))).toEqual([]);
}

beforeAll(async () => {
  await stage.cluster.admin.apply(withoutSchema(crd as Crd));
  // The old schema is in force until it is not: it refuses this one.
  await store('first', { storage, probe: true });
  await waitFor('the CRD takes everything', async () => {
    await stage.cluster.admin.apply<KubeObject>({ ...DITTO_SERVER, metadata: { namespace: stage.namespace, name: 'probe' }, spec: 'x' } as never, { dryRun: true }); // prettier-ignore
    return true;
  });
});

test('every mistake is told within a second with its field, nothing is made, and nothing is tried again (V4)', async () => {
  const names = Object.keys(WRONG);
  const errors = complaints(stage.provisioner).length;
  for (const name of names) {
    const began = Date.now();
    const [spec, message] = WRONG[name] ?? [];
    await store(name, spec);
    const told = await stage.subject(name).untilTold({ type: 'ConfigReady', status: 'False', reason: 'InvalidSpec' });
    expect(told.message).toMatch(message ?? /^$/);
    expect(Date.now() - began).toBeLessThan(aSecond());
  }
  const servers = names.map((name) => stage.subject(name));
  for (const server of servers) {
    await server.untilTold({ type: 'Ready', status: 'False', reason: 'InvalidSpec' });
    await server.untilTold({ type: 'Stalled', status: 'False' });
    expect(madeOf(server)).toEqual([]);
  }
  await expectRest(servers);
  expect(complaints(stage.provisioner).slice(errors)).toEqual([]);
});

test('names that no child can have are told within a second, once, and nothing is made (V1, V2)', async () => {
  const NAMES: readonly (readonly [string, boolean, string, RegExp])[] = [
    ['v1.2', false, 'NameInvalid', /"v1\.2" has a dot.*create it again under another name/],
    ['a.b.c', true, 'NameInvalid', /"a\.b\.c" has a dot/],
    ['n'.repeat(52), false, 'NameTooLong', /52 characters, but at most 51/],
    ['n'.repeat(29), true, 'NameTooLong', /29 characters, but at most 28/],
    ['n'.repeat(63), false, 'NameTooLong', /63 characters, but at most 51/],
    ['n'.repeat(63).replace(/^n/, 'p'), true, 'NameTooLong', /63 characters, but at most 28/],
    ['n'.repeat(64), false, 'NameTooLong', /64 characters, but at most 51/],
    ['n'.repeat(253), true, 'NameTooLong', /253 characters, but at most 28/],
  ];
  const servers = NAMES.map(([name]) => stage.subject(name));
  for (const [i, [name, withPercona, reason, message]] of NAMES.entries()) {
    const began = Date.now();
    await store(name, withPercona ? percona({}) : { storage });
    await servers[i]?.untilTold({ type: 'ConfigReady', status: 'False', reason, message });
    expect(Date.now() - began).toBeLessThan(aSecond());
  }
  await expectRest(servers);
  for (const server of servers) {
    expect(madeOf(server)).toEqual([]);
    expect(server.writes().filter(({ subresource }) => subresource === 'status')).toHaveLength(1);
  }
});

test('what is odd and yet makes sense is provisioned: null, unknown fields, 10G, odd annotations (V4)', async () => {
  const annotations = {
    'dittofs.io/paused': 'maybe',
    'example.com/long': 'x'.repeat(200_000),
    'example.com/empty': '',
  };
  await store('nulls', { storage: { ...storage, contentSize: null }, image: null, percona: null, cacheSize: '1Gi', nfs: {} }, { annotations }); // prettier-ignore
  await stage.subject('nulls').untilReady();
  await store('size-10g', percona({ storageSize: '10G' }));
  await stage.subject('size-10g').untilTold({ type: 'ConfigReady', status: 'True' });
  await stage.subject('size-10g').untilTold({ type: 'DatabaseReady', reason: 'DatabaseAPIMissing' });
});

test('a mistake that is mended is provisioned, and one that is made later leaves the pods alone (V4)', async () => {
  const server = stage.subject('replicas-text');
  await stage.cluster.admin.patch(server.ref, { spec: { replicas: 1 } });
  await server.untilReady();
  const pod = (await server.pod())?.metadata.uid;
  await stage.cluster.admin.patch(server.ref, { spec: { replicas: 'none', storage: 'big' } });
  await server.untilTold({ type: 'ConfigReady', status: 'False', reason: 'InvalidSpec', message: /spec\.storage is "big"|spec\.replicas is "none"/ }); // prettier-ignore
  await server.reconcileNow(2);
  await server.untilTold({ type: 'Available', status: 'True' });
  expect((await server.get())?.status?.phase).toBe('Running');
  expect((await server.pod())?.metadata.uid).toBe(pod);
  expect(await server.revisions()).toBe(1);
});

test('a status that is nonsense is written anew, once (V4)', async () => {
  const server = stage.subject('nulls');
  const { admin } = stage.cluster;
  for (const status of ['x', { conditions: 'none', phase: 5, configHash: [] }, { conditions: [null, { type: 'Ready' }, 7] }]) {
    await admin.patch(server.ref, { status }, 'status');
    await server.untilReady();
    await server.untilQuiet();
    expect((await server.get())?.status?.phase).toBe('Running');
  }
  expect(complaints(stage.provisioner)).toEqual([]);
}); // prettier-ignore

test('thirty DittoServers with fields of any kind: each ends told of or provisioned, without an error (V4)', async () => {
  const random = numbersFrom(11);
  const names = Array.from({ length: 30 }, (_, i) => `any-${i}`);
  for (const name of names) await store(name, hostileSpec(random));
  for (const name of names) {
    const server = stage.subject(name);
    await waitFor(
      `${name} is told of`,
      async () => (await server.get())?.status?.conditions?.some(({ type }) => type === 'ConfigReady'),
      { seen: server.says, timeoutMs: 60_000 },
    );
  }
  expect(complaints(stage.provisioner)).toEqual([]);
});

describe('when the CRD is the present one again, over what is stored', () => {
  beforeAll(async () => {
    await stage.cluster.admin.apply(crd);
    await waitFor('the present CRD is in force', async () => {
      const metadata = { namespace: stage.namespace, name: 'v2.0' };
      const object = { ...DITTO_SERVER, metadata, spec: { storage } } as KubeObject & DittoServer;
      return stage.cluster.admin.apply(object, { dryRun: true }).then(
        () => false,
        (error: unknown) => error instanceof AdminError && error.status === 422,
      );
    });
  });

  test('a restarted provisioner goes on telling, without an error, and makes nothing (V4)', async () => {
    const before = complaints(stage.provisioner).length;
    await stage.provisioner.kill('SIGTERM');
    await stage.provisioner.start();
    const servers = ['no-spec', 'size-ten', 'replicas-many', 'list-percona', 'text-spec', 'size-number'].map((name) => stage.subject(name)); // prettier-ignore
    for (const server of servers) {
      await server.reconcileNow();
      await server.untilTold({ type: 'ConfigReady', status: 'False' });
      expect(madeOf(server)).toEqual([]);
    }
    expect(complaints(stage.provisioner).slice(before)).toEqual([]);
  });

  test('a field of a wrong type is told of in status, although nothing can be applied to such an object (V4)', async () => {
    // Its status was told when it was sound, and says so: it is to be told anew.
    const server = stage.subject('list-percona');
    await stage.cluster.admin.request('PATCH', `${apiPath(server.ref)}/status`, {
      body: { status: { conditions: [] } },
      contentType: 'application/merge-patch+json',
    });
    await server.untilTold({ type: 'ConfigReady', status: 'False', message: /^spec\.percona is a list/ });
    await server.reconcileNow(2);
    expect((await server.state()).story).toMatchObject({ stage: 'Blocked', reason: 'InvalidSpec' });
  });

  test('all of them can be deleted (V4)', async () => {
    const all = await stage.cluster.admin.list<KubeObject>({ ...DITTO_SERVER, namespace: stage.namespace });
    expect(all.length).toBeGreaterThan(50);
    await stage.cluster.kubectl('delete', 'dittoserver', '--all', '-n', stage.namespace, '--timeout=60s');
    expect(await stage.cluster.admin.list({ ...DITTO_SERVER, namespace: stage.namespace })).toEqual([]);
  });
});

// Passwords and other inputs that change, as a cluster sees it: one restart for each real change, and none otherwise.
import { ANNOTATIONS } from '../../src/api/names.ts';
import { apiPath } from '../kit/admin.ts';
import type { KubeObject, Pod } from '../kit/kubernetes-types.ts';
import { scramVerifier } from '../kit/scram.ts';
import { waitFor } from '../kit/wait-for.ts';
import { record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

type Data = Readonly<Record<string, string>>;
type Secret = KubeObject & { readonly data?: Data };

const stage = useStage({ name: 'rotation', env: { AUDIT_INTERVAL: '1s' } });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

let pods: Recording<Pod>;
beforeAll(async () => {
  pods = await record<Pod>(stage.cluster, { apiVersion: 'v1', kind: 'Pod', namespace: stage.namespace });
});
afterAll(() => pods.stop());

const secretRef = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace: stage.namespace, name });
const starts = ({ name }: Subject): number => pods.versions(`${name}-0`).filter(({ type }) => type === 'ADDED').length;

async function ready(name: string, spec: Parameters<Subject['apply']>[0] = PERCONA): Promise<Subject> {
  const server = stage.subject(name);
  await server.apply(spec);
  await server.untilReady();
  await server.untilQuiet();
  return server;
}

/** Makes, or replaces the values of, a Secret of the user's. */
async function putSecret(name: string, data: Data): Promise<void> {
  await stage.cluster.admin.apply({ ...bare(name), data } as KubeObject);
}
const bare = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { namespace: stage.namespace, name },
});

/** A JSON merge patch by a field manager of that name. */
async function patchBy(fieldManager: string, server: Subject, patch: object): Promise<void> {
  await stage.cluster.admin.request('PATCH', apiPath(server.children.postgresUserSecret), {
    body: patch,
    contentType: 'application/merge-patch+json',
    query: { fieldManager },
  });
}

/** Does something, and waits until the server is ready with one pod more than before: neither none nor two. */
async function expectOneRestart(server: Subject, change: () => Promise<unknown>): Promise<void> {
  const before = { starts: starts(server), revisions: await server.revisions() };
  await change();
  await waitFor('another pod', () => starts(server) > before.starts, { seen: () => server.says() });
  await server.untilReady();
  await server.untilQuiet();
  expect(starts(server)).toBe(before.starts + 1);
  expect(await server.revisions()).toBe(before.revisions + 1);
}

/** Does something, lets it be looked at, and expects the same template and the same pod. */
async function expectNoRestart(server: Subject, change: () => Promise<unknown>): Promise<void> {
  const before = { starts: starts(server), revisions: await server.revisions() };
  await change();
  await server.reconcileNow(3);
  await server.untilQuiet();
  expect({ starts: starts(server), revisions: await server.revisions() }).toEqual(before);
}

/** The steps that its workflow has taken, in order. */
async function stepsOf(server: Subject): Promise<readonly string[]> {
  const { events } = await server.workflow().fetchHistory();
  return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
}

describe('the annotation dittofs.io/rotate-password', () => {
  const valueOf = async (server: Subject, key: string): Promise<string | undefined> =>
    (await stage.cluster.admin.get<Secret>(server.children.postgresUserSecret))?.data?.[key];
  const ask = (server: Subject, value: string) =>
    stage.cluster.admin.patch(server.ref, { metadata: { annotations: { [ANNOTATIONS.rotatePassword]: value } } });

  test('changes the password: emptied, made anew by the operator, tried, and rolled out once', async () => {
    const server = await ready('asked');
    const [before, taken, since] = [await valueOf(server, 'password'), await stepsOf(server), new Date()];
    await expectOneRestart(server, () => ask(server, 'first'));
    expect(await valueOf(server, 'password')).not.toBe(before);
    expect((await stepsOf(server)).slice(taken.length, taken.length + 3)).toEqual([
      'rotateDatabasePassword',
      'verifyDatabaseLogin',
      'applyStatefulSet',
    ]);
    const patches = server.writes(since).filter(({ resource }) => resource === 'secrets');
    expect(patches.filter(({ verb }) => verb === 'patch')).toHaveLength(1);
  });

  test('does nothing for a value that was carried out, though everything that was remembered is lost', async () => {
    const server = stage.subject('asked');
    const before = await valueOf(server, 'password');
    await expectNoRestart(server, async () => {
      await ask(server, 'first');
      const { runId } = await server.workflow().describe();
      await server.workflow().terminate('a test');
      await waitFor('another run', async () => (await server.workflow().describe()).runId !== runId);
    });
    expect(await valueOf(server, 'password')).toBe(before);
  });

  test('carries on where a killed provisioner left off, and asks the operator once', async () => {
    const server = stage.subject('asked');
    const since = new Date();
    const asked = () => server.writes(since).filter(({ resource, verb }) => resource === 'secrets' && verb === 'patch');
    await expectOneRestart(server, async () => {
      await ask(server, 'second');
      await waitFor('the Secret is written', () => asked().length > 0, { everyMs: 1 });
      await stage.provisioner.kill();
      await stage.provisioner.start();
    });
    expect(asked()).toHaveLength(1);
  });
});

test('two controllers that rewrite the Secret in turns restart nothing; when it rests, it is one restart (R1)', async () => {
  const server = await ready('contested');
  const secret = await stage.cluster.admin.get<Secret>(server.children.postgresUserSecret);
  const password = 'chosen-by-another-controller';
  const uri = Buffer.from(secret?.data?.['uri'] ?? '', 'base64').toString();
  const whole = {
    ...secret?.data,
    password: base64(password),
    uri: base64(uri.replace(/:[^:@]+@/, `:${password}@`)),
    verifier: base64(scramVerifier(password)),
  };
  const lost = Object.fromEntries(Object.keys(whole).map((key) => [key, null]));
  const before = { starts: starts(server), revisions: await server.revisions() };
  await stage.cluster.controls.stopPercona();
  try {
    for (let round = 0; round < 6; round += 1) {
      await patchBy('external-sync', server, { data: { ...lost, password: whole.password } });
      await waitFor('the half Secret was looked at', () => isHeld(server));
      await patchBy('other-controller', server, { data: whole });
      await server.reconcileNow();
    }
    const told = await server.untilTold({ type: 'DatabaseReady', reason: 'CredentialsUnstable' });
    expect(told.message).toMatch(/external-sync and other-controller both write/);
    expect({ starts: starts(server), revisions: await server.revisions() }).toEqual(before);
    await waitFor('the pod with the resting password', () => starts(server) > before.starts, { seen: server.says });
    await server.untilReady();
    await server.untilQuiet();
    expect({ starts: starts(server), revisions: await server.revisions() }).toEqual({
      starts: before.starts + 1,
      revisions: before.revisions + 1,
    });
  } finally {
    await stage.cluster.controls.startPercona();
  }
});

const isHeld = async (server: Subject): Promise<boolean> => !(await server.reconcileNow())?.story.ready;

test('a Secret of which labels, annotations and verifier are written again and again writes nothing (R2)', async () => {
  const server = await ready('touched');
  const since = new Date();
  await expectNoRestart(server, async () => {
    for (let touch = 0; touch < 30; touch += 1) {
      const label = { labels: { touched: `n${touch}` }, annotations: { touched: `n${touch}` } };
      await patchBy('external-sync', server, { metadata: label, data: { verifier: base64(`n${touch}`) } });
      await server.reconcileNow();
    }
  });
  expect(server.writes(since)).toEqual([]);
});

test('generated Secrets stay as they are when the provisioner is restarted or Temporal loses everything (R5)', async () => {
  const server = await ready('generated', BASIC);
  const read = () =>
    Promise.all(
      [server.children.jwtSecret, server.children.adminSecret].map((ref) => stage.cluster.admin.get<Secret>(ref)),
    );
  const before = await read();
  await expectNoRestart(server, async () => {
    await stage.provisioner.kill();
    await stage.cluster.controls.wipeTemporal();
    await stage.provisioner.start();
    await waitFor('another run', async () => (await server.state()).story.ready, { seen: () => server.says() });
  });
  expect(await read()).toEqual(before);
});

test('Secrets that come after the DittoServer: named until they are there, and one pod right after the last (R6)', async () => {
  const server = stage.subject('early');
  const kerberos = { enabled: true, servicePrincipal: 'nfs/files@EXAMPLE.COM', realm: 'EXAMPLE.COM' };
  await server.apply({
    ...BASIC,
    identity: {
      jwt: { secretRef: { name: 'late-jwt', key: 'key' } },
      admin: { passwordSecretRef: { name: 'late-admin', key: 'key' } },
      kerberos: { ...kerberos, keytabSecretRef: { name: 'late-keytab', key: 'key' } },
    },
  });
  const left = ['late-jwt', 'late-admin', 'late-keytab'];
  while (left.length > 0) {
    const first = new RegExp(`^missing: Secret "${left[0] ?? ''}"`);
    const told = await server.untilTold({ type: 'ConfigReady', reason: 'InputsMissing', message: first });
    expect(told.message.match(/late-\w+/g)).toEqual(left);
    expect(await server.statefulSet()).toBeUndefined();
    await putSecret(left.shift() ?? '', { key: base64('a value that is long enough for each of them') });
  }
  await server.untilReady();
  expect(starts(server)).toBe(1);
  const waiting = pods
    .versions('early-0')
    .flatMap(({ object }) => object.status?.containerStatuses ?? [])
    .map(({ state }) => state.waiting?.reason);
  expect(waiting).not.toContain('CreateContainerConfigError');
});

describe('a server with a directory and a token for its metrics', () => {
  const SPEC = {
    ...BASIC,
    identity: {
      ldap: { enabled: true, url: 'ldaps://l', baseDN: 'dc=l', bindDN: 'cn=d', bindPasswordSecretRef: { name: 'ldap', key: 'key' } },
    },
    metrics: { enabled: true, bearerTokenSecret: { name: 'token', key: 'key' } },
  }; // prettier-ignore
  let server: Subject;
  beforeAll(async () => {
    await Promise.all(['ldap', 'token'].map((name) => putSecret(name, { key: base64(`first value of ${name}`) })));
    server = await ready('inputs', SPEC);
  });

  test.each(['ldap', 'token'])('another value in Secret "%s" is one restart', async (name) => {
    await expectOneRestart(server, () => putSecret(name, { key: base64(`second value of ${name}`) }));
  });

  test('a Secret that disappears changes nothing, is told, and may come back', async () => {
    await expectNoRestart(server, async () => {
      await stage.cluster.admin.delete(secretRef('ldap'));
      await server.untilTold({ type: 'ConfigReady', reason: 'InputsMissing', message: /"ldap"/ });
      await server.untilTold({ type: 'Progressing', reason: 'HeldBack', message: /keep the configuration/ });
      await putSecret('ldap', { key: base64('second value of ldap') });
      await server.untilReady();
    });
  });

  test.each<[string, object]>([
    ['snapshotPolicies', { snapshotPolicies: [{ share: '/export', interval: '@daily' }] }],
    ['service', { service: { type: 'ClusterIP', annotations: { 'example.com/a': 'b' } } }],
    ['adapterServices', { adapterServices: { type: 'ClusterIP', annotations: { 'example.com/a': 'b' } } }],
    ['adapterDiscovery', { adapterDiscovery: { pollingInterval: '7s' } }],
  ])('an edit of spec.%s restarts nothing', async (_, more) => {
    await expectNoRestart(server, async () => {
      await server.apply({ ...SPEC, ...more });
      await server.untilReady();
    });
  });

  test.each<[string, object]>([
    ['logging', { logging: { level: 'DEBUG' } }],
    ['resources', { resources: { limits: { memory: '2Gi' } } }],
  ])('an edit of spec.%s is one restart', async (_, more) => {
    await expectOneRestart(server, () => server.apply({ ...SPEC, ...more }));
  });

  test('a restart that a person asks for is left alone: one restart, and the mark of it stays', async () => {
    const since = new Date();
    const asked = async () =>
      (await server.statefulSet())?.spec?.template.metadata?.annotations?.['kubectl.kubernetes.io/restartedAt'];
    await expectOneRestart(server, () =>
      stage.cluster.kubectl('rollout', 'restart', 'statefulset/inputs', '--namespace', stage.namespace),
    );
    const at = await asked();
    expect(at).toBeDefined();
    expect(server.writes(since).filter(({ resource }) => resource === 'statefulsets')).toEqual([]);
    await expectOneRestart(server, () => server.apply({ ...SPEC, logging: { level: 'WARN' } }));
    expect(await asked()).toBe(at);
  });
});

test('settings of Percona restart PostgreSQL at most, never the server', async () => {
  const server = await ready('settings');
  await expectNoRestart(server, async () => {
    await server.apply({ ...BASIC, percona: { enabled: true, storageSize: '1Gi', replicas: 2, resources: { limits: { memory: '1Gi' } } } }); // prettier-ignore
    await server.untilReady();
  });
});

test('settings of Percona that somebody edited on the cluster are not won back: reported, with who it was, and other work goes on', async () => {
  const server = await ready('edited');
  const replicas = async () => (await server.postgresCluster())?.spec.instances[0]?.replicas;
  const edit = JSON.stringify([{ op: 'replace', path: '/spec/instances/0/replicas', value: 2 }]);
  await stage.cluster.kubectl('patch', 'perconapgcluster', server.names.postgresCluster, '-n', stage.namespace, '--type=json', '--field-manager=somebody', '--patch', edit); // prettier-ignore
  await expectNoRestart(server, async () => {
    await server.apply({ ...PERCONA, percona: { ...PERCONA.percona, replicas: 3 } });
    await server.untilTold({ type: 'DatabaseReady', reason: 'DatabaseChangeRefused', message: /somebody/ });
    expect(await replicas()).toBe(2);
    await stage.cluster.admin.delete(server.children.apiService);
    await waitFor('its Service is put back', () => stage.cluster.admin.get(server.children.apiService));
    // What was edited is what is asked for: nothing is left to be told.
    await server.apply({ ...PERCONA, percona: { ...PERCONA.percona, replicas: 2 } });
    await server.untilReady();
  });
  expect(await replicas()).toBe(2);
});

// No secret value gets anywhere: not into a workflow history, a log, a metric, an event or a status, also when whoever answers for
// the API server quotes the object (C3).
import { readFileSync } from 'node:fs';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { type Call, type EchoProxyStandIn, refusals, startEchoProxyStandIn } from '../kit/echo-proxy-stand-in.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { type Canary, findCanaries, flatten, type Place } from './support/canaries.ts';
import { record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { conditionsOf, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'secrets', provisioner: false });

type Secret = KubeObject & { readonly data?: Readonly<Record<string, string>> };

const workspace = createWorkspace('secrets');
let proxy: EchoProxyStandIn;
let provisioner: Provisioner;
let secrets: Recording<Secret>;

/** Characters that look different in JSON, in URLs and in base64. */
const awkward = (name: string): string => `canary of "${name}" /+&=ä\\ ${'x'.repeat(20)}`;
const chosen = { jwt: awkward('jwt'), admin: awkward('admin') };

/** Keys of Secrets whose values are secret; the others are names and addresses. */
const SECRET_KEYS = /password|secret|uri|verifier|key|cleartext/;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

beforeAll(async () => {
  const { cluster, namespace } = stage;
  secrets = await record<Secret>(cluster, { apiVersion: 'v1', kind: 'Secret', namespace });
  const own = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: 'own' } };
  const data = { cleartext: base64(chosen.admin), 'signing-key': base64(chosen.jwt) };
  await cluster.admin.create({ ...own, data });
  proxy = await startEchoProxyStandIn(workspace, cluster.kubeconfig('provisioner'));
  provisioner = await stage.start({ workspace, env: { KUBECONFIG: proxy.kubeconfig, LOG_LEVEL: 'trace' } });
});
afterAll(async () => {
  secrets.stop();
  await provisioner.stop();
  await workspace.dispose();
});

/** Every value that a Secret of the namespace has ever had, or would have had if it had not been refused. */
function canaries(): readonly Canary[] {
  const refused = proxy.quoted().map((text) => JSON.parse(text) as Secret);
  const objects = [...secrets.all().map(({ object }) => object), ...refused.filter(({ kind }) => kind === 'Secret')];
  const values = objects.flatMap((object) =>
    Object.entries(object.data ?? {})
      .filter(([key]) => SECRET_KEYS.test(key))
      .map(([key, value]) => [Buffer.from(value, 'base64').toString(), `${object.metadata.name}/${key}`] as const),
  );
  return [...new Map(values)].flatMap(([value, name]) => (value.length >= 8 ? [{ name, value }] : []));
}

async function histories(): Promise<readonly Place[]> {
  const places: Place[] = [];
  for await (const run of stage.temporal.workflow.list({
    query: `WorkflowId STARTS_WITH "dittoserver/kit/${stage.namespace}/"`,
  })) {
    // prettier-ignore
    const handle = stage.temporal.workflow.getHandle(run.workflowId, run.runId);
    const history = await handle.fetchHistory();
    places.push({ name: `the history of ${run.workflowId}`, text: flatten(history) });
    places.push({ name: `what Temporal lists of ${run.workflowId}`, text: flatten(run.raw) });
    places.push({ name: `the description of ${run.workflowId}`, text: flatten((await handle.describe()).raw) });
  }
  return places;
}

/** Everything that the provisioner has said anywhere. */
async function everythingSaid(): Promise<readonly Place[]> {
  const { admin } = stage.cluster;
  const { namespace } = stage;
  const kinds = [
    { apiVersion: 'dittofs.dittofs.com/v1alpha1', kind: 'DittoServer' },
    { apiVersion: 'v1', kind: 'Event' },
    { apiVersion: 'events.k8s.io/v1', kind: 'Event' },
    { apiVersion: 'v1', kind: 'ConfigMap' },
    { apiVersion: 'v1', kind: 'Service' },
    { apiVersion: 'apps/v1', kind: 'StatefulSet' },
    { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
    { apiVersion: 'pgv2.percona.com/v2', kind: 'PerconaPGCluster' },
  ];
  const objects = kinds.map(async (kind) => ({
    name: `${kind.kind}s`,
    // ControllerRevisions and the like hold whole templates.
    text: flatten(await admin.list<KubeObject>({ ...kind, namespace })),
  }));
  const page = async (path: string): Promise<Place> => ({
    name: path,
    text: await (await fetch(`${provisioner.url}${path}`)).text(),
  });
  return [
    { name: 'the log', text: readFileSync(provisioner.logFile, 'utf8') },
    ...(await Promise.all([...objects, page('/metrics'), page('/readyz'), page('/healthz')])),
    ...(await histories()),
  ];
}

const targets = [
  [
    'reading a Secret',
    ({ method, path }: Call, name: string) => method === 'GET' && path.includes(`/secrets/${name}-`),
  ],
  ['making a Secret', ({ method, path, sent }: Call, name: string) => method === 'POST' && path.includes('/secrets?') && sent.includes(`"name":"${name}-`)], // prettier-ignore
  ['making the database', ({ method, path, sent }: Call, name: string) => method === 'POST' && path.includes('/perconapgclusters') && sent.includes(`"name":"${name}-`)], // prettier-ignore
  ['applying the StatefulSet', ({ method, path }: Call, name: string) => method === 'PATCH' && path.includes(`/statefulsets/${name}?`)], // prettier-ignore
  ['writing the status', ({ method, path }: Call, name: string) => method === 'PATCH' && path.includes(`/dittoservers/${name}/status`)], // prettier-ignore
] as const;

describe('when the API server’s answers quote the object', () => {
  const servers = (): readonly Subject[] => refusals.map((refusal) => stage.subject(`echo-${refusal}`));
  const hits: (() => readonly [string, number])[] = [];

  beforeAll(async () => {
    for (const refusal of refusals) {
      for (const [title, matches] of targets) {
        // A conflict is looked at again at once, three times in all, before it is told.
        const times = refusal === 409 ? 3 : 1;
        const count = proxy.refuse((call) => matches(call, `echo-${refusal}`), refusal, times);
        hits.push(() => [`${refusal} on ${title}`, count()]);
      }
    }
    await Promise.all(servers().map((server) => server.apply(PERCONA)));
    await stage.subject('chosen').apply({
      ...PERCONA,
      identity: {
        jwt: { secretRef: { name: 'own', key: 'signing-key' } },
        admin: { passwordSecretRef: { name: 'own', key: 'cleartext' } },
      },
    });
  });

  test('every DittoServer is provisioned all the same', async () => {
    // A step that failed is tried again with the next look: nobody has to wait for that here.
    await Promise.all(
      [...servers(), stage.subject('chosen')].map((server) =>
        waitFor(
          `${server.name} is Ready`,
          async () => {
            await server.reconcileNow();
            return conditionsOf(await server.get()).some(({ type, status }) => type === 'Ready' && status === 'True');
          },
          { everyMs: 500, timeoutMs: 120_000, seen: server.says },
        ),
      ),
    );
    expect(hits.map((hit) => hit()).filter(([, count]) => count === 0)).toEqual([]);
  });

  test('and after a rotation and a crash in the middle', async () => {
    const { admin } = stage.cluster;
    const chosenServer = stage.subject('chosen');
    const before = (await chosenServer.get())?.status?.configHash;
    await admin.patch(chosenServer.children.postgresUserSecret, {
      data: { password: base64('canary-of-the-database-0123456789'), verifier: '' },
    });
    proxy.refuse(({ path, method }) => method === 'PATCH' && path.includes('/statefulsets/chosen'), 500, 1);
    await provisioner.kill();
    await provisioner.start();
    // What the crash refused is tried again when as much time has passed as the rotation had taken until then.
    await waitFor(
      'the new password is rolled out',
      async () => {
        const hash = (await chosenServer.get())?.status?.configHash;
        return hash !== undefined && hash !== before;
      },
      { timeoutMs: 120_000, seen: chosenServer.says },
    );
    await chosenServer.untilReady();
    await chosenServer.untilQuiet();
  });

  test('no secret value is anywhere in what was said (C3)', async () => {
    const looked = canaries();
    const names = looked.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'own/signing-key',
        'own/cleartext',
        'chosen-postgres-pguser-dittofs/password',
        'chosen-postgres-pguser-dittofs/uri',
        'echo-409-jwt-secret/jwt-secret',
        'echo-422-jwt-secret/jwt-secret',
        'echo-500-admin-bootstrap-credentials/password',
      ]),
    );
    expect(looked.map(({ value }) => value)).toContain('canary-of-the-database-0123456789');
    const places = await everythingSaid();
    expect(places.filter(({ name }) => name.startsWith('the history of')).length).toBeGreaterThanOrEqual(5);
    for (const { name, text } of places) expect([name, text.length > 0]).toEqual([name, true]);
    expect(findCanaries(looked, places)).toEqual([]);
  });
});

describe('the search itself finds a planted leak', () => {
  const value = 'p"ä/ss+wörd & more';
  const canary = { name: 'planted', value };

  test.each([
    ['as it is', `uri=postgresql://dittofs:${value}@db`],
    ['in JSON', JSON.stringify({ password: value })],
    ['in JSON in JSON', JSON.stringify({ body: JSON.stringify({ password: value }) })],
    ['in a URL', `postgresql://dittofs:${encodeURIComponent(value)}@db`],
    ['in base64, as a Secret has it', `password: ${base64(value)}`],
    ['in base64, one byte into something', base64(`"${value}"`)],
    ['in base64, two bytes into something', base64(`: ${value} and so on`)],
  ])('%s', (_, text) => {
    expect(findCanaries([canary], [{ name: 'the log', text }])).toHaveLength(1);
    expect(findCanaries([canary], [{ name: 'the log', text: text.slice(0, -(text.length - 4)) }])).toEqual([]);
  });

  test('in the history of a workflow', async () => {
    const workflowId = `dittoserver/kit/${stage.namespace}/planted`;
    const started = { taskQueue: 'nobody', workflowId, args: [{ target: { password: value } }] };
    const handle = await stage.temporal.workflow.start('dittoServer', started);
    try {
      const text = flatten(await handle.fetchHistory());
      expect(findCanaries([canary], [{ name: 'the history', text }])).toEqual(['planted, as JSON, in the history']);
    } finally {
      await handle.terminate('planted by a test');
    }
  });
});

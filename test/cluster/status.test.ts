// Progress, failure and staleness are told apart from the first second on, and waiting is quiet: status changes with what it tells of,
// not with time.
import { DITTO_SERVER } from '../../src/api/names.ts';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { tell } from '../kit/tell.ts';
import { aSecond } from './support/a-second.ts';
import { record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'status', env: { DEADLINE_DATABASE: '25s', DEADLINE_PODS: '8s' } });

type Version = DittoServer & KubeObject;
let versions: Recording<Version>;
beforeAll(async () => {
  versions = await record<Version>(stage.cluster, { ...DITTO_SERVER, namespace: stage.namespace });
});
afterAll(() => versions.stop());

const statusWrites = (server: Subject, since?: Date): number =>
  server.writes(since).filter(({ name, subresource }) => name === server.name && subresource === 'status').length;

/** Has what a user waits for with kubectl come; rejects when it has not within the time. */
const kubectlWait = (server: Subject, seconds: number): Promise<string> =>
  stage.cluster.kubectl('wait', 'dittoserver', server.name, '-n', server.namespace, '--for=condition=Ready', `--timeout=${seconds}s`); // prettier-ignore

/** Holds the provisioner for as long as `during` takes: it lives, and does nothing. */
async function whileHeld<T>(during: () => Promise<T>): Promise<T> {
  process.kill(stage.provisioner.pid(), 'SIGSTOP');
  try {
    return await during();
  } finally {
    process.kill(stage.provisioner.pid(), 'SIGCONT');
  }
}

/** As tools see it that go by `observedGeneration`: has it been looked at as it is now? */
const isCurrent = ({ metadata, status }: DittoServer): boolean => status?.observedGeneration === metadata.generation;

test('a new DittoServer has a status from the first moment, and our own within a second (U1)', async () => {
  const server = stage.subject('new');
  const began = Date.now();
  const created = await server.apply(BASIC);
  expect(created.status).toMatchObject({ phase: 'Pending', observedGeneration: -1 });
  expect(created.status?.conditions).toEqual([expect.objectContaining({ type: 'Ready', status: 'Unknown', reason: 'Queued' })]);
  await server.untilTold({ type: 'Progressing', status: 'True' });
  expect(Date.now() - began).toBeLessThan(aSecond());
  await server.untilReady();
  for (const { object } of versions.versions('new')) {
    expect(object.status?.conditions?.find(({ type }) => type === 'Ready')?.reason).toEqual(expect.stringMatching(/./));
    expect(object.status?.phase).toMatch(/^(Pending|Running)$/);
  }
}); // prettier-ignore

test('who waits for Ready is not told of the state before his edit (U1)', async () => {
  const server = stage.subject('edited');
  await server.apply(BASIC);
  await server.untilReady();
  expect(await kubectlWait(server, 10)).toContain('condition met');
  const edited = await whileHeld(async () => {
    const after = await server.apply({ ...BASIC, logging: { level: 'DEBUG' } });
    // Ready=True stands there still, and is about the generation before.
    expect(after.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
    expect(isCurrent(after)).toBe(false);
    await expect(kubectlWait(server, 2)).rejects.toThrow(/timed out/);
    return after;
  });
  expect(await kubectlWait(server, 60)).toContain('condition met');
  const now = await server.get();
  expect(now?.metadata.generation).toBe(edited.metadata.generation);
  expect((await server.pod())?.metadata.uid).toBeDefined();
  // From the edit on, Ready is never told for the new generation before the pod has the new configuration.
  const told = versions.versions('edited').map(({ object }) => object).filter(isCurrent);
  const first = told.find(({ metadata }) => metadata.generation === edited.metadata.generation);
  expect(first?.status?.conditions?.find(({ type }) => type === 'Ready')?.status).not.toBe('True');
}); // prettier-ignore

test('an edit that cannot be done is progress or a wait of its own, never the old Ready (U1)', async () => {
  const server = stage.subject('edited');
  await server.untilReady();
  const pods = { namespace: stage.namespace, namePrefix: 'edited-' };
  const release = await stage.cluster.controls.stickPods(pods, 'imagePull');
  await server.apply({ ...BASIC, image: 'example.com/dittofs:none' });
  await server.untilTold({ type: 'Progressing', status: 'True' });
  await server.untilTold({ type: 'Ready', status: 'False', reason: 'ImagePullFailed' });
  await server.untilTold({ type: 'Stalled', status: 'False' });
  expect((await server.get())?.status?.phase).toBe('Pending');
  // Past the deadline: a failure for who asks, and it goes on waiting.
  await server.untilTold({ type: 'Stalled', status: 'True', reason: 'DeadlinePassed' }, { timeoutMs: 60_000 });
  expect((await server.get())?.status?.phase).toBe('Failed');
  await release();
  await server.untilReady();
  await server.untilTold({ type: 'Stalled', status: 'False' });
  expect((await server.get())?.status?.phase).toBe('Running');
});

test('a wait for the database is quiet: at most ten writes of status from creation to past the deadline, whatever is looked at (U2)', async () => {
  const server = stage.subject('waits');
  const pods = { namespace: stage.namespace, namePrefix: 'waits-postgres-' };
  const release = await stage.cluster.controls.stickPods(pods, 'crashLoop', { message: 'no space left on device' });
  await server.apply(PERCONA);
  // The reason is the same before the pod is scheduled, and while only other pods of the database are there.
  const message = /pod "waits-postgres-instance1-.*no space left on device/;
  await server.untilTold({ type: 'DatabaseReady', status: 'False', reason: 'PostgresPodsNotReady', message });
  await server.untilQuiet();
  const written = statusWrites(server);
  const before = (await server.get())?.metadata.resourceVersion;
  const since = new Date();
  // As many passes as five minutes have, and many more.
  const passes = (await server.reconcileNow(60))?.passes ?? 0;
  expect(passes).toBeGreaterThanOrEqual(60);
  const stalled = (await server.get())?.status?.phase === 'Failed' ? 1 : 0;
  expect(statusWrites(server, since)).toBeLessThanOrEqual(stalled);
  if (stalled === 0) expect((await server.get())?.metadata.resourceVersion).toBe(before);
  await server.untilTold({ type: 'Stalled', status: 'True' });
  await server.reconcileNow(5);
  expect(statusWrites(server)).toBeLessThanOrEqual(10);
  expect(written).toBeGreaterThan(0);
  await release();
  await server.untilReady();
  expect(statusWrites(server)).toBeLessThanOrEqual(10);
  tell(`status of a database wait: ${written} writes until it waited, ${statusWrites(server)} until Ready, ${passes} passes`); // prettier-ignore
});

test('status is written no more than ten times while a database starts and its pods come (U2)', async () => {
  const servers = ['starts-1', 'starts-2', 'starts-3'].map((name) => stage.subject(name));
  await Promise.all(servers.map((server) => server.apply({ ...PERCONA, percona: { ...PERCONA.percona, replicas: 2 } })));
  for (const server of servers) await server.untilReady();
  const counts = servers.map((server) => statusWrites(server));
  for (const count of counts) expect(count).toBeLessThanOrEqual(10);
  tell(`status until Ready with Percona: ${counts.join(', ')} writes`);
}); // prettier-ignore

test('an editor that was open for a while saves without a conflict (U2)', async () => {
  const server = stage.subject('new');
  await server.untilReady();
  await server.untilQuiet();
  const open = await stage.cluster.admin.get<Version>(server.ref);
  if (!open) throw new Error('there is nothing to edit');
  await server.reconcileNow(60);
  await pause(3_000);
  expect((await server.get())?.metadata.resourceVersion).toBe(open.metadata.resourceVersion);
  const saved = { ...open, spec: { ...open.spec, service: { type: 'NodePort' } } };
  await stage.cluster.admin.request('PUT', `/apis/${DITTO_SERVER.apiVersion}/namespaces/${server.namespace}/dittoservers/${server.name}`, { body: saved }); // prettier-ignore
  await waitFor('the edit is done', async () => {
    const current = await server.get();
    return current !== undefined && isCurrent(current);
  });
  await server.untilReady();
});

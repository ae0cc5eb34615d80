// Temporal away, workers away, runs that cannot move, and two replicas: what a user sees, and what mends itself.
import { DITTO_SERVER } from '../../src/api/names.ts';
import { WORKFLOW_TYPE } from '../../workflows/messages.ts';
import { apiPath } from '../kit/admin.ts';
import type { Write } from '../kit/audit.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { waitFor } from '../kit/wait-for.ts';
import { tell } from '../kit/tell.ts';
import { useStage } from './support/stage.ts';
import { BASIC, CLUSTER_NAME, conditionsOf, type Subject } from './support/subject.ts';

/** A change that Temporal does not take is told after a second, a stuck run after two; it is replaced when it is twenty old. */
const env = { AUDIT_INTERVAL: '1s', ENGINE_STALLED_AFTER: '2s' };
const stage = useStage({ name: 'engine', provisioner: false, env });

/** The server's API is not asked while a test runs: what it says is a change like others. */
const RARELY_ASKED = { ...BASIC, adapterDiscovery: { pollingInterval: '1h' } };

const running: Provisioner[] = [];
afterEach(async () => {
  // Else the next provisioner has them to look after, too.
  await stage.cluster.admin.request('DELETE', apiPath({ ...DITTO_SERVER, namespace: stage.namespace }));
  await Promise.all(running.splice(0).map((provisioner) => provisioner.stop()));
});

async function start(...args: Parameters<typeof stage.start>): Promise<Provisioner> {
  const provisioner = await stage.start(...args);
  running.push(provisioner);
  return provisioner;
}

async function settled(...names: readonly string[]): Promise<readonly Subject[]> {
  const servers = names.map((name) => stage.subject(name));
  await Promise.all(servers.map((server) => server.apply(RARELY_ASKED)));
  for (const server of servers) await server.untilReady();
  for (const server of servers) await server.untilQuiet();
  return servers;
}

const engineReachable = async (server: Subject) =>
  conditionsOf(await server.get()).find(({ type }) => type === 'EngineReachable');

async function untilNothingIsTold(servers: readonly Subject[]): Promise<void> {
  for (const server of servers) {
    await waitFor(`${server.name} says nothing of Temporal`, async () => !(await engineReachable(server)), {
      timeoutMs: 60_000,
      seen: server.says,
    });
  }
}

/** What the watcher itself has written of a DittoServer. */
const told = (server: Subject, since: Date): readonly Write[] =>
  server.writes(since).filter(({ fieldManager }) => fieldManager === 'dittoserver-provisioner-watcher');

async function metric(provisioner: Provisioner, name: string): Promise<number> {
  const text = await (await fetch(`${provisioner.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`dittoserver_${name}`));
  return Number(line?.split(' ').at(-1) ?? 0);
}

/** An edit that changes nothing of the specification. */
const annotate = ({ ref }: Subject, value: string) =>
  stage.cluster.admin.patch(ref, { metadata: { annotations: { 'example.com/edit': value } } });

test('while Temporal is away who has a change waiting is told, once, and no other; it goes when Temporal is back (E8)', async () => {
  // Longer than elsewhere: on a busy machine the run that Temporal gets back may take seconds, and would be told as stuck.
  const provisioner = await start({ env: { ...env, ENGINE_STALLED_AFTER: '10s' } });
  const servers = await settled('calm', 'edited-1', 'edited-2', 'edited-3');
  const [calm, ...edited] = servers as readonly [Subject, ...Subject[]];
  const made = stage.subject('made');
  const waiting = [...edited, made];
  const before = await calm.versions();

  const since = new Date();
  await stage.cluster.controls.stopTemporal();
  try {
    await Promise.all(edited.map((server) => annotate(server, '1')));
    await made.apply(BASIC);
    for (const server of waiting) {
      const { message } = await server.untilTold({
        type: 'EngineReachable',
        status: 'False',
        reason: 'EngineUnreachable',
      });
      expect(message).toMatch(/^changes of this DittoServer wait: Temporal at [\d.:]+ does not answer$/);
    }
    // More changes, and more rounds of the watcher, are no reason to say it again.
    for (const value of ['2', '3', '4']) {
      await Promise.all(edited.map((server) => annotate(server, value)));
      const refused = await metric(provisioner, 'nudges_refused_total');
      await waitFor('it is tried again', async () => (await metric(provisioner, 'nudges_refused_total')) > refused);
    }
    expect(waiting.map((server) => told(server, since).length)).toEqual([1, 1, 1, 1]);
    expect(await engineReachable(calm)).toBeUndefined();
  } finally {
    await stage.cluster.controls.startTemporal();
  }

  await made.untilReady();
  await untilNothingIsTold(waiting);
  expect(waiting.map((server) => told(server, since).length)).toEqual([2, 2, 2, 2]);
  for (const server of waiting) {
    const { metadata } = (await server.get()) as unknown as KubeObject & {
      metadata: { managedFields?: { manager: string }[] };
    };
    expect(metadata.managedFields?.map(({ manager }) => manager)).not.toContain('dittoserver-provisioner-watcher');
  }
  // Nobody looks again because of what the watcher wrote.
  expect(await metric(provisioner, 'echoes_total')).toBeGreaterThanOrEqual(1);
  expect(await calm.versions()).toEqual(before);
  const refused = await metric(provisioner, 'nudges_refused_total');
  tell(
    `Temporal away: ${waiting.length} told, ${refused} tries in vain, ${waiting.length * 2} writes of the condition`,
  );
});

test('without a worker that is said; when one comes the same run goes on (E11)', async () => {
  // Temporal lists workers for a minute after their last poll, so it has to be a task queue that has had none.
  const installation = `${stage.installation}-unworked`;
  const unworked = { ...env, INSTALLATION: installation };
  await start({ verb: 'watch', env: unworked });
  const server = stage.subject('unworked');
  await server.apply(BASIC);
  const { message } = await server.untilTold({ type: 'EngineReachable', status: 'Unknown', reason: 'EngineStalled' });
  expect(message).toContain(`no worker polls the task queue "dittoserver/${CLUSTER_NAME}/${installation}"`);
  expect(message).toContain(`workflow dittoserver/${CLUSTER_NAME}/${stage.namespace}/unworked`);
  const { runId } = await server.workflow().describe();
  await start({ verb: 'work', name: 'worker', env: unworked });
  await server.untilReady();
  await untilNothingIsTold([server]);
  expect((await server.workflow().describe()).runId).toBe(runId);
});

test('a run that cannot move is told, and replaced once by one that does; nothing in the cluster changes (E11)', async () => {
  await start();
  const [failing, lost] = (await settled('failing', 'lost')) as readonly [Subject, Subject];
  const before = await Promise.all([failing.versions(), lost.versions()]);
  const broken = async (server: Subject, type: string, taskQueue: string): Promise<string> => {
    const { workflowId } = server.workflow();
    const options = { workflowId, taskQueue, args: [], workflowIdConflictPolicy: 'TERMINATE_EXISTING' } as const;
    return (await stage.temporal.workflow.start(type, options)).firstExecutionRunId;
  };
  const runs = [
    await broken(failing, 'noSuchWorkflow', stage.taskQueue),
    await broken(lost, WORKFLOW_TYPE, `${stage.taskQueue}-nobody`),
  ];
  const stalled = { type: 'EngineReachable', status: 'Unknown', reason: 'EngineStalled' } as const;
  await failing.untilTold({
    ...stalled,
    message: /workflow tasks of this DittoServer fail or time out since .*history tells why/,
  });
  await lost.untilTold({
    ...stalled,
    message: /no worker has taken the task .* from the task queue ".*-nobody" since /,
  });

  for (const [index, server] of [failing, lost].entries()) {
    await waitFor(
      `${server.name} has another run`,
      async () => (await server.workflow().describe()).runId !== runs[index],
      {
        timeoutMs: 90_000,
        seen: server.says,
      },
    );
    const ended = await stage.temporal.workflow.getHandle(server.workflow().workflowId, runs[index]).describe();
    expect(ended.status.name).toBe('TERMINATED');
  }
  await untilNothingIsTold([failing, lost]);
  for (const { workflowId } of [failing.workflow(), lost.workflow()]) {
    // The first one, ours, and its successor.
    await waitFor(`${workflowId} has had three runs`, async () => {
      const { count } = await stage.temporal.workflow.count(`WorkflowId = "${workflowId}"`);
      return count === 3;
    });
  }
  for (const [index, server] of [failing, lost].entries()) {
    await server.untilQuiet();
    const { [`${DITTO_SERVER.kind}/${server.name}`]: self, ...children } = await server.versions();
    expect(self).toBeDefined();
    expect(before[index]).toMatchObject(children);
  }
});

test('of two replicas one holds the Lease; it is killed, and the other one audits', async () => {
  const name = `dittoserver-provisioner-${stage.installation}`;
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'dittofs-system', name };
  const holder = async (): Promise<string> => {
    const found = await stage.cluster.admin.get<KubeObject & { spec: { holderIdentity?: string } }>(lease);
    return found?.spec.holderIdentity ?? '';
  };
  const readyz = async ({ url }: Provisioner): Promise<string> => {
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(200);
    return answer.text();
  };
  const replicas = [await start({ name: 'one' }), await start({ name: 'two' })] as const;
  await waitFor('one holds it', async () => (await holder()) !== '');
  const leaves = async (replica: Provisioner): Promise<boolean> =>
    (await readyz(replica)).includes('are left to the holder');
  await waitFor(
    'the other one says so',
    async () => (await Promise.all(replicas.map(leaves))).filter(Boolean).length === 1,
  );
  const [first, second] = (await leaves(replicas[0])) ? [replicas[1], replicas[0]] : replicas;

  const server = (await settled('two'))[0] as Subject;
  const killed = await holder();
  await first.kill();
  await server.workflow().terminate('by a test');
  await waitFor('the workflow runs again', async () => (await server.workflow().describe()).status.name === 'RUNNING', {
    timeoutMs: 60_000,
  });
  expect(await holder()).not.toBe(killed);
  expect(await leaves(second)).toBe(false);

  await first.start();
  await waitFor('the first one waits', () => leaves(first));
  await second.kill('SIGTERM');
  await waitFor('it takes over without waiting for the end of the Lease', async () => !(await leaves(first)), {
    timeoutMs: 10_000,
  });
});

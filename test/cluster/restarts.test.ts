// Killing the API server or Temporal mid-way, or losing everything that Temporal has stored, costs time and nothing else.
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'restarts', env: { AUDIT_INTERVAL: '1s' } });

/** A part that is killed and started again. */
interface Kill {
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
}
const apiServer: Kill = {
  down: () => stage.cluster.controls.stopApiServer(),
  up: () => stage.cluster.controls.startApiServer(),
};
const temporal: Kill = {
  down: () => stage.cluster.controls.stopTemporal(),
  up: () => stage.cluster.controls.startTemporal(),
};

/** What can be filtered by, of each run that is there. */
async function attributesOfRuns(): Promise<string> {
  const told: unknown[] = [];
  for await (const { workflowId, status, typedSearchAttributes } of stage.temporal.workflow.list())
    told.push([workflowId, status.name, typedSearchAttributes.getAll()]);
  return JSON.stringify(told);
}

async function expectMadeOnce(server: Subject): Promise<void> {
  expect(await server.revisions()).toBe(1);
  const created = server.writes().filter(({ verb, code }) => verb === 'create' && code === 201);
  const made = created.filter(({ resource }) => resource !== 'events').map(({ name }) => name);
  expect(made.sort()).toEqual([...new Set(made)].sort());
}

describe.each([
  ['the API server', 'api', apiServer],
  ['Temporal', 'temporal', temporal],
])('kill -9 of %s', (_, prefix, { down, up }) => {
  test('in the middle of provisioning: it goes on where it was', async () => {
    const servers = ['a', 'b', 'c'].map((suffix) => stage.subject(`${prefix}-${suffix}`));
    await Promise.all(servers.map((server) => server.apply(PERCONA)));
    await waitFor('the first writes', () => servers.some((server) => server.writes().length > 1), { everyMs: 1 });
    await down();
    await up();
    for (const server of servers) await server.untilReady();
    for (const server of servers) await expectMadeOnce(server);
    await servers[0]?.recordHistory(`${prefix}-restarted`);
  });

  test('while it waits for the database: the wait goes on', async () => {
    const server = stage.subject(`${prefix}-held`);
    const pods = { namespace: stage.namespace, namePrefix: `${server.names.postgresCluster}-` };
    const release = await stage.cluster.controls.stickPods(pods, 'imagePull');
    await server.apply(PERCONA);
    await server.untilTold({ type: 'DatabaseReady', reason: 'PostgresPodsNotReady' });
    await down();
    await up();
    expect(await server.statefulSet()).toBeUndefined();
    await release();
    await server.untilReady();
    await expectMadeOnce(server);
  });
});

test('a DittoServer that is applied while Temporal is away is provisioned when it is back', async () => {
  const server = stage.subject('meanwhile');
  await temporal.down();
  try {
    await server.apply(BASIC);
  } finally {
    await temporal.up();
  }
  await server.untilReady();
});

test('when Temporal has lost everything, all runs come back and nothing is changed', async () => {
  const servers = [stage.subject('kept'), stage.subject('kept-percona')];
  await servers[0]?.apply(BASIC);
  await servers[1]?.apply(PERCONA);
  for (const server of servers) {
    await server.untilReady();
    await server.untilQuiet();
  }
  const before = await Promise.all(servers.map((server) => server.versions()));
  await stage.cluster.controls.wipeTemporal();
  for (const server of servers) {
    await waitFor(`the run of ${server.name} is back`, async () => (await server.state()).story.ready, {
      seen: async () => (await server.workflow().describe()).status.name,
      timeoutMs: 60_000,
    });
    await server.untilQuiet();
    await server.reconcileNow(2);
  }
  expect(await Promise.all(servers.map((server) => server.versions()))).toEqual(before);
  for (const server of servers) expect(await server.revisions()).toBe(1);
  const query = `DittoNamespace = "${stage.namespace}" AND DittoReady = true AND DittoServer STARTS_WITH "kept"`;
  await waitFor(
    'the list of workflows can be filtered again',
    async () => (await stage.temporal.workflow.count(query)).count === servers.length,
    { seen: attributesOfRuns, timeoutMs: 60_000 },
  );
});

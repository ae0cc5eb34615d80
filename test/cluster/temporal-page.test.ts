// Someone who has never read the code understands a DittoServer from its page in the Temporal UI alone: details, attributes and
// the bars of its history, for one that waits and for one that is ready.
import { waitFor } from '../kit/wait-for.ts';
import { useStage } from './support/stage.ts';
import { PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'page' });

/** What the UI shows under "Current Details" (a query that the SDK answers for every workflow). */
async function detailsOf(server: Subject): Promise<string> {
  const metadata = await server.workflow().query<{ readonly currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** Ids of the workflows that a filter of the UI lists. */
async function listed(filter: string): Promise<readonly string[]> {
  const ids: string[] = [];
  const query = `${filter} AND DittoNamespace = "${stage.namespace}"`;
  for await (const { workflowId } of stage.temporal.workflow.list({ query })) ids.push(workflowId);
  return ids.sort();
}

const untilListed = (filter: string, ids: readonly string[]): Promise<unknown> =>
  waitFor(`${filter} lists ${ids.join()}`, async () => (await listed(filter)).join() === ids.join(), {
    seen: async () => (await listed(filter)).join(),
  });

const idOf = ({ namespace, name }: Subject): string => `dittoserver/kit/${namespace}/${name}`;

let release: () => Promise<void>;
beforeAll(async () => {
  const pods = { namespace: stage.namespace, namePrefix: 'waits-postgres-' };
  release = await stage.cluster.controls.stickPods(pods, 'pendingVolume');
  await Promise.all(['waits', 'runs'].map((name) => stage.subject(name).apply(PERCONA)));
  await stage.subject('runs').untilReady();
  await stage.subject('waits').untilTold({ type: 'DatabaseReady', status: 'False' });
  await Promise.all(['runs', 'waits'].map((name) => stage.subject(name).untilQuiet()));
});

test('one that waits: stage, since when, why, next look, deadline, and the children', async () => {
  const waits = stage.subject('waits');
  // The operator reports in its own time, also between the reading of the status and that of the page.
  const reasonOf = async (): Promise<string> => {
    const { reason, message } = await waits.untilTold({ type: 'Ready', status: 'False' });
    return `| Reason | ${reason}: ${message} |`;
  };
  const details = await waitFor('the operator has reported, and the page gives the reason that status gives', async () => {
    const [reason, page] = [await reasonOf(), await detailsOf(waits)];
    return page.includes('PerconaPGCluster/waits-postgres: initializing') && page.includes(reason) && page;
  }, { seen: async () => `${await detailsOf(waits)}; ${await waits.says()}` }); // prettier-ignore
  expect(details).toMatch(/\| DittoServer \| page-\w+\/waits \(cluster kit\) \|/);
  expect(details).toMatch(/\| Stage \| WaitingForDatabase \|/);
  expect(details).toMatch(/\| Since \| 20\d\d-\d\d-\d\dT[\d:]+Z \|/);
  expect(details).toMatch(/\| Next \| look at 20\d\d-\d\d-\d\dT[\d:.]+Z or when nudged \|/);
  expect(details).toMatch(/\| Deadline \| 20\d\d-\d\d-\d\dT[\d:]+Z \|/);
  expect(details).toMatch(/- PerconaPGCluster\/waits-postgres: initializing, 0 of 1 ready/);
});

test('one that is ready: so it says, and names no deadline', async () => {
  const details = await detailsOf(stage.subject('runs'));
  expect(details).toMatch(/\| Stage \| Ready \|/);
  expect(details).not.toMatch(/Deadline/);
  expect(details).toMatch(/- StatefulSet\/runs: 1 of 1 ready/);
});

test('attributes filter the list by stage, readiness and name', async () => {
  const [waits, runs] = [idOf(stage.subject('waits')), idOf(stage.subject('runs'))];
  await untilListed('DittoStage = "WaitingForDatabase"', [waits]);
  await untilListed('DittoStage = "Ready" AND DittoReady = true', [runs]);
  await untilListed('DittoReady = false AND DittoStalled = false', [waits]);
  await untilListed('DittoCluster = "kit" AND DittoServer = "runs"', [runs]);
});

test('each workflow says whose it is, and each bar of its history what was done', async () => {
  const runs = stage.subject('runs');
  expect(await (await runs.workflow().describe()).staticSummary()).toBe(`DittoServer ${stage.namespace}/runs`);
  const { events = [] } = await runs.workflow().fetchHistory();
  const bars = (events ?? []).flatMap((event) => {
    const name = event.activityTaskScheduledEventAttributes?.activityType?.name;
    const summary = event.userMetadata?.summary?.data;
    return name ? [[name, summary ? (JSON.parse(Buffer.from(summary).toString()) as string) : '']] : [];
  });
  expect(bars).toEqual([
    ['createPostgresCluster', 'create PerconaPGCluster runs-postgres'],
    ['applyStatefulSet', 'provision'],
    ['connectServerApi', 'ask the server’s API'],
  ]);
});

test('when the database is ready after all, page and list follow', async () => {
  await release();
  const waits = stage.subject('waits');
  await waits.untilReady();
  await waitFor('the details say Ready', async () => (await detailsOf(waits)).includes('| Stage | Ready |'));
  await untilListed('DittoReady = true', [idOf(stage.subject('runs')), idOf(waits)]);
});

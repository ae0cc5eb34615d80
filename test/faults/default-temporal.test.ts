// A Temporal dev server as it comes, without the settings that the other tests give it: slower, and nothing else is different.
import { Client, Connection } from '@temporalio/client';
import { useStage } from '../cluster/support/stage.ts';
import { BASIC, PERCONA } from '../cluster/support/subject.ts';
import { startTemporal } from '../kit/temporal.ts';
import { tell } from '../kit/tell.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace, type Workspace } from '../kit/workspace.ts';
import type { Provisioner } from '../kit/provisioner.ts';

const LONG_MS = 180_000;
const NEEDS_SECRET = { ...BASIC, identity: { jwt: { secretRef: { name: 'late', key: 'key' } } } } as const;

const stage = useStage({ name: 'defaults', provisioner: false });
let workspace: Workspace;
let client: Client;
let provisioner: Provisioner;

beforeAll(async () => {
  workspace = createWorkspace('default-temporal');
  const { address } = await startTemporal(workspace, { asItComes: true });
  client = new Client({ connection: Connection.lazy({ address }) });
  provisioner = await stage.start({ env: { TEMPORAL_ADDRESS: address } });
});
afterAll(async () => {
  await provisioner.stop();
  await client.connection.close();
  await workspace.dispose();
});

test('with SQLite, with Percona, and with a Secret that comes late: Ready, and the runs end with the DittoServers', async () => {
  const startedMs = Date.now();
  const [basic, percona, late] = [stage.subject('basic'), stage.subject('percona'), stage.subject('late')];
  await Promise.all([basic.apply(BASIC), percona.apply(PERCONA), late.apply(NEEDS_SECRET)]);
  const seconds = (): string => ((Date.now() - startedMs) / 1_000).toFixed(1);
  await basic.untilReady({ timeoutMs: LONG_MS });
  const afterBasic = seconds();
  await late.untilTold({ type: 'ConfigReady', reason: 'InputsMissing' }, { timeoutMs: LONG_MS });
  await stage.cluster.admin.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: stage.namespace, name: 'late' },
    stringData: { key: 'k'.repeat(40) },
  } as never);
  await late.untilReady({ timeoutMs: LONG_MS });
  await percona.untilReady({ timeoutMs: LONG_MS });
  tell(`Temporal as it comes: Ready after ${afterBasic} s with SQLite, all three after ${seconds()} s`);
  for (const server of [basic, percona, late]) {
    await server.delete();
    await server.untilGone({ timeoutMs: LONG_MS });
    const run = client.workflow.getHandle(server.workflow().workflowId);
    const ended = async (): Promise<boolean> => (await run.describe()).status.name === 'COMPLETED';
    await waitFor(`the run of ${server.name} has ended`, ended, { timeoutMs: LONG_MS });
  }
});

// Starts everything, brings one PerconaPGCluster to `ready` and says how long each part took: `node test/kit/smoke.ts`. With --processes
// its PostgreSQL runs, with --stay it waits to be ended.
import { refOf } from './admin.ts';
import { startCluster } from './cluster.ts';
import { examplePgCluster, type PgCluster } from './percona-example.ts';
import { waitFor } from './wait-for.ts';

const started = performance.now();
const say = (what: string) => process.stdout.write(`${((performance.now() - started) / 1000).toFixed(2)} s  ${what}\n`);

async function smoke(): Promise<void> {
  const pods = process.argv.includes('--processes') ? 'processes' : 'declared';
  const cluster = await startCluster({ temporal: { ui: true }, pods });
  try {
    say(`cluster is up in ${cluster.folder}, Temporal at ${cluster.temporalAddress}`);
    if (cluster.podNetwork) say(`pods reach this machine at ${cluster.podNetwork.hostAddress}`);
    const namespace = await cluster.namespace();
    const wanted = examplePgCluster(namespace, 'alpha-postgres');
    await cluster.admin.create(wanted);
    say('PerconaPGCluster created');
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'alpha-postgres-pguser-dittofs' };
    await waitFor('the user Secret', () => cluster.admin.get(secret));
    say('Secret of the user is there');
    const ref = refOf(wanted);
    await waitFor('ready', async () => (await cluster.admin.get<PgCluster>(ref))?.status?.state === 'ready', {
      seen: async () => JSON.stringify((await cluster.admin.get<PgCluster>(ref))?.status),
    });
    say('PerconaPGCluster is ready');
    say(await cluster.kubectl('get', 'perconapgcluster,pod,pvc', '--namespace', namespace));
    if (process.argv.includes('--stay')) await new Promise(() => setInterval(() => undefined, 1_000));
  } finally {
    await cluster.stop();
    say('stopped');
  }
}

smoke().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});

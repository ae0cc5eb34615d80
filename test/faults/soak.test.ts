// DittoServers that come and go by the hundred leave nothing behind in the provisioner: no workflow, timer, watch, socket or memory.
// The cluster has no controllers: it is the provisioner that is tried, and Kubernetes' own collector is slow. The test removes what that
// would collect.
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DITTO_SERVER } from '../../src/api/names.ts';
import { useStage } from '../cluster/support/stage.ts';
import { BASIC } from '../cluster/support/subject.ts';
import { apiPath, type KindRef } from '../kit/admin.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { tell } from '../kit/tell.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { Holdings } from './support/probe.ts';

const SERVERS = Number(process.env['SOAK_SERVERS'] ?? 200);
const ROUNDS = Number(process.env['SOAK_ROUNDS'] ?? 5);
/** For machines that are busy with other tests. */
const ROUND_MS = 600_000;
const IN_FLIGHT = 10;
/** Less than 10 kB for each DittoServer after the first round. */
const HEAP_GROWTH = 8 * 1024 * 1024;
/** Pools of sockets and timers breathe. */
const BREATH = 8;
const program = join(import.meta.dirname, '..', '..', 'dist', 'src', 'main.js');
const probe = join(import.meta.dirname, 'support', 'probe.ts');

const stage = useStage({
  name: 'soak',
  provisioner: false,
  own: { percona: false, kubelet: false, controllers: false },
});
let provisioner: Provisioner;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dittoserver-soak-'));
  provisioner = await stage.start({
    command: [process.execPath, '--expose-gc', '--import', probe, program],
    env: { PROBE_FILE: probeFile() },
  });
});
afterAll(async () => {
  await provisioner.stop();
  rmSync(folder, { recursive: true, force: true });
});

const probeFile = (): string => join(folder, 'holdings.json');

/** What it holds: by its own account after collecting garbage, and by the kernel's. */
async function holdings(): Promise<Holdings & { readonly files: number; readonly sockets: number }> {
  rmSync(probeFile(), { force: true });
  process.kill(provisioner.pid(), 'SIGUSR2');
  await waitFor('the provisioner tells what it holds', () => existsSync(probeFile()));
  const fds = `/proc/${provisioner.pid()}/fd`;
  const links = readdirSync(fds).flatMap((fd) => {
    try {
      return [readlinkSync(join(fds, fd))];
    } catch {
      return [];
    }
  });
  const sockets = links.filter((link) => link.startsWith('socket:')).length;
  return { ...(JSON.parse(readFileSync(probeFile(), 'utf8')) as Holdings), files: links.length, sockets };
}
type Held = Awaited<ReturnType<typeof holdings>>;

const kindOf = (apiVersion: string, kind: string): KindRef => ({ apiVersion, kind, namespace: stage.namespace });
const count = async (kind: KindRef): Promise<number> => (await stage.cluster.admin.list<KubeObject>(kind)).length;

async function inParallel(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> {
  const left = [...names];
  const some = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, some));
}

const runningWorkflows = async (): Promise<number> =>
  (await stage.temporal.workflow.count(`TaskQueue = '${stage.taskQueue}' AND ExecutionStatus = 'Running'`)).count;

/** All made, all there, all deleted, and nothing left but what is left by design: generated Secrets, which the next round takes over. */
async function round(names: readonly string[]): Promise<{ readonly upMs: number; readonly downMs: number }> {
  const { admin } = stage.cluster;
  const options = { timeoutMs: ROUND_MS, everyMs: 500 };
  const beganMs = Date.now();
  await inParallel(names, (name) => stage.subject(name).apply(BASIC));
  await waitFor('all StatefulSets', async () => (await count(kindOf('apps/v1', 'StatefulSet'))) === names.length, options);
  const upMs = Date.now() - beganMs;
  await inParallel(names, (name) => stage.subject(name).delete());
  const collected = [kindOf('apps/v1', 'StatefulSet'), kindOf('v1', 'Service'), kindOf('v1', 'ConfigMap'), kindOf('networking.k8s.io/v1', 'NetworkPolicy')];
  for (const kind of collected) {
    await waitFor(`no ${kind.kind}`, async () => {
      await admin.request('DELETE', apiPath(kind));
      return (await count(kind)) === 0;
    }, options);
  }
  expect(await count({ ...DITTO_SERVER, namespace: stage.namespace })).toBe(0);
  await waitFor('no workflow runs', async () => (await runningWorkflows()) === 0, options);
  return { upMs, downMs: Date.now() - beganMs - upMs };
} // prettier-ignore

/** What there is more of than after the first round. */
function grown(first: Held, now: Held): readonly string[] {
  const limits: readonly (readonly [string, number, number, number])[] = [
    ['files', first.files, now.files, BREATH],
    ['sockets', first.sockets, now.sockets, BREATH],
    ['bytes of heap', first.heapUsed, now.heapUsed, HEAP_GROWTH],
    ...Object.keys(now.resources).map(
      (type) => [type, first.resources[type] ?? 0, now.resources[type] ?? 0, BREATH] as const,
    ),
  ];
  return limits.filter(([, before, after, more]) => after > before + more).map(([what, before, after]) => `${what}: ${before}, now ${after}`);
} // prettier-ignore

const told = ({ heapUsed, rss, files, sockets, resources }: Held): string =>
  `heap ${(heapUsed / 1e6).toFixed(1)} MB, RSS ${(rss / 1e6).toFixed(0)} MB, ${files} files of which ${sockets} sockets, ${resources['Timeout'] ?? 0} timers`;

test(
  `${SERVERS} DittoServers made and deleted ${ROUNDS} times leave no workflow, timer, watch, socket or memory behind`,
  async () => {
    const names = Array.from({ length: SERVERS }, (_, i) => `files-${i + 1}`);
    const times = [await round(names)];
    const first = await holdings();
    for (let i = 1; i < ROUNDS; i += 1) times.push(await round(names));

    let last = await holdings();
    await waitFor('nothing is held any more', async () => grown(first, (last = await holdings())).length === 0, {
      timeoutMs: 90_000,
      everyMs: 1_000,
      seen: () => grown(first, last).join('; '),
    });
    const seconds = times.map(({ upMs, downMs }) => `${(upMs / 1_000).toFixed(0)}+${(downMs / 1_000).toFixed(0)}`);
    tell(`soak: ${SERVERS} DittoServers, ${ROUNDS} rounds of ${seconds.join(', ')} s`);
    tell(`soak, after the first round: ${told(first)}`);
    tell(`soak, after the last round:  ${told(last)}`);

    const ended = `TaskQueue = '${stage.taskQueue}' AND ExecutionStatus = 'Completed'`;
    expect((await stage.temporal.workflow.count(ended)).count).toBeGreaterThanOrEqual(SERVERS * ROUNDS);
    expect(await runningWorkflows()).toBe(0);
    const metrics = await (await fetch(`${provisioner.url}/metrics`)).text();
    const cached = [...metrics.matchAll(/^temporal_sticky_cache_size\{.*\} (\d+)/gm)].map(([, size]) => Number(size));
    expect(cached).toEqual(cached.map(() => 0));
    expect(cached.length).toBeGreaterThan(0);
  },
  ROUNDS * 2 * ROUND_MS,
);

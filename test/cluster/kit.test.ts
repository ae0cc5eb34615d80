// The kit keeps its promises: real parts come up, pods get stuck on request, and nothing survives a killed owner.
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { refOf } from '../kit/admin.ts';
import { attachCluster, startCluster } from '../kit/cluster.ts';
import type { KubeObject, ObjectRef, Pod } from '../kit/kubernetes-types.ts';
import { examplePgCluster, type PgCluster } from '../kit/percona-example.ts';
import { startPostgres } from '../kit/postgres.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';

const cluster = attachCluster();

async function untilReady(ref: ObjectRef): Promise<void> {
  const state = async () => (await cluster.admin.get<PgCluster>(ref))?.status?.state;
  await waitFor(`${ref.name} is ready`, async () => (await state()) === 'ready', {
    seen: async () => String(await state()),
  });
}

describe('a cluster of real parts', () => {
  test("Percona's operator brings a database to ready, with its user Secret and a bound volume", async () => {
    const namespace = await cluster.namespace();
    const database = examplePgCluster(namespace, 'alpha-postgres');
    await cluster.admin.create(database);
    await untilReady(refOf(database));
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'alpha-postgres-pguser-dittofs' };
    expect(await cluster.admin.get(secret)).toBeDefined();
    expect(await cluster.kubectl('get', 'pvc', '--namespace', namespace)).toContain('Bound');
  });

  test('the audit log tells who wrote what, before the writer has its answer', async () => {
    const namespace = await cluster.namespace();
    await cluster.admin.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'written' } });
    expect(cluster.writes({ user: 'admin', namespace, resource: 'configmaps' })).toMatchObject([
      { verb: 'create', name: 'written', code: 201, dryRun: false },
    ]);
  });

  test('the provisioner may do what its role says and nothing else', async () => {
    const namespace = await cluster.namespace();
    const provisioner = cluster.as('provisioner');
    const metadata = { namespace, name: 'a' };
    await provisioner.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    const made: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' };
    await expect(provisioner.delete(made)).rejects.toThrow('forbidden');
  });
});

test('a cluster does not end well if the provisioner has read a Secret where there was never a DittoServer (C1)', async () => {
  const own = await startCluster({
    name: 'stray',
    percona: false,
    kubelet: false,
    controllers: false,
    temporal: false,
  });
  try {
    const namespace = await own.namespace();
    const secret = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'of-another' };
    expect(await own.as('provisioner').get(secret)).toBeUndefined();
    await expect(own.stop()).rejects.toThrow(`${namespace}/of-another`);
    expect(existsSync(own.folder)).toBe(false);
  } finally {
    await own.stop();
  }
});

describe('a stand-in node', () => {
  const podOf = (namespace: string, name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: { initContainers: [{ name: 'wait', image: 'wait:1' }], containers: [{ name: 'main', image: 'main:1' }] },
  });
  const ready = (pod: Pod | undefined) =>
    pod?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

  test.each([
    ['imagePull', 'ImagePullBackOff'],
    ['crashLoop', 'CrashLoopBackOff'],
    ['initWaiting', 'PodInitializing'],
    ['pendingVolume', 'PodInitializing'],
  ] as const)('a pod is stuck by %s until it is released', async (how, reason) => {
    const namespace = await cluster.namespace();
    const release = await cluster.controls.stickPods({ namespace }, how, { message: 'by request' });
    const pod = podOf(namespace, 'stuck') as KubeObject;
    await cluster.admin.create(pod);
    await waitFor(reason, async () => {
      const seen = await cluster.admin.get<Pod>(refOf(pod));
      return seen?.status?.containerStatuses?.[0]?.state.waiting?.reason === reason && !ready(seen);
    });
    await release();
    await waitFor('Ready', async () => ready(await cluster.admin.get<Pod>(refOf(pod))));
  });

  test('a pod that is unschedulable stays without a node until it is released, then runs', async () => {
    const namespace = await cluster.namespace();
    const release = await cluster.controls.stickPods({ namespace }, 'unschedulable', { message: 'no room' });
    const pod = podOf(namespace, 'stuck') as KubeObject;
    await cluster.admin.create(pod);
    await waitFor('unschedulable', async () => {
      const seen = await cluster.admin.get<Pod>(refOf(pod));
      return seen?.status?.conditions?.some(
        ({ reason, message }) => reason === 'Unschedulable' && message === 'no room',
      );
    });
    await release();
    await waitFor('Ready', async () => ready(await cluster.admin.get<Pod>(refOf(pod))));
  });

  test('a deleted pod is gone at once, also one that is stuck', async () => {
    const namespace = await cluster.namespace();
    await cluster.controls.stickPods({ namespace }, 'crashLoop');
    const pod = podOf(namespace, 'stuck') as KubeObject;
    await cluster.admin.create(pod);
    await waitFor('its status', async () => (await cluster.admin.get<Pod>(refOf(pod)))?.status?.containerStatuses);
    await cluster.admin.delete(refOf(pod));
    // At once: it does not have its grace period, which is 30 s.
    await waitFor('the pod is gone', async () => !(await cluster.admin.get(refOf(pod))), { timeoutMs: 15_000 });
  });
});

describe('a PostgreSQL', () => {
  test('lets its role in by TLS only', async () => {
    const workspace = createWorkspace('postgres');
    try {
      const postgres = await startPostgres(workspace);
      if (!postgres.psqlPath) return;
      const psql = (env: Readonly<Record<string, string>>) =>
        promisify(execFile)(postgres.psqlPath ?? '', ['-XAtc', 'select current_schema()'], {
          env: { ...process.env, ...postgres.env, ...env },
        });
      const verified = await psql({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: postgres.caFile });
      expect(verified.stdout.trim()).toBe('dittofs');
      await expect(psql({ PGSSLMODE: 'disable' })).rejects.toThrow('no encryption');
    } finally {
      await workspace.dispose();
    }
  });
});

describe('an owner that is killed', () => {
  test('leaves neither process, network link, mount nor folder', async () => {
    // Own Node, own jest-free process: what `make demo` is.
    const script = join(__dirname, '..', 'kit', 'smoke.ts');
    const owner = spawn(process.execPath, [script, '--stay'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let folder = '';
    for await (const line of createInterface({ input: owner.stdout })) {
      folder = /\/\S*dittoserver-kit-\S+?(?=,)/.exec(line)?.[0] ?? folder;
      if (line.includes('is ready')) break;
    }
    expect(existsSync(folder)).toBe(true);
    // Others on this machine may have clusters too: only this one's links count.
    const ids = readdirSync(join(folder, 'logs')).flatMap((log) => /^network-([0-9a-f]+)\./.exec(log)?.[1] ?? []);
    const isOwn = (text: string): boolean => [folder, ...ids].some((own) => text.includes(own));
    owner.kill('SIGKILL');
    await waitFor('the folder is gone', () => !existsSync(folder));
    await waitFor('no process has it in its command line', () =>
      commandLines().every((line) => !line.includes(folder)),
    );
    await waitFor('its link is gone', () => !readdirSync('/sys/class/net').some(isOwn));
    expect(readFileSync('/proc/mounts', 'utf8').split('\n').filter(isOwn)).toEqual([]);
  });
});

function commandLines(): string[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  });
}

describe('a restart of the API server', () => {
  test('is survived by operator, node and clients', async () => {
    const namespace = await cluster.namespace();
    await cluster.controls.stopApiServer();
    await expect(cluster.admin.list({ apiVersion: 'v1', kind: 'Namespace' })).rejects.toThrow('ECONNREFUSED');
    await cluster.controls.startApiServer();
    const database = examplePgCluster(namespace, 'beta-postgres');
    await cluster.admin.create(database);
    await untilReady(refOf(database));
  });
});

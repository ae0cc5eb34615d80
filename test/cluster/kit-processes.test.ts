// Where pods run as processes, they do what they would on a real node: the DittoFS server serves, PostgreSQL of the real operator lets
// its user in, probes and back-off decide, and nothing of a pod outlives it.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { refOf } from '../kit/admin.ts';
import { type OwnedCluster, startCluster } from '../kit/cluster.ts';
import type { KubeObject, Pod } from '../kit/kubernetes-types.ts';
import { examplePgCluster, type PgCluster } from '../kit/percona-example.ts';
import { startPostgres } from '../kit/postgres.ts';
import { whyPodsCannotRun } from '../kit/process-kubelet-stand-in/why-pods-cannot-run.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { dittofsExample } from './support/dittofs-example.ts';
import { podsOf, shellPod } from './support/pods.ts';

const reason = whyPodsCannotRun();
const whereTheyCan = reason === undefined ? describe : describe.skip;
const suffix = reason === undefined ? '' : ` (skipped: ${reason})`;

let cluster: OwnedCluster;
let namespace: string;
let stop: () => Promise<void> = () => Promise.resolve();

whereTheyCan(`pods that run as processes${suffix}`, () => {
  beforeAll(async () => {
    cluster = await startCluster({ name: 'processes', pods: 'processes', temporal: false });
    stop = () => cluster.stop();
    namespace = await cluster.namespace();
  });
  afterAll(() => stop());

  const create = async <T extends KubeObject>(object: T): Promise<T> => cluster.admin.create(object);
  const pods = () => podsOf(cluster);
  const logOf = (pod: KubeObject) =>
    readFileSync(join(cluster.folder, 'logs', `${namespace}_${pod.metadata.name}_main.log`), 'utf8');
  const secret = (name: string, stringData: Readonly<Record<string, string>>): KubeObject =>
    Object.assign({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } }, { stringData });

  test('two DittoFS servers serve on the same port, each at its own address, and are found by name', async () => {
    for (const name of ['alpha', 'beta']) {
      for (const object of dittofsExample(namespace, name)) await create(object);
    }
    const addresses = await Promise.all(
      ['alpha', 'beta'].map(async (name) => {
        const pod = await pods().untilReady({ apiVersion: 'v1', kind: 'Pod', namespace, name: `${name}-0` });
        return pod.status?.podIP ?? '';
      }),
    );
    for (const address of addresses) {
      const answer = await fetch(`http://${address}:8080/health/ready`);
      expect(answer.status).toBe(200);
    }
    const visitor = await create(shellPod(namespace, 'visitor', 'sleep 600 & wait'));
    await pods().untilReady(visitor);
    const asked = { namespace, pod: 'visitor', container: 'main' };
    await waitFor('both names lead to the pods', async () => {
      const names = ['alpha-api', `beta-api.${namespace}.svc`, `alpha-0.alpha-headless.${namespace}.svc.cluster.local`];
      const { stdout } = await cluster.controls.execute(asked, ['getent', 'hosts', ...names]);
      const found = stdout.split('\n').map((line) => line.split(' ')[0]);
      return [addresses[0], addresses[1], addresses[0]].every((address, index) => found[index] === address);
    });
    const outside = readFileSync(cluster.podNetwork?.hostsFile ?? '', 'utf8');
    expect(outside).toContain(`${addresses[1]} beta-api.${namespace}.svc `);
    const addressByName = JSON.parse(readFileSync(cluster.podNetwork?.hostsJsonFile ?? '', 'utf8')) as unknown;
    expect(addressByName).toMatchObject({ [`alpha-api.${namespace}.svc.cluster.local`]: addresses[0] });
  });

  test('a PerconaPGCluster of the real operator lets its user in over verified TLS, also after a new password, and keeps its data', async () => {
    const database = await create(examplePgCluster(namespace, 'gamma-postgres'));
    const state = async () => (await cluster.admin.get<PgCluster>(refOf(database)))?.status?.state;
    await waitFor('ready', async () => (await state()) === 'ready', {
      timeoutMs: 90_000,
      seen: async () => String(await state()),
    });

    const visit = async (name: string, sql: string): Promise<string> => {
      const pod = await create(psqlPod(name, sql));
      await waitFor(`${name} has ended`, async () => (await pods().get(pod))?.status?.phase === 'Succeeded', {
        timeoutMs: 60_000,
        seen: () => logOf(pod),
      });
      return logOf(pod).trim();
    };
    const told = await visit(
      'first',
      'create table kept (n int); select current_user, current_schema(), ssl from pg_stat_ssl where pid = pg_backend_pid()',
    );
    expect(told).toContain('dittofs|dittofs|t');

    const user = { apiVersion: 'v1', kind: 'Secret', namespace, name: 'gamma-postgres-pguser-dittofs' };
    const verifier = async () =>
      (await cluster.admin.get<KubeObject & { data: Record<string, string> }>(user))?.data['verifier'];
    const before = await verifier();
    await cluster.admin.patch(user, { data: { password: '' } });
    await waitFor('a new verifier', async () => (await verifier()) !== before);
    const [pod] = await cluster.admin.list<Pod>(
      { apiVersion: 'v1', kind: 'Pod', namespace },
      { labelSelector: 'postgres-operator.crunchydata.com/data=postgres' },
    );
    await cluster.admin.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod?.metadata.name ?? '' });
    expect(await visit('second', 'select count(*) from kept')).toMatch(/^0$/m);
  });

  /** Tries until the login works, as a pod that waits would. */
  function psqlPod(name: string, sql: string) {
    const from = (variable: string, key: string) => ({
      name: variable,
      valueFrom: { secretKeyRef: { name: 'gamma-postgres-pguser-dittofs', key } },
    });
    const keys = { PGHOST: 'host', PGPORT: 'port', PGUSER: 'user', PGPASSWORD: 'password', PGDATABASE: 'dbname' };
    return shellPod(namespace, name, 'until psql -XAtq -v ON_ERROR_STOP=1 -c "$SQL"; do sleep 0.3; done', {
      container: {
        image: 'docker.io/library/postgres:16-alpine',
        env: [
          ...Object.entries(keys).map(([variable, key]) => from(variable, key)),
          { name: 'PGSSLMODE', value: 'verify-full' },
          { name: 'PGSSLROOTCERT', value: '/tls/ca.crt' },
          { name: 'SQL', value: sql },
        ],
        volumeMounts: [{ name: 'tls', mountPath: '/tls' }],
      },
      spec: {
        restartPolicy: 'Never',
        volumes: [
          {
            name: 'tls',
            secret: { secretName: 'gamma-postgres-cluster-cert', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
          },
        ],
      },
    });
  }

  test('a pod reaches a PostgreSQL that runs beside the cluster', async () => {
    const workspace = createWorkspace('beside');
    try {
      const beside = await startPostgres(workspace, { host: cluster.podNetwork?.hostAddress ?? '' });
      const env = Object.entries(beside.env).map(([name, value]) => ({ name, value }));
      const pod = await create(
        shellPod(namespace, 'outward', 'psql -XAtc "select current_user"', {
          container: { image: 'postgres:16', env },
          spec: { restartPolicy: 'Never' },
        }),
      );
      await waitFor('its end', async () => (await pods().get(pod))?.status?.phase === 'Succeeded', {
        seen: () => logOf(pod),
      });
      expect(logOf(pod)).toContain('dittofs');
    } finally {
      await workspace.dispose();
    }
  });

  test('the container is not root, has only its own files, and may write only where it is allowed', async () => {
    const script =
      'id -u; id -G; touch /x && echo root-writable; touch /data/x && echo data-writable; ls /home /root 2>&1; env | grep -c KIT_; echo said; exec sleep 600';
    const pod = await create(
      shellPod(namespace, 'restricted', script, {
        container: {
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
          securityContext: {
            runAsUser: 65532,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
            allowPrivilegeEscalation: false,
          },
        },
        spec: { securityContext: { fsGroup: 65532 }, volumes: [{ name: 'data', emptyDir: {} }] },
      }),
    );
    await pods().untilReady(pod);
    await waitFor('its words', () => /^said$/m.test(logOf(pod)));
    const words = logOf(pod);
    expect(words).toMatch(/^65532\n0 65532\n/);
    expect(words).toContain('data-writable');
    expect(words).not.toContain('root-writable');
    expect(words).toMatch(/Read-only file system/);
    expect(words.trimEnd().split('\n').slice(-2)).toEqual(['0', 'said']);
  });

  test('readiness follows its probe in both directions; a failing liveness probe restarts the container', async () => {
    const probe = (file: string) => ({
      exec: { command: ['test', '-e', file] },
      periodSeconds: 1,
      failureThreshold: 1,
    });
    const pod = await create(
      shellPod(namespace, 'probed', 'touch /tmp/alive; exec sleep 600', {
        container: {
          readinessProbe: probe('/tmp/ready'),
          livenessProbe: { ...probe('/tmp/alive'), initialDelaySeconds: 1 },
        },
        spec: { terminationGracePeriodSeconds: 1 },
      }),
    );
    const main = { namespace, pod: 'probed', container: 'main' };
    const run = (...command: string[]) => cluster.controls.execute(main, command);
    await pods().untilContainer(pod, 'it runs', ({ state, ready }) => state.running !== undefined && !ready);
    await run('touch', '/tmp/ready');
    await pods().untilReady(pod);
    await run('rm', '/tmp/ready');
    await pods().untilContainer(
      pod,
      'it is not ready any more',
      ({ state, ready }) => state.running !== undefined && !ready,
    );
    await run('rm', '/tmp/alive');
    const restarted = await pods().untilContainer(
      pod,
      'its restart',
      ({ restartCount, state }) => restartCount === 1 && state.running !== undefined,
    );
    expect(restarted.lastState.terminated).toMatchObject({ exitCode: 137, reason: 'Error' });
  });

  test('a container that ends again and again is restarted at once, then with a back-off, and its last words are kept', async () => {
    const pod = await create(shellPod(namespace, 'crashing', 'printf "the reason" >/dev/termination-log; exit 3'));
    const status = await pods().untilContainer(
      pod,
      'a back-off',
      ({ state }) => state.waiting?.reason === 'CrashLoopBackOff',
    );
    expect(status).toMatchObject({
      restartCount: 1,
      ready: false,
      lastState: { terminated: { exitCode: 3, message: 'the reason' } },
    });
    expect(status.state.waiting?.message).toMatch(/^back-off 10s restarting failed container=main pod=crashing_/);
  });

  test('an init container that fails keeps the pod from starting, and the end of its log is its last word', async () => {
    const init = {
      name: 'first',
      image: 'busybox',
      command: ['sh', '-c', 'echo "gave up" >&2; exit 1'],
      terminationMessagePolicy: 'FallbackToLogsOnError',
    };
    const pod = await create(shellPod(namespace, 'held', 'sleep 600', { spec: { initContainers: [init] } }));
    const seen = await waitFor('its second failure', async () => {
      const found = (await pods().get(pod))?.status;
      return (found?.initContainerStatuses?.[0]?.restartCount ?? 0) > 0 && found;
    });
    expect(seen.phase).toBe('Pending');
    expect(seen.initContainerStatuses?.[0]?.lastState.terminated).toMatchObject({ exitCode: 1, message: 'gave up\n' });
    expect(seen.containerStatuses?.[0]?.state.waiting?.reason).toBe('PodInitializing');
  });

  test('a missing key of a Secret, or a missing volume, holds the pod with the cause until it is there', async () => {
    const key = { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'late', key: 'token' } } };
    const pod = await create(
      shellPod(namespace, 'patient', 'cat /late/token; exec sleep 600', {
        container: { env: [key], volumeMounts: [{ name: 'late', mountPath: '/late' }] },
        spec: { volumes: [{ name: 'late', secret: { secretName: 'late' } }] },
      }),
    );
    await pods().untilContainer(pod, 'it waits', ({ state }) => state.waiting?.reason === 'ContainerCreating');
    await waitFor('an event', async () =>
      (await cluster.kubectl('get', 'events', '-n', namespace)).includes(
        'MountVolume.SetUp failed for volume "late" : secret "late" not found',
      ),
    );
    await create(secret('late', { other: 'x' }));
    const refused = await pods().untilContainer(
      pod,
      'a config error',
      ({ state }) => state.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(refused.state.waiting?.message).toBe(`couldn't find key token in Secret ${namespace}/late`);
    await cluster.admin.patch(
      { apiVersion: 'v1', kind: 'Secret', namespace, name: 'late' },
      { stringData: { token: 'here' } },
    );
    await pods().untilReady(pod);
  });

  test('a pod that is held stops running, and runs again when it is released', async () => {
    const pod = await create(
      shellPod(namespace, 'captive', 'exec sleep 600', { spec: { terminationGracePeriodSeconds: 1 } }),
    );
    const uid = (await pods().untilReady(pod)).metadata.uid ?? '';
    const release = await cluster.controls.stickPods({ namespace, namePrefix: 'captive' }, 'crashLoop');
    await pods().untilContainer(pod, 'it is held', ({ state }) => state.waiting?.reason === 'CrashLoopBackOff');
    expect(processesOf(uid)).toEqual([]);
    await release();
    await pods().untilReady(pod);
    expect(processesOf(uid)).not.toEqual([]);
  });

  test('a deleted pod is told to stop, has its grace period, and leaves neither process nor folder', async () => {
    const script = 'trap "echo told to stop; sleep 1; echo in order; exit 0" TERM; sleep 600 & wait';
    const hook = { preStop: { exec: { command: ['sh', '-c', 'echo before >/proc/1/fd/1'] } } };
    const pod = await create(
      shellPod(namespace, 'orderly', script, {
        container: { lifecycle: hook },
        spec: { terminationGracePeriodSeconds: 20 },
      }),
    );
    const { metadata } = await pods().untilReady(pod);
    const uid = metadata.uid ?? '';
    expect(processesOf(uid)).not.toHaveLength(0);
    await cluster.admin.delete(refOf(pod));
    await pods().untilGone(pod);
    expect(logOf(pod)).toBe('before\ntold to stop\nin order\n');
    expect(processesOf(uid)).toEqual([]);
    expect(existsSync(join(cluster.folder, 'pods', uid))).toBe(false);
  });

  test('a pod that does not stop is killed at the end of its grace period; by force, at once', async () => {
    const stubborn = (name: string, seconds: number) =>
      shellPod(namespace, name, 'trap "" TERM; while :; do sleep 1; done', {
        spec: { terminationGracePeriodSeconds: seconds },
      });
    const [slow, forced] = [await create(stubborn('slow', 2)), await create(stubborn('forced', 600))];
    const uid = (await pods().untilReady(forced)).metadata.uid ?? '';
    await pods().untilReady(slow);
    await cluster.admin.delete(refOf(slow));
    await cluster.admin.delete(refOf(forced), { gracePeriodSeconds: 0 });
    await waitFor('no process of it', () => processesOf(uid).length === 0, { timeoutMs: 20_000 });
    await pods().untilGone(slow);
  });
});

whereTheyCan(`an owner that is killed while pods run${suffix}`, () => {
  test('leaves neither process, network link, mount nor folder', async () => {
    const mounts = readFileSync('/proc/mounts', 'utf8');
    const script = join(__dirname, '..', 'kit', 'smoke.ts');
    const owner = spawn(process.execPath, [script, '--stay', '--processes'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let [folder, address] = ['', ''];
    for await (const line of createInterface({ input: owner.stdout })) {
      folder = /\/\S*dittoserver-kit-\S+?(?=,)/.exec(line)?.[0] ?? folder;
      address = /reach this machine at (\S+)/.exec(line)?.[1] ?? address;
      if (line.includes('is ready')) break;
    }
    expect(hasAddress(address)).toBe(true);
    owner.kill('SIGKILL');
    await waitFor('the folder is gone', () => !existsSync(folder), { timeoutMs: 60_000 });
    await waitFor('no process has it in its command line', () => processesOf(folder).length === 0);
    await waitFor('its link is gone', () => !hasAddress(address));
    expect(readFileSync('/proc/mounts', 'utf8')).toBe(mounts);
  });
});

function hasAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some((one) => one.address === address));
}

/** Command lines with a text in them. */
function processesOf(text: string): string[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  });
  return lines.filter((line) => line.includes(text));
}

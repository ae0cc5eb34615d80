// A DittoServer that really serves: with the real Percona operator, PostgreSQL and DittoFS server, from "applied" to what clients and
// administrators see of it; on every kind of database, with TLS and with client certificates, and after its database was reset.
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { adapterChildName, ANNOTATIONS, OPERATOR_USER } from '../../src/api/names.ts';
import type { KubeObject, Pod } from '../kit/kubernetes-types.ts';
import { startPostgres, type Postgres } from '../kit/postgres.ts';
import { whyPodsCannotRun } from '../kit/process-kubelet-stand-in/why-pods-cannot-run.ts';
import { tell } from '../kit/tell.ts';
import { isOpen } from '../kit/ports.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { certificatesIn } from './support/certificates.ts';
import { runningServer, secretOf, secretValue, type RunningServer, type Way } from './support/running-server.ts';
import { useStage } from './support/stage.ts';
import { BASIC, conditionsOf, PERCONA, type Subject } from './support/subject.ts';

const reason = whyPodsCannotRun();
const whereTheyCan = reason === undefined ? describe : describe.skip;
const suffix = reason === undefined ? '' : ` (skipped: ${reason})`;

/** What the server is asked for what changes without an event; the default is half a minute. */
const SOON = { adapterDiscovery: { pollingInterval: '1s' } };
/** And the session of its own that the provisioner knows the server by ends soon, so that a lost account is noticed. */
const SHORT = { ...SOON, identity: { jwt: { secretRef: { name: '', key: '' }, accessTokenDuration: '4s' } } };
/** The machine may be busy, and PostgreSQL is made first. */
const START = { timeoutMs: 120_000 };
const TABLES = `select string_agg(distinct schemaname, ',') || ' ' || count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`;

whereTheyCan(`a DittoServer${suffix}`, () => {
  const stage = useStage({ name: 'serving', own: { pods: 'processes' } });
  const workspace = createWorkspace('serving');
  const opened: RunningServer[] = [];
  afterAll(async () => {
    for (const server of opened) server.close();
    await workspace.dispose();
  });

  const open = async (subject: Subject, way?: Way): Promise<RunningServer> => {
    const server = await runningServer(stage.cluster, subject, way);
    opened.push(server);
    return server;
  };
  const find = (kind: 'Service' | 'NetworkPolicy', subject: Subject, type: string) => {
    const apiVersion = kind === 'Service' ? 'v1' : 'networking.k8s.io/v1';
    return stage.cluster.admin.get<KubeObject & { readonly spec: object }>({ apiVersion, kind, namespace: subject.namespace, name: adapterChildName(subject.name, type) }); // prettier-ignore
  };
  const portsOf = async (kind: 'Service' | 'NetworkPolicy', subject: Subject, type: string): Promise<string> =>
    JSON.stringify((await find(kind, subject, type))?.spec ?? 'none');
  const fileNames = async (subject: Subject, folder: string): Promise<string> => {
    return (await stage.cluster.controls.execute(containerOf(subject), ['find', folder, '-type', 'f'])).stdout;
  };
  const containerOf = ({ namespace, name }: Subject) => ({ namespace, pod: `${name}-0`, container: 'dittofs' });
  const podUid = async (subject: Subject): Promise<string> => (await subject.pod())?.metadata.uid ?? '';

  /** Clients and administrators are served. */
  const expectServed = async (subject: Subject, way?: Way): Promise<RunningServer> => {
    const server = await open(subject, way);
    const adapters = await server.api.adapters(server.token);
    expect(adapters.map(({ type, healthy }) => [type, healthy])).toEqual([['nfs', true], ['smb', true]]); // prettier-ignore
    for (const { type, port } of adapters) {
      expect(await isOpen(server.address, port)).toBe(true);
      expect(await portsOf('Service', subject, type)).toContain(`"port":${port}`);
      expect(await portsOf('NetworkPolicy', subject, type)).toContain(`"port":${port}`);
    }
    expect(await isOpen(server.address, 10111)).toBe(true);
    expect(await portsOf('Service', subject, 'nfs')).toContain('"targetPort":10111');
    const [operator] = await server.users(OPERATOR_USER);
    expect(operator?.role).toBe(subject.name === 'main' ? 'admin' : 'operator');
    return server;
  };

  /** The server's database is emptied and the server restarts: the account of the provisioner is made again, with the same password. */
  const expectAccountBackAfter = async (
    subject: Subject,
    reset: (container: ReturnType<typeof containerOf>) => Promise<unknown>,
  ): Promise<void> => {
    const server = await expectServed(subject);
    const account = (key: string) => secretValue(stage.cluster, subject.namespace, subject.names.operatorSecret, key);
    const [username, password] = [await account('username'), await account('password')];
    const before = await server.api.login({ username, password });
    expect(before.role).toBe('operator');
    await reset(containerOf(subject));
    await stage.cluster.controls.signal(containerOf(subject), 'SIGKILL');
    const login = async () => {
      const restarted = await open(subject);
      return restarted.api.login({ username, password });
    };
    expect(await waitFor('the account', login, { timeoutMs: 60_000, everyMs: 500, seen: subject.says })).toMatchObject({ role: 'operator' }); // prettier-ignore
    await subject.untilReady();
    await expectServed(subject);
  };

  test('with Percona: from applied to tables in PostgreSQL, a login, adapters that clients reach, and policies, in one pod', async () => {
    const subject = stage.subject('main');
    const snapshotPolicies = [{ share: '/export', interval: '1h', keepLast: 3 }];
    const began = performance.now();
    const atMs = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
    await subject.apply({ ...PERCONA, ...SOON, snapshotPolicies });
    await waitFor('PostgreSQL', async () => (await subject.postgresCluster())?.status?.state === 'ready', START);
    const database = atMs();
    await waitFor('a pod', async () => (await subject.pod())?.status?.containerStatuses?.[0]?.ready, START);
    const pod = atMs();
    await subject.untilReady(START);
    tell(`serving: from applied to PostgreSQL ready ${database}, pod ready ${pod}, Ready ${atMs()}`);
    const uid = await podUid(subject);

    const tables = await stage.cluster.controls.sql(stage.namespace, subject.names.postgresCluster, TABLES, 'dittofs');
    expect(tables).toMatch(/^dittofs 2\d$/);
    expect(await fileNames(subject, '/data/controlplane')).toBe('');
    const server = await expectServed(subject);

    // A share that is yet to be made makes nobody less ready, and its policy comes with it.
    expect((await subject.untilTold({ type: 'SnapshotsScheduled', status: 'False' })).reason).toBe('ShareMissing');
    expect(conditionsOf(await subject.get()).find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True', reason: 'ShareMissing' }); // prettier-ignore
    await server.makeShare('/export');
    await subject.untilTold({ type: 'SnapshotsScheduled', status: 'True' });
    const [policy] = await server.api.snapshotPolicies(server.token);
    expect(policy).toMatchObject({ share: '/export', interval: '1h0m0s', keepLast: 3, enabled: true });

    // Adapters follow what an administrator does on the server.
    await server.call('PUT', 'adapters/smb', { enabled: false });
    await waitFor('the Service of smb to go', async () => !(await find('Service', subject, 'smb')));
    await waitFor('its NetworkPolicy to go', async () => !(await find('NetworkPolicy', subject, 'smb')));
    await server.call('PUT', 'adapters/smb', { enabled: true, port: 2445 });
    for (const kind of ['Service', 'NetworkPolicy'] as const)
      await waitFor(`the ${kind} of smb`, async () => (await portsOf(kind, subject, 'smb')).includes('"port":2445'));
    await subject.untilReady();
    expect(await isOpen(server.address, 2445)).toBe(true);
    expect(await podUid(subject)).toBe(uid);
    expect(await subject.revisions()).toBe(1);
  });

  test('its password is rotated: PostgreSQL takes the new one and refuses the old one, and the server works with it after one restart', async () => {
    const subject = stage.subject('main');
    const { namespace, names, ref } = subject;
    const passwordOf = () => secretValue(stage.cluster, namespace, names.postgresUserSecret, 'password');
    const [before, uid, revisions] = [await passwordOf(), await podUid(subject), await subject.revisions()];
    expect(await logIn(subject, before)).toBe('dittofs');
    await stage.cluster.admin.patch(ref, { metadata: { annotations: { [ANNOTATIONS.rotatePassword]: 'now' } } });
    await waitFor('another pod', async () => ![uid, ''].includes(await podUid(subject)), { ...START, seen: subject.says }); // prettier-ignore
    await subject.untilReady(START);
    const [after, restarted] = [await passwordOf(), await podUid(subject)];
    expect(after === before).toBe(false);
    expect(await logIn(subject, after)).toBe('dittofs');
    expect(await logIn(subject, before)).toMatch(/password authentication failed/);
    await expectServed(subject);
    await subject.untilQuiet();
    expect(await podUid(subject)).toBe(restarted);
    expect(await subject.revisions()).toBe(revisions + 1);
  });

  /** Logs in to the database over the network, as the server does; returns as whom, or what PostgreSQL says to it. */
  const logIn = async ({ namespace, names }: Subject, password: string): Promise<string> => {
    const pods = await stage.cluster.admin.list<Pod>({ apiVersion: 'v1', kind: 'Pod', namespace });
    const pod = pods.find(({ metadata }) => metadata.name.startsWith(`${names.postgresCluster}-instance1-`));
    const script = `read -r PGPASSWORD; export PGPASSWORD; psql -XAtq -h ${pod?.status?.podIP} -U dittofs -d dittofs -c 'select current_user'`;
    const container = { namespace, pod: pod?.metadata.name ?? '', container: 'database' };
    const { stdout, stderr } = await stage.cluster.controls.execute(container, ['sh', '-c', script], `${password}\n`);
    return `${stdout}${stderr}`.trim();
  };

  describe('of another kind', () => {
    const certificates = certificatesIn(workspace.folder);
    const pem = (name: string): string => certificates.pem(name);
    let postgres: Postgres;
    const https: Way = { scheme: 'https', port: 8443 };
    const subjectOf = (name: string): Subject => stage.subject(name);

    beforeAll(async () => {
      const host = stage.cluster.podNetwork?.hostAddress ?? '';
      const of = (name: string): string => `${name}-api.${stage.namespace}.svc.cluster.local`;
      await certificates.authority('ca');
      await certificates.signed('tls', 'ca', of('tls'));
      await certificates.signed('mtls', 'ca', of('mtls'));
      await certificates.signed('client', 'ca', 'provisioner');
      postgres = await startPostgres(workspace, { host });
      const { port, database, role: user, password } = postgres;
      const certificate = (name: string) => ({ 'tls.crt': pem(`${name}.crt`), 'tls.key': pem(`${name}.key`), 'ca.crt': pem('ca.crt') }); // prettier-ignore
      const secrets = {
        external: { host, port: String(port), database, user, password },
        tls: certificate('tls'),
        mtls: certificate('mtls'),
        clients: { ...certificate('client') },
      };
      for (const [name, values] of Object.entries(secrets)) {
        await stage.cluster.admin.create(secretOf(stage.namespace, `own-${name}`, values));
      }
      const specs: Readonly<Record<string, DittoServerSpec>> = {
        sqlite: { ...BASIC, ...SHORT },
        external: {
          ...BASIC,
          ...SHORT,
          database: { type: 'postgres', postgresSecretRef: { name: 'own-external', key: '' } },
        },
        verified: { ...PERCONA, percona: { ...PERCONA.percona, sslMode: 'verify-full' } },
        tls: { ...BASIC, controlPlane: { port: 8443, certSecretName: 'own-tls' } },
        mtls: { ...BASIC, controlPlane: { port: 8443, certSecretName: 'own-mtls', clientCASecretName: 'own-clients' } },
      };
      for (const [name, spec] of Object.entries(specs)) await subjectOf(name).apply(spec);
    });

    test('with an external PostgreSQL it has its tables there, in the schema of its user; after a reset of it the account comes back', async () => {
      const subject = subjectOf('external');
      await subject.untilReady(START);
      expect(await postgres.sql(TABLES)).toMatch(/^dittofs 2\d$/);
      expect(await fileNames(subject, '/data/controlplane')).toBe('');
      expect(conditionsOf(await subject.get()).find(({ type }) => type === 'DatabaseReady')).toMatchObject({ status: 'True' }); // prettier-ignore
      const { role } = postgres;
      await expectAccountBackAfter(subject, () => postgres.sql(`drop schema ${role} cascade; create schema ${role} authorization ${role}`)); // prettier-ignore
      expect(await postgres.sql(TABLES)).toMatch(/^dittofs 2\d$/);
    });

    test("with Percona and verify-full it checks PostgreSQL's certificate against the cluster's own authority", async () => {
      const subject = subjectOf('verified');
      await subject.untilReady(START);
      const { postgresCluster } = subject.names;
      expect(await stage.cluster.controls.sql(stage.namespace, postgresCluster, TABLES, 'dittofs')).toMatch(
        /^dittofs 2\d$/,
      );
      const encrypted = `select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where usename = 'dittofs'`;
      expect(await stage.cluster.controls.sql(stage.namespace, postgresCluster, encrypted, 'dittofs')).toBe('t');
      await expectServed(subject);
    });

    test('with TLS it is served over TLS alone, by a certificate that the provisioner checks', async () => {
      const subject = subjectOf('tls');
      await subject.untilReady(START);
      await expectServed(subject, { ...https, trust: { ca: pem('ca.crt') } });
      await expect(open(subject, { ...https, trust: {} })).rejects.toThrow(/trusted over TLS/);
    });

    test('with client certificates it lets in who shows one, the provisioner too (8.26)', async () => {
      const subject = subjectOf('mtls');
      await subject.untilReady(START);
      const trust = { ca: pem('ca.crt') };
      await expectServed(subject, { ...https, trust: { ...trust, cert: pem('client.crt'), key: pem('client.key') } });
      await expect(open(subject, { ...https, trust })).rejects.toThrow(/asks for a client certificate/);
    });

    test('with SQLite it has its database in a file; after a reset of it the account comes back, with the same password', async () => {
      const subject = subjectOf('sqlite');
      await subject.untilReady(START);
      expect(await fileNames(subject, '/data/controlplane')).toContain('controlplane.db');
      await expectAccountBackAfter(subject, (container) =>
        stage.cluster.controls.execute(container, ['sh', '-c', 'rm -f /data/controlplane/controlplane.db*']),
      );
    });
  });
});

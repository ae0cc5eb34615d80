// What can be wrong with the database and the server while both really run: each ends in a condition that names the cause, holds up
// nobody else, and goes when the cause is gone.
import { readFileSync } from 'node:fs';
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { startPostgres, type Postgres } from '../kit/postgres.ts';
import { whyPodsCannotRun } from '../kit/process-kubelet-stand-in/why-pods-cannot-run.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { findCanaries } from './support/canaries.ts';
import { certificatesIn } from './support/certificates.ts';
import { secretOf } from './support/running-server.ts';
import { useStage } from './support/stage.ts';
import { BASIC, conditionsOf, type Condition, type Subject, type Told } from './support/subject.ts';

const reason = whyPodsCannotRun();
const whereTheyCan = reason === undefined ? describe : describe.skip;
const suffix = reason === undefined ? '' : ` (skipped: ${reason})`;

/** What changes in the server without an event is asked for at this pace. */
const SOON = { adapterDiscovery: { pollingInterval: '1s' } };
const START = { timeoutMs: 120_000 };
const WRONG = 'a-wrong-password-of-somebody';

whereTheyCan(`with real servers${suffix}`, () => {
  const stage = useStage({ name: 'faults', own: { pods: 'processes' } });
  const workspace = createWorkspace('serving-faults');
  const certificates = certificatesIn(workspace.folder);
  afterAll(() => workspace.dispose());

  let good: Postgres;
  let late: Postgres;
  const host = (): string => stage.cluster.podNetwork?.hostAddress ?? '';
  const apply = async (subject: Subject, values: Readonly<Record<string, string>>): Promise<void> => {
    const name = `${subject.name}-own`;
    await stage.cluster.admin.create(secretOf(subject.namespace, name, values));
    await subject.apply({ ...BASIC, ...SOON, database: { postgresSecretRef: { name, key: '' } } });
  };
  const correct = (subject: Subject, stringData: Readonly<Record<string, string>>) =>
    stage.cluster.admin.patch({ apiVersion: 'v1', kind: 'Secret', namespace: subject.namespace, name: `${subject.name}-own` }, { stringData }); // prettier-ignore
  const loginTo = ({ port, role: user, password, database }: Postgres) => ({ host: host(), port: String(port), user, password, database }); // prettier-ignore
  const condition = async (subject: Subject, type: Told['type']): Promise<Condition | undefined> =>
    conditionsOf(await subject.get()).find((one) => one.type === type);

  beforeAll(async () => {
    const withoutTls = await startPostgres(workspace, { host: host(), tls: false });
    [good, late] = [
      await startPostgres(workspace, { host: host() }),
      await startPostgres(workspace, { host: host(), started: false }),
    ];
    await good.sql(
      `create role misled login password 'another-password'; create schema authorization misled; create role bare login password 'bare-password'`,
    );
    // All at once: each is refused for as long as its test needs.
    await apply(stage.subject('wrong'), { ...loginTo(good), user: 'misled', password: WRONG });
    await apply(stage.subject('unknown'), { ...loginTo(good), user: 'nobody' });
    await apply(stage.subject('bare'), { ...loginTo(good), user: 'bare', password: 'bare-password' });
    await apply(stage.subject('plain'), loginTo(withoutTls));
    await apply(stage.subject('early'), loginTo(late));
  });

  /** The database is told as the cause, in `DatabaseReady` and in `Ready`. */
  const untilBlamed = async (name: string, told: Omit<Told, 'type' | 'status'>): Promise<Subject> => {
    const subject = stage.subject(name);
    const { message } = await subject.untilTold({ type: 'DatabaseReady', status: 'False', ...told });
    await subject.untilTold({ type: 'Ready', status: 'False', ...told });
    expect(message).toContain('the database of Secret "');
    return subject;
  };

  describe('a database that takes nobody in at the start', () => {
    test('for a wrong password is told; the password in the database is enough to start', async () => {
      const subject = await untilBlamed('wrong', { reason: 'DatabaseLoginRefused', message: /password of its user is not accepted/ }); // prettier-ignore
      expect((await condition(subject, 'Available'))?.reason).toBe('InitContainerWaiting');
      await good.sql(`alter role misled password '${WRONG}'`);
      await subject.untilReady(START);
    });

    test('for a role that does not exist is told', async () => {
      await untilBlamed('unknown', { reason: 'DatabaseLoginRefused', message: /is not accepted, or there is no such user/ }); // prettier-ignore
    });

    test('for a role that may create nothing is told with the right that it lacks, and the right is enough to start', async () => {
      const subject = await untilBlamed('bare', { reason: 'DatabaseLoginRefused', message: /its user may not create tables/ }); // prettier-ignore
      await good.sql('create schema bare authorization bare');
      await subject.untilReady(START);
    });

    test('over TLS is told with the setting that asks for it', async () => {
      await untilBlamed('plain', { reason: 'DatabaseLoginRefused', message: /offers no TLS, which sslmode require needs/ }); // prettier-ignore
    });

    test('since it is down is told, and its start is enough', async () => {
      const subject = await untilBlamed('early', { reason: 'DatabaseUnreachable', message: /ECONNREFUSED/ });
      await late.start();
      await subject.untilReady(START);
      expect(await condition(subject, 'DatabaseReady')).toMatchObject({ status: 'True' });
    });
  });

  describe('a database that is lost while the server runs', () => {
    test('is told although the server goes on to answer 200, and told as gone when it is back; no pod is touched', async () => {
      const subject = stage.subject('early');
      const { uid } = (await subject.pod())?.metadata ?? {};
      await late.stop();
      await untilBlamed('early', { reason: 'DatabaseUnreachable', message: /not reached by the server, nor from here: .*ECONNREFUSED/ }); // prettier-ignore
      expect(await condition(subject, 'Available')).toMatchObject({ status: 'True' });
      const health = await fetch(`http://${(await subject.pod())?.status?.podIP}:8080/health/ready`);
      expect(health.status).toBe(200);
      await late.start();
      await subject.untilReady(START);
      expect((await subject.pod())?.metadata.uid).toBe(uid);
    });

    test('for a password that was changed there is told with the user; the Secret with it restarts the server once', async () => {
      const subject = stage.subject('early');
      const [password, before] = ['the-next-password', await subject.revisions()];
      await late.sql(`alter role dittofs password '${password}'; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'dittofs'`); // prettier-ignore
      await untilBlamed('early', { reason: 'DatabaseLoginRefused', message: /password of its user is not accepted/ }); // prettier-ignore
      await correct(subject, { password });
      await subject.untilTold({ type: 'DatabaseReady', status: 'True' }, START);
      await subject.untilReady(START);
      expect(await subject.revisions()).toBe(before + 1);
    });
  });

  test('a server whose API hangs is told with the cause, delays nobody else, and is back when it answers', async () => {
    const { namespace } = stage;
    const subject = stage.subject('hanging');
    await certificates.authority('ca');
    await certificates.signed('server', 'ca', `hanging-api.${namespace}.svc.cluster.local`);
    const files = { 'tls.crt': certificates.pem('server.crt'), 'tls.key': certificates.pem('server.key'), 'ca.crt': certificates.pem('ca.crt') }; // prettier-ignore
    await stage.cluster.admin.create(secretOf(namespace, 'own-tls', files));
    // With client certificates its probes only see that it listens, which a program that is stopped still does.
    const controlPlane = { port: 8443, certSecretName: 'own-tls', clientCASecretName: 'own-tls' };
    const spec: DittoServerSpec = { ...BASIC, ...SOON, controlPlane };
    await subject.apply(spec);
    await subject.untilReady(START);

    const container = { namespace, pod: 'hanging-0', container: 'dittofs' };
    await stage.cluster.controls.signal(container, 'SIGSTOP');
    const told = await subject.untilTold({ type: 'Authenticated', status: 'False', reason: 'APIUnreachable' });
    expect(told.message).toMatch(/hanging-api.*did not answer within 4 s/);
    expect(await condition(subject, 'Available')).toMatchObject({ status: 'True' });
    const other = stage.subject('other');
    await other.apply(BASIC);
    await other.untilReady(START);
    expect(await condition(subject, 'Ready')).toMatchObject({ status: 'False', reason: 'APIUnreachable' });

    await stage.cluster.controls.signal(container, 'SIGCONT');
    await subject.untilReady(START);
  });

  test('no password stands in what was told', async () => {
    const canaries = [WRONG, good.password, late.password, 'bare-password'].map((value, i) => ({ name: `password ${i}`, value })); // prettier-ignore
    const kubectl = (...what: readonly string[]) => stage.cluster.kubectl('get', ...what, '-n', stage.namespace, '-o', 'yaml'); // prettier-ignore
    const places = [
      { name: 'a DittoServer', text: await kubectl('dittoservers') },
      { name: 'an event', text: await kubectl('events') },
      { name: 'the log', text: readFileSync(stage.provisioner.logFile, 'utf8') },
    ];
    expect(findCanaries(canaries, places)).toEqual([]);
    await waitFor('the log', () => places[2]?.text.includes('DatabaseLoginRefused'));
  });
});

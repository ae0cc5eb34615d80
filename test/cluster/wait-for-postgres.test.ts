// The script of the init container, as it is rendered, against a real PostgreSQL with Percona's host rule (TLS only): it succeeds on a
// real login alone, gives up by the clock, and leaves the reason where Kubernetes shows it (M6).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { CONTAINERS } from '../../src/api/names.ts';
import { statefulSet } from '../../src/manifests/index.ts';
import { freePort } from '../kit/ports.ts';
import { startPostgres, type Postgres } from '../kit/postgres.ts';
import { postgresPaths } from '../kit/tools/postgres.ts';
import { waitFor } from '../kit/wait-for.ts';
import { createWorkspace } from '../kit/workspace.ts';
import { dittoServer } from '../unit/manifests/examples.ts';

const { psql } = postgresPaths();
const withPsql = psql === undefined ? describe.skip : describe;
const workspace = createWorkspace('wait-for-postgres');

/** The init container of a DittoServer. */
const containerOf = (spec: Partial<DittoServerSpec>) =>
  statefulSet(dittoServer({ storage: { metadataSize: '1Gi' }, ...spec }), {
    configHash: '',
  }).spec?.template.spec?.initContainers?.find(({ name }) => name === CONTAINERS.waitForPostgres);
const percona = containerOf({ percona: { enabled: true } });
const external = containerOf({ database: { postgresSecretRef: { name: 'own', key: '' } } });

interface Run {
  readonly log: () => string;
  readonly stop: () => void;
  readonly ended: Promise<{ readonly code: number | null; readonly message: string; readonly seconds: number }>;
}

/** Runs the container's command. Its variables are those of the pod, with the values that the Secret would give. */
function run(variables: Readonly<Record<string, string>>, container = percona): Run {
  const terminationLog = join(mkdtempSync(join(workspace.folder, 'run-')), 'termination-log');
  writeFileSync(terminationLog, '');
  const literal = Object.fromEntries(
    (container?.env ?? []).flatMap(({ name, value }) => (value ? [[name, value]] : [])),
  );
  const PATH = `${dirname(psql ?? '')}:/usr/bin:/bin`;
  const env = { PATH, ...literal, TERMINATION_LOG: terminationLog, ...variables };
  const [command = '', ...args] = container?.command ?? [];
  const began = Date.now();
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const take = (chunk: Buffer): void => void (text += chunk.toString());
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const ended = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    message: readFileSync(terminationLog, 'utf8'),
    seconds: (Date.now() - began) / 1000,
  }));
  return { log: () => text, stop: () => void child.kill('SIGTERM'), ended };
}

const ONE_ATTEMPT = { WAIT_SECONDS: '0' };

withPsql('wait-for-postgres (M6)', () => {
  let postgres: Postgres;
  let withoutTls: Postgres;
  let withoutSchema: Postgres;
  beforeAll(async () => {
    [postgres, withoutTls, withoutSchema] = await Promise.all([
      startPostgres(workspace),
      startPostgres(workspace, { tls: false }),
      startPostgres(workspace, { schema: false }),
    ]);
  });
  afterAll(() => workspace.dispose());

  test('ends at once when the server accepts the login over TLS', async () => {
    const { code, message, seconds } = await run(postgres.env).ended;
    expect({ code, message }).toEqual({ code: 0, message: '' });
    expect(seconds).toBeLessThan(5);
  });

  test('waits for a server that starts late', async () => {
    const late = await startPostgres(workspace, { started: false });
    const waiting = run(late.env);
    await waitFor('the first refusal', () => waiting.log().includes('Connection refused'), {
      seen: () => waiting.log(),
    });
    await late.start();
    expect(await waiting.ended).toMatchObject({ code: 0 });
    await late.stop();
  });

  test('waits for a role that is made after its Secret, as the Percona operator does', async () => {
    const waiting = run({ ...postgres.env, PGUSER: 'latecomer', PGPASSWORD: 'in-time' });
    await waitFor('the first refusal', () => waiting.log().includes('password authentication failed'));
    await postgres.sql(
      "create role latecomer login password 'in-time'; create schema latecomer authorization latecomer",
    );
    expect(await waiting.ended).toMatchObject({ code: 0 });
  });

  const refusals: readonly [what: string, variables: () => Readonly<Record<string, string>>, message: RegExp][] = [
    [
      'a wrong password',
      () => ({ ...postgres.env, PGPASSWORD: 'wrong' }),
      /password authentication failed for user "dittofs"/,
    ],
    [
      'a missing role',
      () => ({ ...postgres.env, PGUSER: 'nobody' }),
      /password authentication failed for user "nobody"/,
    ],
    ['a missing database', () => ({ ...postgres.env, PGDATABASE: 'other' }), /database "other" does not exist/],
    ['a server without TLS', () => ({ ...withoutTls.env, PGSSLMODE: 'require' }), /server does not support SSL/],
    ['a login without TLS', () => ({ ...postgres.env, PGSSLMODE: 'disable' }), /no encryption/],
    [
      'a user that may not create tables',
      () => withoutSchema.env,
      /user dittofs may not create tables in schema public/,
    ],
  ];

  test.each(refusals)('gives up on %s, and says so as its last word', async (_, variables, expected) => {
    const waiting = run({ ...variables(), ...ONE_ATTEMPT });
    const { code, message } = await waiting.ended;
    expect(code).toBe(1);
    expect(message).toMatch(/^gave up: /);
    expect(message).toMatch(expected);
    expect(waiting.log()).toContain(message);
  });

  describe('before an external PostgreSQL whose Secret says nothing of TLS', () => {
    const plain = ({ env }: Postgres) =>
      Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'PGSSLMODE'));

    test('logs in over TLS', async () => {
      expect(await run(plain(postgres), external).ended).toMatchObject({ code: 0 });
    });

    test('refuses to send the password in the clear, and says so', async () => {
      const { code, message } = await run({ ...plain(withoutTls), ...ONE_ATTEMPT }, external).ended;
      expect(code).toBe(1);
      expect(message).toMatch(/server does not support SSL, but SSL was required/);
    });

    test('does without TLS where its Secret says so', async () => {
      const { message } = await run({ ...plain(withoutTls), PGSSLMODE: 'disable', ...ONE_ATTEMPT }, external).ended;
      expect(message).not.toMatch(/SSL was required/);
    });
  });

  test('gives up on a port where nobody listens, by the clock', async () => {
    const { code, message, seconds } = await run({
      ...postgres.env,
      PGPORT: String(await freePort()),
      WAIT_SECONDS: '3',
    }).ended;
    expect(code).toBe(1);
    expect(message).toMatch(/Connection refused/);
    // The clock has whole seconds: three of them may be little more than two.
    expect(seconds).toBeGreaterThan(2);
    expect(seconds).toBeLessThan(20);
  });

  test('gives up on a server that accepts the connection and is silent, at most one attempt late', async () => {
    // It reads, so that it sees the end of what it was sent: else the connection would outlive the test.
    const silent = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { code, message, seconds } = await run({ ...postgres.env, PGPORT: String(port), WAIT_SECONDS: '1' }).ended;
    silent.close();
    expect(code).toBe(1);
    expect(message).toMatch(/timeout expired|no answer within 8 s/);
    expect(seconds).toBeLessThan(12);
  });

  test('ends soon when the pod is stopped', async () => {
    const waiting = run({ ...postgres.env, PGPASSWORD: 'wrong' });
    await waitFor('the first refusal', () => waiting.log().includes('password authentication failed'));
    const asked = Date.now();
    waiting.stop();
    expect(await waiting.ended).toMatchObject({ code: 143 });
    expect(Date.now() - asked).toBeLessThan(5_000);
  });

  test('never prints the password', async () => {
    const PGPASSWORD = 'canary-in-the-coal-mine';
    for (const variables of [
      { ...postgres.env },
      { ...postgres.env, PGPORT: '1' },
      { ...withoutTls.env, PGSSLMODE: 'require' },
    ]) {
      const waiting = run({ ...variables, PGPASSWORD, ...ONE_ATTEMPT });
      const { message } = await waiting.ended;
      expect(waiting.log() + message).not.toContain(PGPASSWORD);
    }
  });
});

// The login to a real PostgreSQL with Percona's host rule: what is accepted, what is refused and why, and what cannot be tried from here.
// The stand-in that lets everybody in is tried too, since other tests rely on it.
import { mkdtempSync, readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { loginBy, type LoginOutcome, type LoginTarget } from '../../src/postgres/index.ts';
import { freePort } from '../kit/ports.ts';
import { startPostgresStandIn } from '../kit/postgres-stand-in.ts';
import { startPostgres, type Postgres } from '../kit/postgres.ts';
import { createWorkspace } from '../kit/workspace.ts';

const HOST = 'files-postgres-primary.prod.svc';
const workspace = createWorkspace('database-login');
afterAll(() => workspace.dispose());

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres(workspace);
});

const never = new AbortController().signal;

/** The login goes where the route says, whatever the name. */
function tryLogin(changes: Partial<LoginTarget> = {}, to = postgres, timeoutMs = 5_000): Promise<LoginOutcome> {
  const { role: user, password, database } = to;
  const login = loginBy({ route: () => ({ host: to.host, port: to.port }), timeoutMs });
  return login({ host: HOST, port: 5432, user, password, database, sslMode: 'require', ...changes }, never);
}

describe('a login', () => {
  test('with the right credentials is accepted, under every mode that speaks TLS', async () => {
    for (const sslMode of ['require', 'prefer', 'allow']) expect(await tryLogin({ sslMode })).toEqual({ outcome: 'accepted' }); // prettier-ignore
  });

  test.each<[string, Partial<LoginTarget>, string]>([
    ['with a wrong password', { password: 'wrong-password' }, 'password of its user is not accepted'],
    ['of a user that does not exist', { user: 'nobody' }, 'there is no such user'],
    ['to a database that does not exist', { database: 'nowhere' }, 'there is no database of that name'],
    ['without TLS', { sslMode: 'disable' }, 'TLS is wanted'],
  ])('%s is refused, and says why', async (_, changes, why) => {
    const outcome = await tryLogin(changes);
    expect(outcome).toMatchObject({ outcome: 'refused', why: expect.stringContaining(why) as string });
    expect(JSON.stringify(outcome)).not.toContain('wrong-password');
  });

  test('checks the certificate for the name, where it is to', async () => {
    const ca = readFileSync(postgres.caFile, 'utf8');
    expect(await tryLogin({ sslMode: 'verify-full', ca, host: 'localhost' })).toEqual({ outcome: 'accepted' });
    expect(await tryLogin({ sslMode: 'verify-ca', ca })).toEqual({ outcome: 'accepted' });
    expect(await tryLogin({ sslMode: 'verify-full', ca })).toMatchObject({ outcome: 'refused' });
    expect(await tryLogin({ sslMode: 'verify-full', host: 'localhost' })).toMatchObject({ outcome: 'refused' });
  });

  test('of a user who may create nothing is refused', async () => {
    const bare = await startPostgres(workspace, { schema: false });
    expect(await tryLogin({}, bare)).toMatchObject({
      outcome: 'refused',
      why: expect.stringContaining('may not create tables') as string,
    });
    await bare.stop();
  });

  test('to a server without TLS is refused where TLS is asked for, and not where it is only preferred', async () => {
    const plain = await startPostgres(workspace, { tls: false });
    expect(await tryLogin({}, plain)).toMatchObject({ outcome: 'refused', why: expect.stringContaining('no TLS') as string }); // prettier-ignore
    expect(await tryLogin({ sslMode: 'prefer' }, plain)).toEqual({ outcome: 'accepted' });
    await plain.stop();
  });
});

describe('what cannot be tried from here', () => {
  test('nothing listens', async () => {
    const nowhere = { ...postgres, port: await freePort() };
    expect(await tryLogin({}, nowhere)).toMatchObject({ outcome: 'unreachable', why: expect.stringContaining('ECONNREFUSED') as string }); // prettier-ignore
  });

  test('a name that is not known', async () => {
    const login = loginBy({ route: (host, port) => ({ host, port }) });
    const { role: user, password, database } = postgres;
    const target = { host: 'no-such-host.invalid', port: 5432, user, password, database, sslMode: 'require' };
    expect(await login(target, never)).toMatchObject({ outcome: 'unreachable' });
  });

  test('it takes the connection and is silent: given up after the time-out, or with the step', async () => {
    // It reads, so that it sees the end of what it was sent: else the connection would outlive the test.
    const server = net.createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const silent = { ...postgres, port: (server.address() as AddressInfo).port };
    expect(await tryLogin({}, silent, 300)).toMatchObject({ outcome: 'unreachable' });
    const controller = new AbortController();
    const login = loginBy({ route: () => ({ host: '127.0.0.1', port: silent.port }) });
    const { role: user, password, database } = postgres;
    const trying = login({ host: HOST, port: 5432, user, password, database, sslMode: 'require' }, controller.signal);
    controller.abort();
    expect(await trying).toMatchObject({ outcome: 'unreachable' });
    server.close();
  });
});

test('the stand-in lets everybody in', async () => {
  const standIn = await startPostgresStandIn(mkdtempSync(join(workspace.folder, 'stand-in-')));
  const anybody = { ...postgres, port: standIn.port };
  expect(await tryLogin({ user: 'anybody', password: 'any-password' }, anybody)).toEqual({ outcome: 'accepted' });
  standIn.close();
});

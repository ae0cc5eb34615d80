// The client of the REST API against a stand-in that answers as DittoFS 0.29.0 does: what it makes of good, bad and missing answers.
import http from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import net from 'node:net';
import {
  createDittoFs,
  DittoFsError,
  type DittoFs,
  type DittoFsApi,
  type Endpoint,
} from '../../../src/dittofs/index.ts';
import { serveDittoFsStandIn, type ServedStandIn } from '../../kit/served-dittofs-stand-in.ts';

const HOST = 'files-api.prod.svc.cluster.local';
const ADMIN = { username: 'admin', password: 'first-password' };
const OPERATOR = { username: 'k8s-operator', password: 'operator-password' };
const endpoint = (more: Partial<Endpoint> = {}): Endpoint => ({
  scheme: 'http',
  host: HOST,
  port: 8080,
  trust: {},
  ...more,
});

let standIn: ServedStandIn;
let dittofs: DittoFs;

beforeAll(async () => {
  standIn = await serveDittoFsStandIn();
  dittofs = createDittoFs({ route: () => ({ host: '127.0.0.1', port: standIn.port }), timeoutMs: 2_000 });
});
afterAll(async () => {
  dittofs.close();
  await standIn.close();
});

/** The error of a call, which must fail. */
async function failure(call: Promise<unknown>): Promise<DittoFsError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DittoFsError) return error;
  throw new Error(`no DittoFsError: ${String(error)}`);
}

/** A server of its own for one test, by another host name. */
function serverAt(name: string): { readonly api: DittoFsApi; readonly host: string } {
  const host = `${name}.prod.svc.cluster.local`;
  return { api: dittofs.at(endpoint({ host })), host };
}

async function adminOf(api: DittoFsApi): Promise<string> {
  return (await api.login(ADMIN)).accessToken;
}

describe('the client of the REST API', () => {
  test('logs in, and is told role and life of the token', async () => {
    const { api } = serverAt('login');
    expect(await api.login(ADMIN)).toMatchObject({ role: 'admin', expiresInMs: 900_000, mustChangePassword: false });
  });

  test('adapters come in one order, whatever the server’s is, and are judged by their status', async () => {
    const { api, host } = serverAt('adapters');
    const token = await adminOf(api);
    Object.assign(standIn.server(host).adapters[0] ?? {}, { running: true, status: 'unknown' });
    const first = await api.adapters(token);
    expect(first).toEqual([
      { type: 'nfs', enabled: true, port: 12049, healthy: false },
      { type: 'smb', enabled: true, port: 1445, healthy: true },
    ]);
    expect(await api.adapters(token)).toEqual(first);
  });

  test('a dead database is told although the server answers 200', async () => {
    const { api, host } = serverAt('database');
    expect(await api.databaseHealth()).toBe('reachable');
    standIn.server(host).database = 'unreachable';
    expect(await api.databaseHealth()).toBe('unreachable');
  });

  test('a login that fails with 500 is trouble of the server, not of the credentials', async () => {
    const { api, host } = serverAt('login-500');
    standIn.server(host).database = 'unreachable';
    expect(await failure(api.login(ADMIN))).toMatchObject({ kind: 'server', code: 500, passing: true });
  });

  test('refusals of middleware and handlers are told apart', async () => {
    const { api } = serverAt('refusals');
    const token = await adminOf(api);
    await api.createUser(token, { ...OPERATOR, role: 'operator' });
    const operator = (await api.login(OPERATOR)).accessToken;
    expect((await failure(api.login({ ...ADMIN, password: 'wrong-password' }))).kind).toBe('unauthorized');
    expect((await failure(api.adapters('no token'))).kind).toBe('unauthorized');
    expect((await failure(api.snapshotPolicies(operator))).kind).toBe('forbidden');
    expect((await failure(api.createUser(token, { ...OPERATOR, role: 'operator' }))).kind).toBe('conflict');
    expect((await failure(api.setRole(token, 'nobody', 'operator'))).kind).toBe('not-found');
  });

  test('a password of a bad length is a mistake of ours, although the server says 500', async () => {
    const { api } = serverAt('bad-password');
    const token = await adminOf(api);
    const error = await failure(api.createUser(token, { username: 'x', password: 'short', role: 'operator' }));
    expect(error).toMatchObject({ kind: 'invalid', passing: false });
  });

  test('an account that must change its password is refused everything else, and says so', async () => {
    const { api } = serverAt('must-change');
    const token = await adminOf(api);
    await api.createUser(token, { username: 'second', password: 'second-password', role: 'admin' });
    const tokens = await api.login({ username: 'second', password: 'second-password' });
    expect(tokens.mustChangePassword).toBe(true);
    expect((await failure(api.adapters(tokens.accessToken))).kind).toBe('password-change');
    const changed = await api.changeOwnPassword(tokens.accessToken, 'second-password', 'second-password');
    expect(await api.adapters(changed.accessToken)).toHaveLength(2);
  });

  test('snapshot policies: a missing share is told, an interval comes back in the server’s form', async () => {
    const { api, host } = serverAt('policies');
    const token = await adminOf(api);
    const policy = { share: '/export', enabled: true, interval: '1h', keepLast: 3, ttl: '', namePrefix: '' };
    expect((await failure(api.putSnapshotPolicy(token, policy))).kind).toBe('not-found');
    standIn.server(host).shares.add('/export');
    await api.putSnapshotPolicy(token, policy);
    expect(await api.snapshotPolicies(token)).toEqual([{ ...policy, interval: '1h0m0s' }]);
  });

  test('no message holds a password, a token or anything that the server said', async () => {
    const { api } = serverAt('secrets');
    const token = await adminOf(api);
    const errors = await Promise.all([
      failure(api.login({ ...ADMIN, password: 'wrong-password' })),
      failure(api.resetPassword(token, { username: 'nobody', password: 'secret-password' })),
      failure(api.adapters('secret-token')),
    ]);
    const texts = errors.map(({ message, stack }) => `${message} ${stack ?? ''}`).join('\n');
    for (const secret of ['wrong-password', 'secret-password', 'secret-token', 'Invalid username'])
      expect(texts).not.toContain(secret);
  });
});

describe('a server that does not answer as one', () => {
  const servers: (Server | http.Server)[] = [];
  afterAll(() => {
    for (const server of servers) {
      server.close();
      if (server instanceof http.Server) server.closeAllConnections();
    }
  });
  const listen = async (server: Server | http.Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const apiOn = (port: number, more: Partial<Endpoint> = {}, signal?: AbortSignal): DittoFsApi =>
    createDittoFs({ route: () => ({ host: '127.0.0.1', port }), timeoutMs: 300 }).at(endpoint(more), signal);
  const answering = (status: number, body: string, type = 'application/json'): Promise<number> =>
    listen(
      http.createServer((_, response) => {
        response.writeHead(status, { 'content-type': type });
        response.end(body);
      }),
    );

  test('refuses connections: unreachable, with the errno', async () => {
    const port = await listen(net.createServer());
    servers.pop()?.close();
    const error = await failure(apiOn(port).databaseHealth());
    expect(error).toMatchObject({ kind: 'unreachable', passing: true });
    expect(error.message).toContain('ECONNREFUSED');
  });

  test('takes the connection and is silent: told after the time-out', async () => {
    const port = await listen(net.createServer(() => undefined));
    expect((await failure(apiOn(port).databaseHealth())).message).toContain('did not answer within 0.3 s');
  });

  test('begins an answer and does not end it: told after the time-out', async () => {
    const port = await listen(http.createServer((_, response) => response.write('{"status":')));
    expect((await failure(apiOn(port).databaseHealth())).kind).toBe('timeout');
  });

  test('the step gives up first: told as that', async () => {
    const port = await listen(net.createServer(() => undefined));
    const controller = new AbortController();
    const call = failure(apiOn(port, {}, controller.signal).databaseHealth());
    controller.abort();
    expect((await call).kind).toBe('aborted');
  });

  test('speaks plain HTTP where TLS is asked for', async () => {
    const port = await answering(200, '{}');
    expect((await failure(apiOn(port, { scheme: 'https' }).databaseHealth())).kind).toBe('tls');
  });

  test.each([
    ['no JSON', 200, '<html>'],
    ['another shape', 200, '{"hello":"world"}'],
    ['a redirect', 302, ''],
  ])('answers with %s', async (_, status, body) => {
    const port = await answering(status, body);
    expect((await failure(apiOn(port).databaseHealth())).kind).toBe('garbage');
  });

  test('lists an adapter that cannot be one: the whole list counts for nothing, since half of it would look like a removal', async () => {
    const good = { type: 'nfs', enabled: true, port: 12049, status: { status: 'healthy' } };
    const port = await answering(200, JSON.stringify([good, { ...good, type: 'x y\n' }]));
    expect((await failure(apiOn(port).adapters('token'))).kind).toBe('garbage');
  });

  test('does not know the call', async () => {
    const port = await answering(404, '404 page not found\n', 'text/plain');
    expect((await failure(apiOn(port).adapters('token'))).kind).toBe('unsupported');
  });
});

// Logins that are kept: one per account and server, renewed near the end of their life, made again when the server forgot them.
import { createSessions, dittoFsOver, DittoFsError, type DittoFsApi } from '../../../src/dittofs/index.ts';
import { createDittoFsStandIn, transportTo, type ServerStandIn } from '../../kit/dittofs-stand-in.ts';

const HOST = 'files-api.prod.svc.cluster.local';
const ACCOUNT = { username: 'k8s-operator', password: 'operator-password', own: true } as const;
const MINUTE_MS = 60_000;

interface World {
  readonly server: ServerStandIn;
  readonly api: DittoFsApi;
  readonly logins: () => number;
  readonly refreshes: () => number;
  /** As after a change of the signing key. */
  readonly forgetTokens: () => void;
}

function world(role = 'operator'): World {
  const standIn = createDittoFsStandIn();
  const server = standIn.server(HOST);
  server.users.set(ACCOUNT.username, { ...ACCOUNT, role, mustChangePassword: false });
  const api = dittoFsOver(transportTo(standIn)).at({ scheme: 'http', host: HOST, port: 8080, trust: {} });
  const count = (path: string): number => server.calls.filter((call) => call === `POST /api/v1/auth/${path}`).length;
  return {
    server,
    api,
    logins: () => count('login'),
    refreshes: () => count('refresh'),
    forgetTokens: () => standIn.forgetTokens(),
  };
}

test('ten calls of one account are one login', async () => {
  const { api, logins } = world();
  const sessions = createSessions();
  for (let i = 0; i < 10; i += 1) await sessions.use('s', api, ACCOUNT, ({ token }) => api.adapters(token));
  expect(logins()).toBe(1);
});

test('near the end of its life a token is refreshed, once, and not before', async () => {
  let nowMs = 0;
  const { api, logins, refreshes } = world();
  const sessions = createSessions(() => nowMs);
  const counts: number[] = [];
  for (; nowMs < 30 * MINUTE_MS; nowMs += MINUTE_MS) {
    await sessions.open('s', api, ACCOUNT);
    counts.push(refreshes());
  }
  expect(logins()).toBe(1);
  expect(counts.at(11)).toBe(0);
  expect(counts.at(12)).toBe(1);
  expect(refreshes()).toBe(2);
});

test('a token that the server does not know any more is replaced by a login', async () => {
  const { api, logins, forgetTokens } = world();
  const sessions = createSessions();
  await sessions.open('s', api, ACCOUNT);
  forgetTokens();
  expect(await sessions.use('s', api, ACCOUNT, ({ token }) => api.adapters(token))).toHaveLength(2);
  expect(logins()).toBe(2);
});

test('an account that is gone is refused, and asked for once per attempt', async () => {
  const { server, api } = world();
  const sessions = createSessions();
  server.users.delete(ACCOUNT.username);
  const error: unknown = await sessions.open('s', api, ACCOUNT).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DittoFsError);
  expect(error).toMatchObject({ kind: 'unauthorized' });
});

test('another password is another session', async () => {
  const { server, api } = world();
  const sessions = createSessions();
  await sessions.open('s', api, ACCOUNT);
  const changed = { ...ACCOUNT, password: 'another-password' };
  await expect(sessions.open('s', api, changed)).rejects.toMatchObject({ kind: 'unauthorized' });
  server.users.set(ACCOUNT.username, { ...changed, role: 'operator', mustChangePassword: false });
  await expect(sessions.open('s', api, changed)).resolves.toMatchObject({ role: 'operator' });
});

test('a password that an administrator set is confirmed for our own account, and for no other', async () => {
  const { server, api } = world('admin');
  Object.assign(server.users.get(ACCOUNT.username) ?? {}, { mustChangePassword: true });
  const { own, ...other } = ACCOUNT;
  expect(own).toBe(true);
  const blocked = await createSessions().open('s', api, other);
  await expect(api.adapters(blocked.token)).rejects.toMatchObject({ kind: 'password-change' });
  const session = await createSessions().open('s', api, ACCOUNT);
  expect(await api.adapters(session.token)).toHaveLength(2);
});

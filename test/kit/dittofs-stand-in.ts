// Stand-in for the REST API of any number of DittoFS servers: where no real one runs, its answers decide what the provisioner does.
// Facts that it follows (DittoFS 0.29.0): the shapes of all answers that the client reads; text/plain from the middleware and
// problem+json from the handlers; tokens that outlive their user; roles; the password that must be changed; a portmapper that starts with its adapter; an unstable order of
// adapters; an interval that comes back in another form. A server is known by its Host header and made at its first call; its
// administrator has the first password that logs in, as if that had been its environment.
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import { errorOf } from '../../src/dittofs/errors.ts';
import type { Transport } from '../../src/dittofs/transport.ts';

export interface AdapterStandIn {
  readonly type: string;
  enabled: boolean;
  running: boolean;
  port: number;
  status: 'healthy' | 'unknown';
}

interface User {
  username: string;
  password: string;
  role: string;
  mustChangePassword: boolean;
}

/** One server, for a test to change and to look at. */
export interface ServerStandIn {
  database: 'reachable' | 'unreachable';
  adapters: AdapterStandIn[];
  readonly users: Map<string, User>;
  readonly shares: Set<string>;
  readonly policies: Map<string, Record<string, unknown>>;
  /** The setting; it counts from the next start of the NFS adapter on. */
  portmapper: boolean;
  /** Whether somebody listens on its port. */
  portmapperRuns: boolean;
  accessTokenSeconds: number;
  /** It takes calls and never answers. */
  hangs: boolean;
  /** Calls that it has taken and that nobody has given up yet, while it hangs. */
  hanging: number;
  /** `METHOD path` of every call, in order. */
  readonly calls: string[];
  /** The control-plane database is lost: users, adapters and policies begin anew, tokens stay. */
  reset(): void;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface Asked {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly body: unknown;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** All servers of one stand-in. */
export interface DittoFsStandIn {
  /** Made when it is first asked for. The host is without its port. */
  server(host: string): ServerStandIn;
  hosts(): readonly string[];
  /** No token that was given out is known any more. */
  forgetTokens(): void;
  /** Of a server that hangs: resolves only when nobody waits any more, with an answer that means nothing. */
  answer(asked: Asked): Promise<Answer>;
}

interface Claims {
  readonly username: string;
  readonly role: string;
  readonly expiresAtMs: number;
  readonly kind: 'access' | 'refresh';
}

const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
});
const problem = (status: number, detail: string): Answer => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title: http.STATUS_CODES[status], status, detail }),
});
const plain = (status: number, body: string): Answer => ({ status, contentType: 'text/plain; charset=utf-8', body });
const NO_CONTENT: Answer = { status: 204, contentType: '', body: '' };

const freshAdapters = (): AdapterStandIn[] => [
  { type: 'nfs', enabled: true, running: true, port: 12049, status: 'healthy' },
  { type: 'smb', enabled: true, running: true, port: 1445, status: 'healthy' },
];

function createServer(): ServerStandIn {
  const server: ServerStandIn = {
    database: 'reachable',
    adapters: freshAdapters(),
    users: new Map(),
    shares: new Set(),
    policies: new Map(),
    portmapper: false,
    portmapperRuns: false,
    accessTokenSeconds: 900,
    hangs: false,
    hanging: 0,
    calls: [],
    reset() {
      server.users.clear();
      server.policies.clear();
      server.adapters = freshAdapters();
      server.portmapper = server.portmapperRuns = false;
    },
  };
  return server;
}

/** Go writes a duration as 1h0m0s, whatever it was given. */
function normalInterval(interval: string): string {
  const known: Readonly<Record<string, string>> = { '@hourly': '1h0m0s', '@daily': '24h0m0s', '@weekly': '168h0m0s' };
  return known[interval] ?? interval.replace(/^(\d+)h$/, '$1h0m0s').replace(/^(\d+)m$/, '$1m0s');
}

type Handler = (context: Context) => Answer;

interface Context {
  readonly server: ServerStandIn;
  readonly claims: Claims;
  readonly body: Readonly<Record<string, unknown>>;
  readonly params: readonly string[];
  readonly issue: (user: User) => Answer;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const userJson = ({ username, role, mustChangePassword }: User) => ({
  id: username,
  username,
  role,
  enabled: true,
  must_change_password: mustChangePassword,
  created_at: '2026-01-01T00:00:00Z',
});
const badPassword = (password: string): boolean => Buffer.byteLength(password) < 8 || Buffer.byteLength(password) > 72;

function createUser({ server, body }: Context): Answer {
  const [username, password, role] = [text(body['username']), text(body['password']), text(body['role'])];
  if (!['admin', 'operator', 'user'].includes(role))
    return problem(400, "Invalid role. Must be 'user', 'admin', or 'operator'");
  if (server.users.has(username)) return problem(409, 'User already exists');
  if (badPassword(password)) return problem(500, 'Failed to hash password');
  const user = { username, password, role, mustChangePassword: role === 'admin' };
  server.users.set(username, user);
  return json(201, userJson(user));
}

function withUser({ server, params: [username = ''] }: Context, change: (user: User) => Answer): Answer {
  const user = server.users.get(username);
  return user ? change(user) : problem(404, 'User not found');
}

function resetPassword(context: Context): Answer {
  const password = text(context.body['new_password']);
  if (badPassword(password)) return problem(500, 'Failed to hash password');
  return withUser(context, (user) => {
    Object.assign(user, { password, mustChangePassword: user.role === 'admin' });
    return NO_CONTENT;
  });
}

function changeOwnPassword({ server, claims, body, issue }: Context): Answer {
  const user = server.users.get(claims.username);
  if (user?.password !== text(body['current_password'])) return problem(401, 'Current password is incorrect');
  Object.assign(user, { password: text(body['new_password']), mustChangePassword: false });
  return issue(user);
}

let turn = 0;

function listAdapters({ server: { adapters, database } }: Context): Answer {
  if (database === 'unreachable') return problem(500, 'Failed to list adapters');
  turn += 1;
  const told = adapters.map(({ type, enabled, running, port, status }) => ({
    id: type,
    type,
    enabled,
    running,
    port,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    status: { status, checked_at: new Date(turn * 1000).toISOString() },
  }));
  return json(200, turn % 2 === 0 ? told : told.toReversed());
}

function putPolicy({ server, params: [name = ''], body }: Context): Answer {
  const share = `/${name.replace(/^\//, '')}`;
  if (!server.shares.has(share)) return problem(404, 'share not found');
  const { interval, ttl, keep_last: keepLast, enabled, name_prefix: prefix } = body;
  const policy = {
    share,
    interval: normalInterval(text(interval)),
    keep_last: keepLast,
    enabled: enabled ?? true,
    ...(text(ttl) !== '' && { ttl: normalInterval(text(ttl)) }),
    ...(text(prefix) !== '' && { name_prefix: prefix }),
  };
  server.policies.set(share, policy);
  return json(200, policy);
}

function nfsSettings({ server, body }: Context): Answer {
  if (typeof body['portmapper_enabled'] === 'boolean') server.portmapper = body['portmapper_enabled'];
  return json(200, { portmapper_enabled: server.portmapper, portmapper_port: 10111, version: 1 });
}

function switchAdapter({ server, params: [wanted], body }: Context): Answer {
  const adapter = server.adapters.find(({ type }) => type === wanted);
  if (!adapter) return problem(404, 'Adapter not found');
  const enabled = body['enabled'] === true;
  if (adapter.type === 'nfs' && enabled !== adapter.enabled) server.portmapperRuns = enabled && server.portmapper;
  Object.assign(adapter, { enabled, running: enabled });
  return json(200, adapter);
}

/** Method, path, who may, and what is done. */
const routes: readonly (readonly [string, RegExp, 'any' | 'operator' | 'admin', Handler])[] = [
  ['POST', /^\/api\/v1\/users\/me\/password$/, 'any', changeOwnPassword],
  ['GET', /^\/api\/v1\/adapters$/, 'operator', listAdapters],
  ['GET', /^\/api\/v1\/adapters\/nfs\/settings$/, 'admin', nfsSettings],
  ['PATCH', /^\/api\/v1\/adapters\/nfs\/settings$/, 'admin', nfsSettings],
  ['PUT', /^\/api\/v1\/adapters\/([^/]+)$/, 'admin', switchAdapter],
  [
    'GET',
    /^\/api\/v1\/shares$/,
    'admin',
    ({ server }) =>
      json(
        200,
        [...server.shares].map((name) => ({ name })),
      ),
  ],
  ['POST', /^\/api\/v1\/users$/, 'admin', createUser],
  ['POST', /^\/api\/v1\/users\/([^/]+)\/password$/, 'admin', resetPassword],
  ['PUT', /^\/api\/v1\/users\/([^/]+)$/, 'admin', (context) => withUser(context, (user) => json(200, userJson(Object.assign(user, context.body))))], // prettier-ignore
  ['GET', /^\/api\/v1\/snapshot-policies$/, 'admin', ({ server }) => json(200, [...server.policies.values()])],
  ['PUT', /^\/api\/v1\/shares\/([^/]+)\/snapshot-policy$/, 'admin', putPolicy],
];

/** What the middleware says, in plain text. */
function refusal({ username, role }: Claims, may: string, user: User | undefined): Answer | undefined {
  if (user?.mustChangePassword)
    return plain(403, `account "${username}" must set a new password before performing other operations`);
  if (may === 'admin' && role !== 'admin') return plain(403, 'Admin access required');
  return may === 'operator' && role === 'user' ? plain(403, 'Operator access required') : undefined;
}

const bodyOf = ({ body }: Asked): Readonly<Record<string, unknown>> => (body ?? {}) as Record<string, unknown>;

async function hang(server: ServerStandIn, { signal }: Asked): Promise<Answer> {
  server.hanging += 1;
  if (!signal?.aborted) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
  server.hanging -= 1;
  return NO_CONTENT;
}

/** A stand-in without any server yet. */
export function createDittoFsStandIn(): DittoFsStandIn {
  const servers = new Map<string, ServerStandIn>();
  const tokens = new Map<string, Claims>();
  const serverOf = (host: string): ServerStandIn => {
    const found = servers.get(host) ?? createServer();
    servers.set(host, found);
    return found;
  };

  const issueFor = (server: ServerStandIn, user: User): Answer => {
    const token = (kind: Claims['kind'], seconds: number): string => {
      const name = `${kind}-${randomUUID()}`;
      const { username, role } = user;
      tokens.set(name, { username, role, kind, expiresAtMs: Date.now() + seconds * 1000 });
      return name;
    };
    const seconds = server.accessTokenSeconds;
    return json(200, {
      access_token: token('access', seconds),
      refresh_token: token('refresh', 604_800),
      token_type: 'Bearer',
      expires_in: seconds,
      expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
      user: userJson(user),
    });
  };

  const login = (server: ServerStandIn, body: Readonly<Record<string, unknown>>): Answer => {
    const [username, password] = [text(body['username']), text(body['password'])];
    if (server.database === 'unreachable') return problem(500, 'Authentication failed');
    if (username === '' || password === '') return problem(400, 'Username and password are required');
    if (username === 'admin' && !server.users.has('admin'))
      server.users.set('admin', { username, password, role: 'admin', mustChangePassword: false });
    const user = server.users.get(username);
    return user?.password === password ? issueFor(server, user) : problem(401, 'Invalid username or password');
  };

  const refresh = (server: ServerStandIn, body: Readonly<Record<string, unknown>>): Answer => {
    const claims = tokens.get(text(body['refresh_token']));
    if (claims?.kind !== 'refresh') return problem(401, 'Invalid refresh token');
    const user = server.users.get(claims.username);
    return user ? issueFor(server, user) : problem(401, 'User not found');
  };

  const health = ({ database }: ServerStandIn): Answer =>
    json(200, {
      status: database === 'reachable' ? 'healthy' : 'degraded',
      data: { control_plane_db: database, service: 'dittofs' },
    });

  const authorized = (server: ServerStandIn, asked: Asked): Answer => {
    const route = routes.find(([method, path]) => method === asked.method && path.test(asked.path));
    if (!route) return plain(404, '404 page not found');
    const [, path, may, handle] = route;
    if (asked.token === undefined) return plain(401, 'Authorization header required');
    const claims = tokens.get(asked.token);
    if (claims?.kind !== 'access' || claims.expiresAtMs < Date.now()) return plain(401, 'Invalid or expired token');
    const refused = refusal(
      claims,
      may,
      path.source.includes('password') ? undefined : server.users.get(claims.username),
    );
    if (refused) return refused;
    const params = (path.exec(asked.path) ?? []).slice(1).map(decodeURIComponent);
    return handle({ server, claims, body: bodyOf(asked), params, issue: (user) => issueFor(server, user) });
  };

  return {
    server: serverOf,
    hosts: () => [...servers.keys()],
    forgetTokens: () => tokens.clear(),
    async answer(asked) {
      const server = serverOf(asked.host);
      server.calls.push(`${asked.method} ${asked.path}`);
      if (server.hangs) return hang(server, asked);
      const body = bodyOf(asked);
      if (asked.path === '/health') return health(server);
      if (asked.path === '/api/v1/auth/login') return login(server, body);
      if (asked.path === '/api/v1/auth/refresh') return refresh(server, body);
      return authorized(server, asked);
    },
  };
}

/** The stand-in without a network: calls that the client sends are answered in this process. */
export function transportTo(standIn: DittoFsStandIn): Transport {
  return {
    async send({ host }, { about, method, path, token, body }) {
      const answer = await standIn.answer({ host, method, path, token, body });
      const value = answer.body === '' || answer.contentType.startsWith('text') ? undefined : (JSON.parse(answer.body) as { detail?: string }); // prettier-ignore
      if (answer.status < 300) return value;
      throw errorOf({ about, code: answer.status, detail: value?.detail ?? '', text: answer.body });
    },
    close: () => undefined,
  };
}

// The typed client of a DittoFS server's REST API (DittoFS 0.29.0): one function per call, nothing else.
import type { Endpoint } from './endpoint.ts';
import { DittoFsError } from './errors.ts';
import {
  adaptersOf,
  databaseHealthOf,
  policiesOf,
  portmapperOf,
  sharesOf,
  tokensOf,
  type Adapter,
  type DatabaseHealth,
  type Role,
  type SnapshotPolicy,
  type Tokens,
} from './shapes.ts';
import { createTransport, type Call, type Transport, type TransportOptions } from './transport.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A policy as it is asked for; `interval` may also be @hourly, @daily or @weekly. */
export type WantedPolicy = SnapshotPolicy;

/** What one caller may do with one server. Every method rejects with a DittoFsError and with nothing else. */
export interface DittoFsApi {
  /** Needs no login. The server answers 200 also when its database is dead. */
  databaseHealth(): Promise<DatabaseHealth>;
  login(credentials: Credentials): Promise<Tokens>;
  /** New tokens for an account that still exists; the old ones stay valid until they expire. */
  refresh(refreshToken: string): Promise<Tokens>;
  /** For admin and operator; sorted by type. */
  adapters(token: string): Promise<readonly Adapter[]>;
  /** For admin, as all that follow. An existing name is the error `conflict`. */
  createUser(token: string, user: Credentials & { readonly role: Role }): Promise<void>;
  /** For an account that holds the role admin, everything else is refused afterwards until it sets a password itself. */
  resetPassword(token: string, user: Credentials): Promise<void>;
  /** Tokens that exist keep the role that they were made with. */
  setRole(token: string, username: string, role: Role): Promise<void>;
  /** For any account; the same password is accepted. */
  changeOwnPassword(token: string, current: string, wanted: string): Promise<Tokens>;
  /** One that is switched on starts with its present settings. */
  switchAdapter(token: string, type: string, enabled: boolean): Promise<void>;
  /** Names of all shares, sorted. */
  shares(token: string): Promise<readonly string[]>;
  isPortmapperEnabled(token: string): Promise<boolean>;
  enablePortmapper(token: string): Promise<void>;
  snapshotPolicies(token: string): Promise<readonly SnapshotPolicy[]>;
  /** A share that does not exist is the error `not-found`. */
  putSnapshotPolicy(token: string, policy: WantedPolicy): Promise<void>;
}

export interface DittoFs {
  /** The API behind an endpoint; `signal` ends every call that is made through it. */
  at(endpoint: Endpoint, signal?: AbortSignal): DittoFsApi;
  close(): void;
}

const userPath = (username: string): string => `/api/v1/users/${encodeURIComponent(username)}`;
const policyPath = (share: string): string => `/api/v1/shares/${encodeURIComponent(share)}/snapshot-policy`;
const SETTINGS = '/api/v1/adapters/nfs/settings';

/**
 * The client for all servers: sockets are shared, endpoints are not.
 *
 * @example createDittoFs({ route: direct }).at(endpoint).login({ username: 'admin', password })
 */
export function createDittoFs(options: TransportOptions): DittoFs {
  return dittoFsOver(createTransport(options));
}

/** The same over a transport that is there already. */
export function dittoFsOver(transport: Transport): DittoFs {
  return {
    at(endpoint, signal) {
      const send = (call: Omit<Call, 'signal'>): Promise<unknown> => transport.send(endpoint, { ...call, signal });
      return apiOver(send);
    },
    close: () => transport.close(),
  };
}

type Send = (call: Omit<Call, 'signal'>) => Promise<unknown>;

function apiOver(send: Send): DittoFsApi {
  const ask = async <T>(call: Omit<Call, 'signal'>, shape: (value: unknown) => T | undefined): Promise<T> => {
    const found = shape(await send(call));
    if (found === undefined) throw new DittoFsError('garbage', call.about);
    return found;
  };
  const tell = async (call: Omit<Call, 'signal'>): Promise<void> => {
    await send(call);
  };

  return {
    databaseHealth: () => ask({ about: 'ask for its health', method: 'GET', path: '/health' }, databaseHealthOf),
    login: ({ username, password }) =>
      ask(
        { about: `log in as ${username}`, method: 'POST', path: '/api/v1/auth/login', body: { username, password } },
        tokensOf,
      ),
    refresh: (refreshToken) =>
      ask(
        {
          about: 'refresh the login',
          method: 'POST',
          path: '/api/v1/auth/refresh',
          body: { refresh_token: refreshToken },
        },
        tokensOf,
      ),
    adapters: (token) =>
      ask({ about: 'list the adapters', method: 'GET', path: '/api/v1/adapters', token }, adaptersOf),
    createUser: (token, { username, password, role }) =>
      tell({
        about: `create the user ${username}`,
        method: 'POST',
        path: '/api/v1/users',
        token,
        body: { username, password, role },
      }),
    resetPassword: (token, { username, password }) =>
      tell({
        about: `set the password of ${username}`,
        method: 'POST',
        path: `${userPath(username)}/password`,
        token,
        body: { new_password: password },
      }),
    setRole: (token, username, role) =>
      tell({
        about: `give ${username} the role ${role}`,
        method: 'PUT',
        path: userPath(username),
        token,
        body: { role },
      }),
    changeOwnPassword: (token, current, wanted) =>
      ask(
        {
          about: 'set its own password',
          method: 'POST',
          path: '/api/v1/users/me/password',
          token,
          body: { current_password: current, new_password: wanted },
        },
        tokensOf,
      ),
    switchAdapter: (token, type, enabled) =>
      tell({
        about: `switch the adapter ${type} ${enabled ? 'on' : 'off'}`,
        method: 'PUT',
        path: `/api/v1/adapters/${encodeURIComponent(type)}`,
        token,
        body: { enabled },
      }),
    shares: (token) => ask({ about: 'list the shares', method: 'GET', path: '/api/v1/shares', token }, sharesOf),
    isPortmapperEnabled: (token) =>
      ask({ about: 'read the settings of NFS', method: 'GET', path: SETTINGS, token }, portmapperOf),
    enablePortmapper: (token) =>
      tell({
        about: 'enable the portmapper',
        method: 'PATCH',
        path: SETTINGS,
        token,
        body: { portmapper_enabled: true },
      }),
    snapshotPolicies: (token) =>
      ask({ about: 'list the snapshot policies', method: 'GET', path: '/api/v1/snapshot-policies', token }, policiesOf),
    putSnapshotPolicy: (token, policy) =>
      tell({
        about: `set the snapshot policy of ${policy.share}`,
        method: 'PUT',
        path: policyPath(policy.share),
        token,
        body: policyBody(policy),
      }),
  };
}

function policyBody({ interval, keepLast, ttl, enabled, namePrefix }: WantedPolicy) {
  return { interval, keep_last: keepLast, ttl, enabled, name_prefix: namePrefix };
}

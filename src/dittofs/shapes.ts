// What answers of the API must look like to be trusted: checked once, where they enter the program, and cut down to what is used.
// Fields as measured on DittoFS 0.29.0.

export type Role = 'admin' | 'operator' | 'user';

/** An access token and what came with it. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** How long the access token is good for. */
  readonly expiresInMs: number;
  readonly role: Role;
  /** Everything but changing the password is refused until then. */
  readonly mustChangePassword: boolean;
}

/** `unknown`: the server cannot tell, or is of a version that does not. */
export type DatabaseHealth = 'reachable' | 'unreachable' | 'unknown';

export interface Adapter {
  /** nfs, smb, or what a later version brings. */
  readonly type: string;
  readonly enabled: boolean;
  readonly port: number;
  /** By `status.status`: `running` is true also of an adapter that could not open its port. */
  readonly healthy: boolean;
}

export interface SnapshotPolicy {
  readonly share: string;
  readonly enabled: boolean;
  /** A Go duration, as the server normalises it: 1h0m0s. */
  readonly interval: string;
  readonly keepLast: number;
  /** A Go duration; empty for none. */
  readonly ttl: string;
  readonly namePrefix: string;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function roleOf(value: unknown): Role {
  return value === 'admin' || value === 'operator' ? value : 'user';
}

/** undefined for what is no such answer; the same for all that follow. */
export function tokensOf(value: unknown): Tokens | undefined {
  const { access_token: access, refresh_token: refresh, expires_in: seconds, user } = fieldsOf(value);
  if (textOf(access) === '' || typeof seconds !== 'number' || !(seconds > 0)) return undefined;
  const { role, must_change_password: mustChange } = fieldsOf(user);
  return {
    accessToken: textOf(access),
    refreshToken: textOf(refresh),
    expiresInMs: seconds * 1000,
    role: roleOf(role),
    mustChangePassword: mustChange === true,
  };
}

export function databaseHealthOf(value: unknown): DatabaseHealth | undefined {
  const { status, data } = fieldsOf(value);
  if (typeof status !== 'string') return undefined;
  const { control_plane_db: database } = fieldsOf(data);
  return database === 'reachable' || database === 'unreachable' ? database : 'unknown';
}

const MAX_PORT = 65_535;
/** What may become part of the name of a Service and of a condition's message. */
const TYPE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/;

const isPort = (port: unknown): port is number => typeof port === 'number' && port > 0 && port <= MAX_PORT;

function adapterOf(value: unknown): Adapter | undefined {
  const { type, enabled, port, status } = fieldsOf(value);
  if (!TYPE.test(textOf(type)) || typeof enabled !== 'boolean' || !isPort(port)) return undefined;
  return { type: textOf(type), enabled, port, healthy: fieldsOf(status)['status'] === 'healthy' };
}

/** All that `one` accepts, or undefined when it is no list or any entry is not accepted: half a list would look like a removal. */
function listOf<T>(value: unknown, one: (item: unknown) => T | undefined): readonly T[] | undefined {
  if (value === null) return []; // Go's empty list
  if (!Array.isArray(value)) return undefined;
  const items = value.map(one);
  return items.every((item) => item !== undefined) ? items : undefined;
}

/** By type: the server's own order changes. */
export function adaptersOf(value: unknown): readonly Adapter[] | undefined {
  return listOf(value, adapterOf)?.toSorted((a, b) => (a.type < b.type ? -1 : 1));
}

function policyOf(value: unknown): SnapshotPolicy | undefined {
  const { share, enabled, interval, keep_last: keepLast, ttl, name_prefix: namePrefix } = fieldsOf(value);
  if (textOf(share) === '' || textOf(interval) === '') return undefined;
  return {
    share: textOf(share),
    enabled: enabled === true,
    interval: textOf(interval),
    keepLast: typeof keepLast === 'number' ? keepLast : 0,
    ttl: textOf(ttl),
    namePrefix: textOf(namePrefix),
  };
}

export const policiesOf = (value: unknown): readonly SnapshotPolicy[] | undefined => listOf(value, policyOf);

/** Names alone. */
export const sharesOf = (value: unknown): readonly string[] | undefined =>
  listOf(value, (item) => textOf(fieldsOf(item)['name']) || undefined)?.toSorted();

export function portmapperOf(value: unknown): boolean | undefined {
  const { portmapper_enabled: enabled } = fieldsOf(value);
  return typeof enabled === 'boolean' ? enabled : undefined;
}

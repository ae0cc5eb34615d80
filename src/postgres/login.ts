// One login to a PostgreSQL database, to find out whether credentials work before a server is given them. It does what the server will
// need: a session, and the right to create tables in its schema.
import net from 'node:net';
import pg from 'pg';
import type { Route } from '../hosts.ts';

export interface LoginTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** disable, allow, prefer, require, verify-ca or verify-full, as libpq has them. */
  readonly sslMode: string;
  /** PEM of the authority that verify-ca and verify-full trust; without it those that the system trusts. */
  readonly ca?: string;
}

/** `why` is our own clause; nothing of what the database or the system said is quoted. */
export type LoginOutcome =
  { readonly outcome: 'accepted' } | { readonly outcome: 'refused' | 'unreachable'; readonly why: string };

export type TryLogin = (target: LoginTarget, signal: AbortSignal) => Promise<LoginOutcome>;

const TIMEOUT_MS = 5_000;
/** What the init container asks as well. */
const RIGHT = `select coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as may`;

/**
 * Logs in once; takes at most some five seconds.
 *
 * @param options.route where to connect for a host name
 */
export function loginBy(options: { readonly route: Route; readonly timeoutMs?: number }): TryLogin {
  const { route, timeoutMs = TIMEOUT_MS } = options;
  return async (target, signal) => {
    for (const ssl of tlsOf(target)) {
      const outcome = await attempt(target, ssl, { route, timeoutMs, signal });
      if (outcome !== 'no TLS') return outcome;
    }
    return { outcome: 'refused', why: `the server offers no TLS, which sslmode ${target.sslMode} needs` };
  };
}

type Tls = false | Exclude<pg.ClientConfig['ssl'], boolean | undefined>;

/** The ways to try, in this order. As the server does it (DittoFS 0.29.0), `require` checks no certificate. */
function tlsOf({ sslMode, ca }: LoginTarget): readonly Tls[] {
  const authority = ca === undefined ? {} : { ca };
  if (sslMode === 'disable') return [false];
  if (sslMode === 'verify-full') return [authority];
  if (sslMode === 'verify-ca') return [{ ...authority, checkServerIdentity: () => undefined }];
  const unchecked = { rejectUnauthorized: false };
  return sslMode === 'prefer' || sslMode === 'allow' ? [unchecked, false] : [unchecked];
}

interface Terms {
  readonly route: Route;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

async function attempt(target: LoginTarget, ssl: Tls, terms: Terms): Promise<LoginOutcome | 'no TLS'> {
  const { host, port, database, user, password } = target;
  const { timeoutMs, signal } = terms;
  const socket = routedSocket(terms.route(host, port));
  const client = new pg.Client({
    host,
    port,
    database,
    user,
    password,
    ssl,
    stream: () => socket,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'dittoserver-provisioner',
  });
  client.on('error', () => undefined); // the connection may break after its outcome is known
  const abort = (): void => void socket.destroy(new Error('aborted'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.connect();
    const { rows } = await client.query<{ may: boolean }>(RIGHT);
    if (rows[0]?.may === true) return { outcome: 'accepted' };
    return { outcome: 'refused', why: 'its user may not create tables in a schema of the database' };
  } catch (error) {
    return outcomeOf(error);
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

/** A socket that goes where the route says, while names in TLS stay those of the host. */
function routedSocket(address: { readonly host: string; readonly port: number }): net.Socket {
  const socket = new net.Socket();
  const connect = socket.connect.bind(socket);
  return Object.assign(socket, { connect: () => connect(address.port, address.host) });
}

/** SQLSTATE → why it refuses. Without any name: who puts the values of a Secret under the wrong keys would read his password there. */
const REFUSALS: Readonly<Record<string, string>> = {
  '28P01': 'the password of its user is not accepted, or there is no such user',
  '28000': 'its user is not let in to the database from here (pg_hba.conf; or TLS is wanted)',
  '3D000': 'there is no database of that name',
  '42501': 'its user lacks the right to connect to the database',
};

/** It answers, but takes nobody in just now. */
const NOT_NOW: Readonly<Record<string, string>> = {
  '57P03': 'the database is starting, stopping or in recovery',
  '53300': 'the database has no connection to spare',
};

function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : '';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');
const isCertificate = (code: string): boolean =>
  /^(CERT_|ERR_TLS_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/.test(code);

function outcomeOf(error: unknown): LoginOutcome | 'no TLS' {
  const code = codeOf(error);
  const refusal = REFUSALS[code];
  if (refusal) return { outcome: 'refused', why: refusal };
  if (messageOf(error) === 'The server does not support SSL connections') return 'no TLS';
  if (isCertificate(code)) {
    return { outcome: 'refused', why: `the certificate of the server is not accepted (${code})` };
  }
  const why = NOT_NOW[code] ?? `it cannot be reached (${code || 'no answer in time'})`;
  return { outcome: 'unreachable', why };
}

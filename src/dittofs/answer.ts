// What a server's own API says of the server, in one answer: the step that logs in and the prober ask the same questions, and tell by one
// digest whether anything has changed.
import { createHash } from 'node:crypto';
import type { DittoFsApi } from './client.ts';
import { DittoFsError } from './errors.ts';
import type { Account, Session, Sessions } from './sessions.ts';
import type { Adapter, DatabaseHealth, Role, SnapshotPolicy } from './shapes.ts';

export interface Answer {
  readonly database: DatabaseHealth;
  /** The role that the account has; undefined when it could not log in. */
  readonly role?: Role;
  readonly adapters?: readonly Adapter[];
  /** Where they were asked for, and the account may see them. */
  readonly policies?: readonly SnapshotPolicy[];
  /** Along with the policies: a share that is new may be the one that a policy waits for. */
  readonly shares?: readonly string[];
  /** Why there is no more of an answer. */
  readonly problem?: DittoFsError;
}

export interface Questions {
  /** Tells servers apart among the sessions. */
  readonly server: string;
  readonly api: DittoFsApi;
  readonly sessions: Sessions;
  /** Without one only what needs no login is asked. */
  readonly account: Account | undefined;
  readonly withPolicies: boolean;
}

/** Asks: two calls, once there is a session, and two more where policies matter. Never rejects with a DittoFsError: that is an answer too. */
export async function inspect(questions: Questions): Promise<Answer> {
  const { api } = questions;
  let database: DatabaseHealth = 'unknown';
  try {
    database = await api.databaseHealth();
    // Without its database the server refuses every login, whatever the account.
    if (database === 'unreachable') return { database };
    return { database, ...(await asAccount(questions)) };
  } catch (error) {
    if (error instanceof DittoFsError) return { database, problem: error };
    throw error;
  }
}

async function asAccount({ server, api, sessions, account, withPolicies }: Questions): Promise<Partial<Answer>> {
  if (!account) return {};
  return sessions.use(server, api, account, async ({ token, role }: Session) => {
    const adapters = await api.adapters(token);
    if (!withPolicies || role !== 'admin') return { role, adapters };
    return { role, adapters, policies: await api.snapshotPolicies(token), shares: await api.shares(token) };
  });
}

/** Changes with everything in the answer that somebody could want to react to; hexadecimal. */
export function answerDigest({ database, adapters, policies, shares, problem }: Answer): string {
  const told = [
    database,
    adapters?.map(({ type, enabled, port, healthy }) => [type, enabled, port, healthy]) ?? null,
    policies?.map(policyKey).toSorted() ?? null,
    shares ?? null,
    problem?.kind ?? null,
  ];
  return createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 16);
}

const policyKey = ({ share, enabled, interval, keepLast, ttl, namePrefix }: SnapshotPolicy): string =>
  JSON.stringify([share, enabled, interval, keepLast, ttl, namePrefix]);

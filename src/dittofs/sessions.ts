// Logins that are kept while they are good: one per account and server, renewed near the end of their life, made again when the
// server forgot them. In memory only: a login costs the server a tenth of a second, a token that is stored costs a write each time.
import { createHash } from 'node:crypto';
import type { Credentials, DittoFsApi } from './client.ts';
import { DittoFsError } from './errors.ts';
import type { Role, Tokens } from './shapes.ts';

export interface Session {
  readonly token: string;
  /** The role that the token was made with. */
  readonly role: Role;
}

/** `own`: the account is the provisioner's; a password that an administrator set for it is confirmed, as the server then asks. */
export interface Account extends Credentials {
  readonly own?: true;
}

export interface Sessions {
  /**
   * A session of the account, from memory or by a login.
   *
   * @param server tells servers apart, e.g. the digest of the endpoint
   * @throws DittoFsError `unauthorized` when the credentials are refused
   */
  open(server: string, api: DittoFsApi, account: Account): Promise<Session>;
  /** The next `open` logs in anew. */
  forget(server: string, account: Account): void;
  /**
   * Runs `work` with a session; once more with a new login when the token turns out to be refused, as after a reset of the
   * server's database or with another signing key.
   */
  use<T>(server: string, api: DittoFsApi, account: Account, work: (session: Session) => Promise<T>): Promise<T>;
}

interface Kept {
  readonly tokens: Tokens;
  readonly renewAtMs: number;
  readonly expiresAtMs: number;
}

/** Of its life, after which a token is renewed. */
const RENEW_AFTER = 0.8;
/** More accounts than this are not kept; the oldest go first. */
const MAX_KEPT = 5_000;

/**
 * Sessions in memory.
 *
 * @param now epoch ms
 */
export function createSessions(now: () => number = Date.now): Sessions {
  const kept = new Map<string, Kept>();

  const keep = (key: string, tokens: Tokens): Session => {
    const { expiresInMs } = tokens;
    kept.delete(key);
    kept.set(key, { tokens, renewAtMs: now() + RENEW_AFTER * expiresInMs, expiresAtMs: now() + expiresInMs });
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return sessionOf(tokens);
  };

  const logIn = async (key: string, api: DittoFsApi, account: Account): Promise<Session> => {
    const tokens = await api.login(account);
    return keep(key, tokens.mustChangePassword && account.own ? await confirm(api, tokens, account) : tokens);
  };

  const renew = async (key: string, api: DittoFsApi, account: Account, { tokens }: Kept): Promise<Session> => {
    try {
      return keep(key, await api.refresh(tokens.refreshToken));
    } catch (error) {
      if (error instanceof DittoFsError && error.passing) throw error;
      return logIn(key, api, account);
    }
  };

  const sessions: Sessions = {
    async open(server, api, account) {
      const key = keyOf(server, account);
      const found = kept.get(key);
      if (found && now() < found.renewAtMs) return sessionOf(found.tokens);
      if (!found || now() >= found.expiresAtMs || found.tokens.refreshToken === '') return logIn(key, api, account);
      return renew(key, api, account, found);
    },
    forget: (server, account) => void kept.delete(keyOf(server, account)),
    async use(server, api, account, work) {
      const hadOne = kept.has(keyOf(server, account));
      try {
        return await work(await sessions.open(server, api, account));
      } catch (error) {
        if (!hadOne || !(error instanceof DittoFsError) || error.kind !== 'unauthorized') throw error;
        sessions.forget(server, account);
        return work(await sessions.open(server, api, account));
      }
    },
  };
  return sessions;
}

const sessionOf = ({ accessToken, role }: Tokens): Session => ({ token: accessToken, role });

/** The server wants a new password after an administrator set it; the same one counts as new. */
async function confirm(api: DittoFsApi, tokens: Tokens, { password }: Account): Promise<Tokens> {
  return api.changeOwnPassword(tokens.accessToken, password, password);
}

/** Another password is another account's session. */
function keyOf(server: string, { username, password }: Account): string {
  return createHash('sha256')
    .update(JSON.stringify([server, username, password]))
    .digest('hex');
}

// Certificates, keys and API keys of the connection to Temporal that are renewed on disk: whoever keeps the old ones works until they expire,
// and then fails far from the cause.
import { createHash } from 'node:crypto';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { TemporalAccess } from './temporal.ts';
import { pause } from './waiting.ts';

const EVERY_MS = 10_000;

export interface RenewalLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Tells settings apart without keeping a key a second time. */
const digestOf = (options: NativeConnectionOptions): string =>
  createHash('sha256').update(JSON.stringify(options)).digest('hex');

/**
 * Reads the settings every ten seconds until the signal aborts. When they have changed, `reconnect` goes first, since it proves them;
 * what fails, as while only one of two files is written, is tried again.
 */
export async function keepRenewed(
  access: Pick<TemporalAccess, 'connection' | 'exchange'>,
  reconnect: (options: NativeConnectionOptions) => Promise<void>,
  { signal, log, everyMs = EVERY_MS }: { readonly signal: AbortSignal; readonly log: RenewalLog; readonly everyMs?: number }, // prettier-ignore
): Promise<void> {
  let used: string | undefined;
  while (!signal.aborted) {
    try {
      const options = access.connection();
      const digest = digestOf(options);
      if (used !== undefined && digest !== used) {
        await reconnect(options);
        access.exchange(options);
        log.info({}, 'the certificates or keys for Temporal were renewed: connected anew');
      }
      used = digest;
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      log.warn({ error: name }, 'the renewed certificates or keys for Temporal cannot be used yet; those in use stay');
    }
    await pause(everyMs, signal);
  }
}

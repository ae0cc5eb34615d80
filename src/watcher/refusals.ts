// Logs that Temporal does not take nudges: once per reason and now and then, not once per nudge and try.
import type { Logger } from 'pino';
import type { ServerKey } from './directory.ts';
import type { EngineTrouble } from './trouble.ts';

const EVERY_MS = 30_000;

/** A function that tells of one refusal, with how many DittoServers wait. */
export function refusalLog(log: Logger, trouble: (error: unknown) => EngineTrouble) {
  const toldMs = new Map<string, number>();
  return (key: ServerKey, error: unknown, waiting: number): void => {
    const { reason, message } = trouble(error);
    if (Date.now() - (toldMs.get(message) ?? -Infinity) < EVERY_MS) return;
    toldMs.set(message, Date.now());
    log.warn({ dittoServer: key, reason, waiting }, `Temporal did not take a nudge; it will be sent again: ${message}`);
  };
}

// Whether Temporal answers, asked now and then: workers and watcher retry in silence, so somebody has to say that it is away.
import type { TemporalAccess } from './temporal.ts';
import { pause } from './waiting.ts';
import { temporalTrouble } from './watcher/index.ts';
import type { Part } from './worker/index.ts';

const EVERY_MS = 5_000;
const DEADLINE_MS = 5_000;

export interface TemporalHealth {
  ready(): Part;
  stop(): Promise<void>;
}

/** Asks for the namespace, which an account that may work in it may read. */
async function ask({ client, namespace }: TemporalAccess): Promise<void> {
  await client.withDeadline(Date.now() + DEADLINE_MS, () => client.workflowService.describeNamespace({ namespace }));
}

/** Asks until stopped. */
export function watchTemporal(access: TemporalAccess): TemporalHealth {
  const stopping = new AbortController();
  let reason: string | undefined = 'Temporal has not been asked yet';
  const asking = (async () => {
    while (!stopping.signal.aborted) {
      reason = await ask(access).then(
        () => undefined,
        (error: unknown) => temporalTrouble(error, access).message,
      );
      await pause(EVERY_MS, stopping.signal);
    }
  })();
  return {
    ready: () => ({ ready: reason === undefined, reasons: reason === undefined ? [] : [reason] }),
    async stop() {
      stopping.abort();
      await asking;
    },
  };
}

// Whether Temporal answers, asked now and then: workers and watcher retry in silence, so somebody has to say that it is away.
import { isGrpcServiceError } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';
import type { TemporalAccess } from './temporal.ts';
import type { Part } from './worker/index.ts';

const EVERY_MS = 5_000;
const DEADLINE_MS = 5_000;
/** gRPC status NOT_FOUND. */
const NOT_FOUND = 5;

export interface TemporalHealth {
  ready(): Part;
  stop(): Promise<void>;
}

function reasonOf(error: unknown, { address, namespace }: TemporalAccess): string {
  const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
  if (code === NOT_FOUND) return `Temporal has no namespace "${namespace}": create it, or set TEMPORAL_NAMESPACE`;
  return `Temporal at ${address} does not answer${code === undefined ? '' : ` (gRPC status ${code})`}`;
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
        (error: unknown) => reasonOf(error, access),
      );
      await delay(EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
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

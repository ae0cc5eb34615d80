// Fifty DittoServers that are provisioned while something is done to the parts: ten batches, so that each disturbance meets some in the middle.
import type { Stage } from '../../cluster/support/stage.ts';
import { BASIC, PERCONA, type Subject } from '../../cluster/support/subject.ts';
import { waitFor } from '../../kit/wait-for.ts';

/** One per disturbance. */
export const BATCHES = 10;
const BASIC_EACH = 4;
const PERCONA_EACH = 1;
const LONG_MS = 300_000;

/** One batch, applied at once; again and again where the API server is on its way back. */
export async function applyBatch(stage: Pick<Stage, 'subject'>, prefix: string): Promise<readonly Subject[]> {
  const specs = [...Array<typeof BASIC>(BASIC_EACH).fill(BASIC), ...Array<typeof PERCONA>(PERCONA_EACH).fill(PERCONA)];
  return Promise.all(
    specs.map(async (spec, i) => {
      const server = stage.subject(`${prefix}-${i + 1}`);
      await waitFor(`${server.name} is applied`, () => server.apply(spec));
      return server;
    }),
  );
}

export async function untilAllReady(servers: readonly Subject[]): Promise<void> {
  for (const server of servers) await server.untilReady({ timeoutMs: LONG_MS, everyMs: 200 });
}

// One server that a step talks to: where it is, for how long, and in a turn of its own. What goes wrong there is told in our own words.
import type { Failure } from '../src/api/verdict.ts';
import { DittoFsError, endpointDigest, urlOf, type DittoFsApi, type Endpoint } from '../src/dittofs/index.ts';
import { endpointOf } from './observe/server-api.ts';
import { failureOfApi, Refused } from './server-api-failure.ts';
import { NoSlot } from './slots.ts';
import type { Work } from './step.ts';

/** One server, and who we are there. */
export interface Visit {
  readonly work: Work;
  readonly endpoint: Endpoint;
  /** Tells this server's sessions apart. */
  readonly key: string;
  readonly api: DittoFsApi;
}

/** For all calls together: so much less than the step has that its outcome, whatever it is, is still told and remembered. */
const TALK_MS = 6_500;

/** The server of this step, for as long as the step may talk. */
export function visit(work: Work): Visit {
  const { call, server, observation } = work;
  const endpoint = endpointOf(server, observation.secrets, call.deps.clusterDomain);
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(TALK_MS)]);
  return { work, endpoint, key: endpointDigest(endpoint), api: call.deps.dittofs.at(endpoint, signal) };
}

const BUSY: Failure = {
  reason: 'APIBusy',
  message: 'other servers that do not answer are being asked just now',
  notAsked: true,
};

/**
 * Talks to the server in a turn of its own, so that one which hangs delays nobody else.
 *
 * @param troubled it did not answer the last time
 * @returns what `task` does, or why there was no talk; what is none of the API's own errors is thrown on
 */
export async function inSlot<T>(
  { work, endpoint }: Visit,
  troubled: boolean,
  task: () => Promise<T>,
): Promise<T | Failure> {
  try {
    return await work.call.deps.slots.run(task, troubled);
  } catch (error) {
    if (error instanceof NoSlot) return BUSY;
    if (error instanceof Refused) return error.failure;
    if (error instanceof DittoFsError) return failureOfApi(error, urlOf(endpoint));
    throw error;
  }
}

export const isFailure = (value: object): value is Failure => 'reason' in value && 'message' in value;

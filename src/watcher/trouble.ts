// What an error of a call to Temporal means, in our own words: nothing of what a server or a library said is passed on.
import { isGrpcServiceError, NamespaceNotFoundError, WorkflowNotFoundError } from '@temporalio/client';

/** What an error of a call to Temporal means. */
export interface EngineTrouble {
  /** Nobody answers, the namespace is not there, or the account may do nothing in it: it is the same for every workflow. */
  readonly away: boolean;
  readonly reason: 'EngineUnreachable' | 'EngineNamespaceMissing' | 'EngineRefuses';
  /** A sentence without full stop, in our own words. */
  readonly message: string;
}

/** Where Temporal is, and what of it is ours. */
export interface EngineAddress {
  /** host:port */
  readonly address: string;
  /** Temporal's namespace. */
  readonly namespace: string;
}

/** gRPC status codes, as far as a user can do something about them. */
const REFUSALS: Readonly<Record<number, string>> = {
  7: 'PERMISSION_DENIED: give the account of the provisioner the right to work in the namespace',
  8: 'RESOURCE_EXHAUSTED: too many calls, or too many signals to one run',
  16: 'UNAUTHENTICATED: check TEMPORAL_API_KEY or the client certificate',
};
/** It is the same for every workflow. */
const OF_THE_ACCOUNT: readonly number[] = [7, 16];
const DEADLINE_EXCEEDED = 4;
export const NOT_FOUND = 5;
const UNAVAILABLE = 14;

/** The meaning of whatever a call to Temporal was rejected with. */
export function temporalTrouble(error: unknown, { address, namespace }: EngineAddress): EngineTrouble {
  const code = grpcCode(error);
  if (code === NOT_FOUND) {
    const message = `Temporal has no namespace "${namespace}": create it, or set TEMPORAL_NAMESPACE`;
    return { away: true, reason: 'EngineNamespaceMissing', message };
  }
  if (code === undefined || code === DEADLINE_EXCEEDED || code === UNAVAILABLE) {
    return { away: true, reason: 'EngineUnreachable', message: `Temporal at ${address} does not answer` };
  }
  const what = REFUSALS[code] ?? `gRPC status ${code}`;
  const away = OF_THE_ACCOUNT.includes(code);
  return { away, reason: 'EngineRefuses', message: `Temporal at ${address} refuses the call (${what})` };
}

/** undefined: no answer at all. What we call either starts a workflow or asks for one, so that only the namespace can be missing. */
export function grpcCode(error: unknown): number | undefined {
  if (error instanceof NamespaceNotFoundError || error instanceof WorkflowNotFoundError) return NOT_FOUND;
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  for (const each of [error, cause]) if (isGrpcServiceError(each)) return each.code;
  return undefined;
}

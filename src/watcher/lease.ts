// One Lease: of several replicas only its holder audits and tells. Whether a holder is gone is judged by how long we ourselves have
// seen its Lease unchanged, never by the times in it, which are those of another clock.
import type { Logger } from 'pino';
import type { KubeObject, Stored } from '../api/kubernetes.ts';
import { KubeError, type JsonPatchOp, type Kube } from '../kube/index.ts';
import { pause } from '../waiting.ts';

export interface LeaseOptions {
  readonly kube: Kube;
  readonly namespace: string;
  readonly name: string;
  /** Tells this process from every other one. */
  readonly identity: string;
  readonly log: Logger;
  /** Milliseconds of a clock that only goes forwards; default performance.now. */
  readonly clock?: () => number;
}

export interface Lease {
  /** Asked before each act. What begins while it is true may take DURATION less RENEW_WITHIN until somebody else can hold the Lease. */
  holds(): boolean;
  /** Who does what we leave alone, as a sentence; undefined while we hold it. */
  reason(): string | undefined;
  /** Gives it up, so that a successor takes over at once. */
  stop(): Promise<void>;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}
type LeaseObject = KubeObject & { readonly spec?: LeaseSpec };

const DURATION_SECONDS = 15;
/** A holder that has not renewed for so long acts no more. */
const RENEW_WITHIN_MS = 10_000;
const RENEW_EVERY_MS = 5_000;
const TRY_EVERY_MS = 2_000;
const CALL_MS = 3_000;
/** Without the right to Leases it is asked again now and then: the right may be given. */
const FORBIDDEN_EVERY_MS = 30_000;

/** Begins to try for the Lease, and goes on until stopped. */
export function holdLease(options: LeaseOptions): Lease {
  const { kube, namespace, name, identity, log, clock = () => performance.now() } = options;
  const ref = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name } } as const;
  const stopping = new AbortController();
  const call = { signal: stopping.signal, timeoutMs: CALL_MS };
  let renewedAt = -Infinity;
  /** Leases cannot be had here: two watchers at once are harmless, none is not. */
  let unguarded = false;
  let holder = '';
  let observed = { version: '', at: 0 };

  const holds = (): boolean => unguarded || clock() - renewedAt < RENEW_WITHIN_MS;

  async function create(): Promise<boolean> {
    const spec: LeaseSpec = { ...specOf(identity), acquireTime: microTime(), leaseTransitions: 0 };
    await kube.create<LeaseObject>({ ...ref, spec }, call);
    return true;
  }

  /** Writes the Lease as ours, if it still is as we saw it. */
  async function write(lease: Stored<LeaseObject>, more: LeaseSpec): Promise<boolean> {
    const spec = { ...lease.spec, ...specOf(identity), ...more };
    await kube.patchJson(ref, guarded(lease, spec), call);
    return true;
  }

  async function attempt(): Promise<boolean> {
    const lease = await kube.get<LeaseObject>(ref, call);
    if (lease === undefined) return create();
    // All replicas renew as often as we do: whoever promises less often is none of them.
    const { holderIdentity = '', leaseTransitions = 0 } = lease.spec ?? {};
    holder = holderIdentity;
    if (holderIdentity === identity) return write(lease, {});
    const { resourceVersion: version } = lease.metadata;
    if (version !== observed.version) observed = { version, at: clock() };
    const expired = clock() - observed.at >= DURATION_SECONDS * 1_000;
    if (holderIdentity !== '' && !expired) return false;
    return write(lease, { acquireTime: microTime(), leaseTransitions: leaseTransitions + 1 });
  }

  /** The pause until the next attempt, ms. */
  async function round(): Promise<number> {
    const beganAt = clock();
    try {
      const won = await attempt();
      unguarded = false;
      if (won) renewedAt = beganAt;
      else renewedAt = -Infinity;
      return won ? RENEW_EVERY_MS : TRY_EVERY_MS;
    } catch (error) {
      if (!isRefused(error)) return TRY_EVERY_MS;
      if (!unguarded)
        log.warn({}, `no Lease ${namespace}/${name}, so several watchers may do the same: ${error.message}`);
      unguarded = true;
      return FORBIDDEN_EVERY_MS;
    }
  }

  async function run(): Promise<void> {
    let held = false;
    while (!stopping.signal.aborted) {
      const pauseMs = await round();
      if (holds() !== held) log.info({ lease: `${namespace}/${name}` }, held ? 'lost the Lease' : 'holds the Lease');
      held = holds();
      const jitterMs = pauseMs * 0.1 * Math.random();
      await pause(pauseMs + jitterMs, stopping.signal);
    }
  }

  async function release(): Promise<void> {
    if (unguarded || !holds()) return;
    renewedAt = -Infinity;
    const lease = await kube.get<LeaseObject>(ref, { timeoutMs: CALL_MS });
    if (lease?.spec?.holderIdentity !== identity) return;
    const spec = { ...lease.spec, holderIdentity: '', renewTime: microTime() };
    await kube.patchJson(ref, guarded(lease, spec), { timeoutMs: CALL_MS });
  }

  const running = run();
  return {
    holds,
    reason() {
      if (holds()) return undefined;
      const who = holder === '' || holder === identity ? 'nobody yet' : holder;
      return `audit and the condition EngineReachable are left to the holder of the Lease ${namespace}/${name}: ${who}`;
    },
    async stop() {
      stopping.abort();
      await running;
      await release().catch(() => undefined);
    },
  };
}

/** Optimistic locking: of two who saw the same Lease one gets it. */
function guarded({ metadata }: Stored<LeaseObject>, spec: LeaseSpec): readonly JsonPatchOp[] {
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'add', path: '/spec', value: spec },
  ];
}

function specOf(identity: string): LeaseSpec {
  return { holderIdentity: identity, leaseDurationSeconds: DURATION_SECONDS, renewTime: microTime() };
}

/** Not ours to have: no permission, or no such namespace. */
function isRefused(error: unknown): error is KubeError {
  return error instanceof KubeError && ['forbidden', 'not-found', 'api-absent'].includes(error.kind);
}

/** Now as a metav1.MicroTime, which only people read. */
function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z');
}

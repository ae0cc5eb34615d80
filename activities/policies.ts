// The step that sets snapshot policies: as the specification asks for them, where the server has them otherwise.
import { durationMs, snapshotIntervalMs } from '../src/api/duration.ts';
import type { Failure } from '../src/api/verdict.ts';
import {
  DittoFsError,
  inspect,
  type Account,
  type Answer,
  type SnapshotPolicy,
  type WantedPolicy,
} from '../src/dittofs/index.ts';
import type { RenderableServer } from '../src/manifests/index.ts';
import { askedOnce } from '../src/requirements/asked.ts';
import { policiesBasis } from '../src/requirements/snapshot-policies.ts';
import { accountOf } from './observe/server-api.ts';
import type { Act, Outcome } from './outcome.ts';
import { asPolicyMaker } from './server-account.ts';
import { withAnswer } from './server-answer.ts';
import { inSlot, isFailure, visit, type Visit } from './server-visit.ts';

/** As the server names shares: with one slash before them. */
const shareName = (share: string): string => `/${share.replace(/^\/+/, '')}`;

function wantedPolicies({ spec }: RenderableServer): readonly WantedPolicy[] {
  return (spec.snapshotPolicies ?? []).map(
    ({ share, interval, keepLast = 0, ttl = '', enabled = true, namePrefix = '' }) => ({
      share: shareName(share),
      enabled,
      interval: interval.trim(),
      keepLast,
      ttl,
      namePrefix,
    }),
  );
}

/** The server writes durations in a form of its own, so that they are compared by their length. */
function isSame(wanted: WantedPolicy, live: SnapshotPolicy): boolean {
  return (
    wanted.enabled === live.enabled &&
    wanted.keepLast === live.keepLast &&
    wanted.namePrefix === live.namePrefix &&
    snapshotIntervalMs(wanted.interval) === snapshotIntervalMs(live.interval) &&
    (durationMs(wanted.ttl) ?? 0) === (durationMs(live.ttl) ?? 0)
  );
}

function differingPolicies(wanted: readonly WantedPolicy[], live: readonly SnapshotPolicy[]): readonly WantedPolicy[] {
  return wanted.filter((policy) => {
    const found = live.find(({ share }) => share === policy.share);
    return !found || !isSame(policy, found);
  });
}

interface PoliciesSet {
  /** Shares that do not exist. */
  readonly missing: readonly string[];
  /** What the server says afterwards. */
  readonly answer: Answer;
}

/** Sets what differs. */
async function setPolicies(at: Visit, account: Account): Promise<PoliciesSet> {
  const { api, key, work } = at;
  const { sessions } = work.call.deps;
  return asPolicyMaker(at, account, async ({ token }) => {
    const missing: string[] = [];
    const live = await api.snapshotPolicies(token);
    for (const policy of differingPolicies(wantedPolicies(work.server), live)) {
      try {
        await api.putSnapshotPolicy(token, policy);
      } catch (error) {
        if (!(error instanceof DittoFsError) || error.kind !== 'not-found') throw error;
        missing.push(policy.share);
      }
    }
    return { missing, answer: await inspect({ server: key, api, sessions, account, withPolicies: true }) };
  });
}

function missingShares(missing: readonly string[]): Failure | undefined {
  if (missing.length === 0) return undefined;
  return { reason: 'ShareMissing', message: `the server has no share ${missing.join(', ')}` };
}

/** The snapshot policies of the specification. Those that are not in it are left alone: somebody may have made them by hand. */
export const applySnapshotPolicies: Act = async (work): Promise<Outcome> => {
  const { facts, secrets } = work.observation;
  const at = visit(work);
  const account = accountOf(work.server, secrets);
  const before = facts.memory.serverApi;
  if (!account || !before) return { facts };
  const done = await inSlot(at, (before.policies?.failures ?? 0) > 0, () => setPolicies(at, account));
  const failure = isFailure(done) ? done : missingShares(done.missing);
  const now = work.call.deps.now();
  // The answer has changed by our own doing, and is no reason to ask again.
  const after = isFailure(done) || done.answer.problem ? facts : withAnswer(facts, now, done.answer, undefined);
  const { serverApi = before } = after.memory;
  const policies = askedOnce(before.policies, policiesBasis(after), now, failure);
  return { facts: { ...after, memory: { ...after.memory, serverApi: { ...serverApi, policies } } } };
};

// The server has the snapshot policies that the specification asks for. A policy for a share that is yet to be made does not keep the
// DittoServer, on which that share is made, from being ready; everything else that goes wrong with them does.
import { digest } from '../api/fingerprint.ts';
import { askAgainMs } from './asked.ts';
import { serverApiBasis } from './authenticated.ts';
import type { Facts } from './facts.ts';
import { holds, met, OFF, pending, wait, type Finding, type Requirement } from './finding.ts';
import { wantedReplicas } from './stateful-set-plan.ts';

/** Digest of what is asked for, and of the server that it is asked of. */
export const policiesBasis = (facts: Facts): string =>
  digest([facts.server.spec?.snapshotPolicies ?? [], serverApiBasis(facts)]);

function judgeAsked(facts: Facts): Finding {
  const { policies } = facts.memory.serverApi ?? {};
  const basis = policiesBasis(facts);
  const againMs = askAgainMs(policies, basis, facts.nowMs);
  if (againMs === 0) {
    return {
      state: 'act',
      step: 'applySnapshotPolicies',
      intent: digest([basis, policies?.asks ?? 0]),
      summary: 'compare the snapshot policies, and set what differs',
      needs: ['notDeleted', 'specValid', 'notPaused', 'authenticated'],
      reason: 'APIDue',
      message: 'the snapshot policies are to be compared',
    };
  }
  if (againMs === undefined || !policies?.failure)
    return met('PoliciesApplied', 'the server has every snapshot policy');
  const { reason, message } = policies.failure;
  return wait(reason, message, { recheckMs: againMs, ...(reason === 'ShareMissing' && { aside: true }) });
}

export const snapshotPolicies: Requirement = {
  name: 'snapshotPolicies',
  condition: 'SnapshotsScheduled',
  judge: (facts, earlier) => {
    const wanted = facts.server.spec?.snapshotPolicies ?? [];
    if (wanted.length === 0 || wantedReplicas(facts) === 0) return OFF;
    if (!holds(earlier, 'authenticated')) return pending('Blocked', 'the snapshot policies wait for the server’s API');
    return judgeAsked(facts);
  },
};

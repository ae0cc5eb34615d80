// The provisioner's own account is accepted by the server. The API is asked by a step, once for the same facts: a look never talks to
// a server. What changes there without an event the prober tells, as a digest that is one of these facts.
import { digest } from '../api/fingerprint.ts';
import { names } from '../api/names.ts';
import { askAgainMs } from './asked.ts';
import { valueOf, type Facts } from './facts.ts';
import { holds, met, OFF, pending, unreadable, wait, type Finding, type Requirement } from './finding.ts';
import { wantedReplicas } from './stateful-set-plan.ts';

/** Whether the account must be an administrator: DittoFS 0.29.0 lets nobody else see or set snapshot policies. */
export const needsAdmin = ({ server }: Pick<Facts, 'server'>): boolean =>
  (server.spec?.snapshotPolicies ?? []).length > 0;

/** Digest of all that the last answer of the API rests on. */
export function serverApiBasis({ server, serverApi, memory }: Facts): string {
  return digest([serverApi.basis, needsAdmin({ server }), memory.serverApi?.digest ?? '']);
}

function ask(facts: Facts): Finding {
  const { asked } = facts.memory.serverApi ?? {};
  return {
    state: 'act',
    step: 'connectServerApi',
    // Each asking is an intent of its own: asking again is no contest with anybody.
    intent: digest([serverApiBasis(facts), asked?.asks ?? 0]),
    summary: asked?.failure ? 'ask the server’s API again' : 'ask the server’s API',
    needs: ['notDeleted', 'specValid', 'notPaused', 'podsReady'],
    reason: 'APIDue',
    message: 'the server’s API is to be asked',
  };
}

/** The Secret of the account, where it stands in the way. */
function judgeAccount({ server, serverApi: { account } }: Facts): Finding | undefined {
  const secret = names(server.metadata.name).operatorSecret;
  if (account.state === 'unreadable') {
    return unreadable('InputsUnreadable', `Secret "${secret}" could not be read: ${account.why}`);
  }
  if (valueOf(account)?.ownership !== 'foreign') return undefined;
  return wait(
    'ObjectConflict',
    `Secret "${secret}" exists and belongs to somebody else: remove it, or use another name for the DittoServer`,
  );
}

function judgeAsked(facts: Facts): Finding {
  const { asked } = facts.memory.serverApi ?? {};
  const againMs = askAgainMs(asked, serverApiBasis(facts), facts.nowMs);
  if (againMs === 0) return ask(facts);
  if (againMs === undefined || !asked?.failure)
    return met('AuthenticationSucceeded', 'the server’s API accepts the account of the provisioner');
  return wait(asked.failure.reason, asked.failure.message, { recheckMs: againMs });
}

export const authenticated: Requirement = {
  name: 'authenticated',
  condition: 'Authenticated',
  judge: (facts, earlier) => {
    if (wantedReplicas(facts) === 0) return OFF;
    if (!holds(earlier, 'podsReady')) return pending('Blocked', 'the server’s API is asked when its pods are ready');
    return judgeAccount(facts) ?? judgeAsked(facts);
  },
};

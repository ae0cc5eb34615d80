// Whether the server has the snapshot policies that are asked for: compared once for the same facts, by an account that is let in.
import type { Asked, Failure } from '../../../src/api/verdict.ts';
import { met, wait, type Finding } from '../../../src/requirements/finding.ts';
import { policiesBasis, snapshotPolicies } from '../../../src/requirements/snapshot-policies.ts';
import { ANSWERED, earlier, factsWith, NOW_MS, SERVER_API_FACT, type Changes } from './facts.ts';

const LET_IN = earlier({ authenticated: met('AuthenticationSucceeded', 'let in') });
const spec = { snapshotPolicies: [{ share: '/export', interval: '1h', keepLast: 3 }] };
const BASIS = policiesBasis(factsWith({ spec }));

const judge = (changes: Changes = {}): Finding => snapshotPolicies.judge(factsWith({ spec, ...changes }), LET_IN);

/** They were compared on the facts as they are, `agoMs` ago. */
function compared(changes: Partial<Asked> = {}, agoMs = 0): Changes {
  const policies: Asked = { basis: BASIS, asks: 1, atMs: NOW_MS - agoMs, failures: changes.failure ? 1 : 0, ...changes }; // prettier-ignore
  return { memory: { serverApi: { ...ANSWERED, policies } } };
}

const DUE = { state: 'act', step: 'applySnapshotPolicies', reason: 'APIDue', needs: ['notDeleted', 'specValid', 'notPaused', 'authenticated'] }; // prettier-ignore
const MISSING: Failure = { reason: 'ShareMissing', message: 'the server has no share /export' };
const REFUSED: Failure = { reason: 'APIRefused', message: 'the server does not take it' };
const BUSY: Failure = { reason: 'APIBusy', message: 'no turn was free', notAsked: true };

const other = { snapshotPolicies: [{ share: '/export', interval: '2h', keepLast: 3 }] };

test.each<[string, Changes, object]>([
  ['the server has them all', compared(), { state: 'met', reason: 'PoliciesApplied' }],
  ['they were never compared', {}, DUE],
  ['one of them was edited', { ...compared(), spec: other }, DUE],
  ['the server answers otherwise than when they were compared', { memory: { serverApi: { ...ANSWERED, digest: 'answer-2', policies: { basis: BASIS, asks: 1, atMs: NOW_MS, failures: 0 } } } }, DUE],
  ['the server is another one', { ...compared(), serverApi: { ...SERVER_API_FACT, basis: 'api-2' } }, DUE],
  ['a share is yet to be made, which keeps nobody from being ready', compared({ failure: MISSING }), { state: 'wait', reason: 'ShareMissing', message: MISSING.message, recheckMs: 5_000, aside: true }],
  ['it is time to look for that share again', compared({ failure: MISSING }, 5_000), DUE],
  ['the server refuses one', compared({ failure: REFUSED }), { state: 'wait', reason: 'APIRefused', message: REFUSED.message, budget: 'pods', recheckMs: 5_000 }],
  ['the server has refused one again and again', compared({ failure: REFUSED, failures: 3 }), { state: 'wait', recheckMs: 20_000 }],
  ['no turn was free', compared({ failure: BUSY, failures: 9 }), { state: 'wait', reason: 'APIBusy', recheckMs: 5_000 }],
])('%s', (_, changes, found) => {
  expect(judge(changes)).toMatchObject(found);
}); // prettier-ignore

test('a policy that the server refuses keeps the DittoServer from being ready, one without its share does not', () => {
  expect(judge(compared({ failure: REFUSED }))).not.toHaveProperty('aside');
  expect(judge(compared({ failure: MISSING }))).not.toHaveProperty('budget');
});

test.each<[string, Changes]>([
  ['none is asked for', { spec: {} }],
  ['the list of them is empty', { spec: { snapshotPolicies: [] } }],
  ['the server is scaled to zero', { spec: { ...spec, replicas: 0 } }],
])('no condition is shown where %s', (_, changes) => {
  expect(judge(changes)).toEqual({ state: 'off' });
});

test('they wait for the server’s API', () => {
  const refused = earlier({ authenticated: wait('APIUnreachable', 'it does not answer') });
  const found = snapshotPolicies.judge(factsWith({ spec }), refused);
  expect(found).toMatchObject({ state: 'pending', reason: 'Blocked' });
});

test('looking again is no contest: each comparison is an intent of its own', () => {
  const intents = [1, 2].map((asks) => {
    const found = judge(compared({ failure: MISSING, asks }, 5_000));
    return found.state === 'act' ? found.intent : undefined;
  });
  expect(intents).toEqual([expect.any(String), expect.any(String)]);
  expect(intents[0]).not.toBe(intents[1]);
});

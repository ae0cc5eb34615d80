// Whether the server's API accepts the account of the provisioner: asked once for the same facts, and ever less often in vain.
import { digest } from '../../../src/api/fingerprint.ts';
import type { Reason } from '../../../src/api/reasons.ts';
import type { Asked, Failure, ServerApiMemory } from '../../../src/api/verdict.ts';
import { LONGEST_PAUSE_MS } from '../../../src/requirements/asked.ts';
import { authenticated, needsAdmin, serverApiBasis } from '../../../src/requirements/authenticated.ts';
import { ABSENT, known, type Fact, type Live } from '../../../src/requirements/facts.ts';
import { met, pending, wait, type Finding } from '../../../src/requirements/finding.ts';
import { ANSWERED, earlier, factsWith, live, MINUTE_MS, NOW_MS, saying, SERVER_API_FACT, UNASKED, unread, type Changes } from './facts.ts'; // prettier-ignore

const PODS_READY = earlier({ podsReady: met('MinimumReplicasAvailable', 'ready') });
const POLICIES = { snapshotPolicies: [{ share: '/export', interval: '1h' }] };

const judge = (changes: Changes): Finding => authenticated.judge(factsWith(changes), PODS_READY);
const account = (fact: Fact<Live>): Changes => ({ serverApi: { ...SERVER_API_FACT, account: fact } });
const owned = (ownership: Live['ownership']): Changes => account(known(live({ ownership })));

/** What was asked on the facts as they are, `agoMs` ago and in vain. */
function inVain(failure: Failure, agoMs = 0, failures = 1): Changes {
  const asked: Asked = { basis: serverApiBasis(factsWith()), asks: failures, atMs: NOW_MS - agoMs, failures, failure };
  return { memory: { serverApi: { ...ANSWERED, asked } } };
}

const remembering = (changes: Partial<ServerApiMemory>): Changes => ({
  memory: { serverApi: { ...ANSWERED, ...changes } },
});

const DUE = { state: 'act', step: 'connectServerApi', reason: 'APIDue', summary: 'ask the server’s API' };
const GOOD = { state: 'met', reason: 'AuthenticationSucceeded' };
const SILENT: Failure = { reason: 'APIUnreachable', message: 'http://files-api: nobody answers' };
const BUSY: Failure = { reason: 'APIBusy', message: 'others are being asked', notAsked: true };

const rows: [string, Changes, object][] = [
  ['the server accepted the account, however long ago', {}, GOOD],
  ['nobody has asked yet', { memory: { serverApi: UNASKED } }, DUE],
  ['address, trust or credentials are others', { serverApi: { ...SERVER_API_FACT, basis: 'api-2' } }, DUE],
  ['the prober saw another answer', remembering({ digest: 'answer-2' }), DUE],
  ['the account is to be an administrator from now on', { spec: POLICIES }, DUE],
  ['it did not answer a moment ago', inVain(SILENT), { state: 'wait', reason: 'APIUnreachable', message: SILENT.message, recheckMs: 5_000, budget: 'pods' }],
  ['it did not answer for the third time', inVain(SILENT, MINUTE_MS / 6, 3), { state: 'wait', recheckMs: 10_000 }],
  ['it has not answered for hours', inVain(SILENT, 0, 40), { state: 'wait', recheckMs: LONGEST_PAUSE_MS }],
  ['the pause after an answer that failed is over', inVain(SILENT, 5_000), { ...DUE, summary: 'ask the server’s API again' }],
  ['no turn was free to ask', inVain(BUSY), { state: 'wait', reason: 'APIBusy', recheckMs: 5_000 }],
  ['the account’s Secret is yet to be made', account(ABSENT), GOOD],
  ['an earlier DittoServer left the account’s Secret', owned('former'), GOOD],
  ['the account’s Secret is somebody else’s', owned('foreign'), { state: 'wait', reason: 'ObjectConflict', budget: 'inputs', message: saying('Secret "files-operator-credentials"', 'belongs to somebody else', 'use another name') }],
  ['the account’s Secret may not be read', account(unread('the role lacks it')), { state: 'wait', reason: 'InputsUnreadable', unknown: true, message: saying('"files-operator-credentials"', 'the role lacks it') }],
  ['it is to be scaled to zero', { spec: { replicas: 0 }, ...owned('foreign') }, { state: 'off' }],
]; // prettier-ignore

test.each(rows)('%s', (_, changes, found) => {
  expect(judge(changes)).toMatchObject(found);
});

test.each<Reason>(['APIUnreachable', 'APIUntrusted', 'AuthenticationFailed', 'APIRefused'])(
  'what failed is told as %s with its words, until the deadline of the pods',
  (reason) => {
    const told = { state: 'wait', reason, message: 'as it is', budget: 'pods' };
    expect(judge(inVain({ reason, message: 'as it is' }))).toMatchObject(told);
  },
);

test.each<[string, Finding]>([
  ['start', wait('PodsStarting', 'a pod is starting')],
  ['are yet to be made', pending('StatefulSetDue', 'the StatefulSet is to be applied')],
])('nobody is asked while the pods %s', (_, podsReady) => {
  const found = authenticated.judge(factsWith({ memory: { serverApi: UNASKED } }), earlier({ podsReady }));
  expect(found).toMatchObject({ state: 'pending', reason: 'Blocked' });
});

test('asking again is no contest: each asking is an intent of its own', () => {
  const intents = [1, 2, 3].map((asks) => {
    const found = judge(inVain(SILENT, LONGEST_PAUSE_MS, asks));
    return found.state === 'act' ? found.intent : '';
  });
  expect(new Set(intents).size).toBe(3);
  expect(intents).not.toContain('');
});

test('it needs the pods, a sound specification and no pause', () => {
  const needs = ['notDeleted', 'specValid', 'notPaused', 'podsReady'];
  expect(judge({ memory: { serverApi: UNASKED } })).toMatchObject({ needs });
});

test('only snapshot policies need an administrator', () => {
  expect(needsAdmin(factsWith())).toBe(false);
  expect(needsAdmin(factsWith({ spec: { snapshotPolicies: [] } }))).toBe(false);
  expect(needsAdmin(factsWith({ spec: POLICIES }))).toBe(true);
});

test('an edit that does not concern the API is no reason to ask', () => {
  const edited = factsWith({ spec: { image: 'example.com/other:1' }, metadata: { generation: 9 } });
  expect(serverApiBasis(edited)).toBe(serverApiBasis(factsWith()));
  expect(serverApiBasis(edited)).toBe(digest(['api-1', false, 'answer-1']));
});

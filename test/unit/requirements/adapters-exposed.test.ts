// Whether clients reach the adapters that the server has switched on: each runs, and has a Service and a NetworkPolicy of ours.
import type { KnownAdapter } from '../../../src/api/verdict.ts';
import { adaptersExposed } from '../../../src/requirements/adapters-exposed.ts';
import { ABSENT, known, type ChildFact, type Live } from '../../../src/requirements/facts.ts';
import type { Finding } from '../../../src/requirements/finding.ts';
import { ANSWERED, child, earlier, factsWith, live, saying, SERVER_API_FACT, UNASKED, unread, type Changes } from './facts.ts'; // prettier-ignore

const NFS: KnownAdapter = { type: 'nfs', enabled: true, port: 12049, healthy: true };
const SMB: KnownAdapter = { type: 'smb', enabled: true, port: 12445, healthy: true };

const service = (changes: Partial<ChildFact> = {}): ChildFact => child('Service/files-adapter-nfs', changes);
const policy = (changes: Partial<ChildFact> = {}): ChildFact => child('NetworkPolicy/files-adapter-nfs', changes);
const owned = (changes: Partial<Live>) => known(live({ uid: 'u-Service/files-adapter-nfs', ...changes }));
/** Of an adapter that is switched off. */
const left = (changes: Partial<Live> = {}): ChildFact =>
  child('Service/files-adapter-smb', { policy: 'unwanted', intent: '', live: known(live(changes)) });

/** The adapters' children as they stand, beside these adapters. */
function judge(children: readonly ChildFact[], adapters: readonly KnownAdapter[] = [NFS], more: Changes = {}): Finding {
  const memory = { serverApi: { ...ANSWERED, adapters }, ...more.memory };
  return adaptersExposed.judge(
    factsWith({ ...more, serverApi: { ...SERVER_API_FACT, adapters: children }, memory }),
    earlier(),
  );
}

const DUE = { state: 'act', step: 'exposeAdapters', reason: 'AdaptersDue', needs: ['notDeleted', 'specValid', 'notPaused'] }; // prettier-ignore
const CONFLICT = { state: 'wait', reason: 'ObjectConflict', budget: 'inputs' };
const LEAVING = { state: 'wait', reason: 'ConfigTerminating', budget: 'inputs' };
const GOOD = { state: 'met', reason: 'AdaptersReachable' };

test.each<[string, readonly ChildFact[], object]>([
  ['all is as it was applied', [service(), policy()], { ...GOOD, message: 'nfs on port 12049' }],
  ['a Service is gone (W6)', [service({ live: ABSENT }), policy()], { ...DUE, summary: 'apply Service/files-adapter-nfs' }],
  ['a NetworkPolicy is gone (W6)', [service(), policy({ live: ABSENT })], { ...DUE, summary: 'apply NetworkPolicy/files-adapter-nfs' }],
  ['nothing of a new adapter is there', [service({ live: ABSENT }), policy({ live: ABSENT })], { ...DUE, summary: 'apply Service/files-adapter-nfs, NetworkPolicy/files-adapter-nfs' }],
  ['the adapter has moved to another port', [service({ intent: 'another port' }), policy()], DUE],
  ['a field of ours was edited', [service({ live: owned({ ownedFields: 'x' }) }), policy()], DUE],
  ['an earlier DittoServer left a Service (X8)', [service({ live: owned({ ownership: 'former' }) }), policy()], DUE],
  ['an adapter was switched off', [service(), policy(), left()], { ...DUE, summary: 'remove Service/files-adapter-smb' }],
  ['one was switched off, and a Service of another is gone', [service({ live: ABSENT }), policy(), left()], { ...DUE, summary: 'apply Service/files-adapter-nfs; remove Service/files-adapter-smb' }],
  ['what is not wanted any more is going already', [service(), policy(), left({ terminating: true })], GOOD],
  ['a Service of that name is another controller’s (V5)', [service({ live: owned({ ownership: 'foreign', controller: 'Shop front' }) }), policy()], { ...CONFLICT, message: saying('Service/files-adapter-nfs', 'belongs to Shop front: use another name') }],
  ['a Service of that name has no owner', [service({ live: owned({ ownership: 'foreign' }) }), policy()], { ...CONFLICT, message: saying('Service/files-adapter-nfs', 'belongs to somebody else', 'remove it') }],
  ['one is foreign and another is missing: nothing is written beside a conflict', [service({ live: owned({ ownership: 'foreign' }) }), policy({ live: ABSENT })], CONFLICT],
  ['one that Kubernetes will collect', [service({ live: owned({ ownership: 'collected' }) }), policy()], { ...LEAVING, message: saying('Service/files-adapter-nfs of an earlier DittoServer is still being deleted') }],
  ['a foreign one on its way out: the name will be free', [service({ live: owned({ ownership: 'foreign', terminating: true }) }), policy()], LEAVING],
  ['ours, on its way out', [service({ live: owned({ terminating: true }) }), policy()], { ...LEAVING, message: saying('Service/files-adapter-nfs is still being deleted') }],
  ['they may not be read', [service({ live: unread('the role lacks it') }), policy({ live: unread('the role lacks it') })], { state: 'wait', reason: 'InputsUnreadable', unknown: true, message: saying('Service/files-adapter-nfs could not be read: the role lacks it', 'NetworkPolicy/files-adapter-nfs') }],
  ['one may not be read and another is missing: that one is written', [service({ live: unread('no') }), policy({ live: ABSENT })], { ...DUE, summary: 'apply NetworkPolicy/files-adapter-nfs' }],
])('%s', (_, children, found) => {
  expect(judge(children)).toMatchObject(found);
}); // prettier-ignore

test.each<[string, readonly KnownAdapter[], object]>([
  ['both run', [NFS, SMB], { ...GOOD, message: 'nfs on port 12049, smb on port 12445' }],
  ['the server has none', [], { ...GOOD, message: 'no adapter is switched on' }],
  ['the one that does not run is switched off', [NFS, { ...SMB, enabled: false, healthy: false }], { ...GOOD, message: 'nfs on port 12049' }],
  ['one is switched on and does not run', [NFS, { ...SMB, healthy: false }], { state: 'wait', reason: 'AdapterNotHealthy', budget: 'pods', message: saying('smb (port 12445)') }],
  ['none of them runs', [{ ...NFS, healthy: false }, { ...SMB, healthy: false }], { state: 'wait', reason: 'AdapterNotHealthy', message: saying('nfs (port 12049), smb (port 12445)') }],
])('%s', (_, adapters, found) => {
  expect(judge([service(), policy()], adapters)).toMatchObject(found);
}); // prettier-ignore

test('what is due to the children of one comes before the tale of another that does not run', () => {
  expect(judge([service({ live: ABSENT }), policy()], [NFS, { ...SMB, healthy: false }])).toMatchObject(DUE);
});

test('before the server has told its adapters, nothing is written and nothing removed', () => {
  const facts = factsWith({ serverApi: { ...SERVER_API_FACT, adapters: [left()] }, memory: { serverApi: UNASKED } });
  expect(adaptersExposed.judge(facts, earlier())).toMatchObject({ state: 'pending', reason: 'Blocked' });
});

test('a server that is scaled to zero keeps what it has, and shows no condition', () => {
  expect(judge([service({ live: ABSENT }), left()], [NFS], { spec: { replicas: 0 } })).toEqual({ state: 'off' });
});

test('a workflow that remembers nothing applies them again, and removes what is not wanted', () => {
  const found = judge([service(), policy(), left()], [NFS], { memory: { applied: {} } });
  expect(found).toMatchObject({ ...DUE, summary: 'apply Service/files-adapter-nfs, NetworkPolicy/files-adapter-nfs; remove Service/files-adapter-smb' }); // prettier-ignore
});

test('who else writes to a Service is named for a contest, and each set of due children is an intent of its own', () => {
  const fought = judge([service({ live: owned({ ownedFields: 'x', otherManagers: ['kubectl-edit'] }) }), policy()]);
  const both = judge([service({ live: ABSENT }), policy({ live: ABSENT })]);
  expect(fought).toMatchObject({ otherManagers: ['kubectl-edit'] });
  expect('intent' in fought && 'intent' in both && fought.intent !== both.intent).toBe(true);
});

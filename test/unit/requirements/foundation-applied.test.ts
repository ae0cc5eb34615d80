// ConfigMap, Services and generated Secrets.
import { ABSENT, known, type ChildFact } from '../../../src/requirements/facts.ts';
import { isDue } from '../../../src/requirements/children.ts';
import { foundationApplied } from '../../../src/requirements/foundation-applied.ts';
import { child, earlier, factsWith, live, saying, unread } from './facts.ts';

const api = (changes: Partial<ChildFact> = {}): ChildFact => child('Service/files-api', changes);
const jwt = (changes: Partial<ChildFact> = {}): ChildFact =>
  child('Secret/files-jwt-secret', { policy: 'create-once', intent: '', ...changes });
const kept = (changes: Partial<ChildFact> = {}): ChildFact =>
  child('ConfigMap/files-config', { policy: 'with-template', ...changes });
const owned = (ownership: 'ours' | 'collected' | 'former' | 'foreign', terminating = false) =>
  known(live({ uid: 'u-Service/files-api', ownership, terminating }));

const metrics = (changes: Partial<ChildFact>): ChildFact =>
  child('Service/files-metrics', { policy: 'unwanted', intent: '', ...changes });
const gone = (ownership: 'ours' | 'collected' | 'former' | 'foreign', terminating = false): ChildFact =>
  metrics({ live: known(live({ ownership, terminating })) });

const act = { state: 'act', step: 'applyFoundation', reason: 'ConfigDue' };
const conflict = { state: 'wait', reason: 'ObjectConflict', budget: 'inputs' };
const leaving = { state: 'wait', reason: 'ConfigTerminating', budget: 'inputs' };

const rows: [string, readonly ChildFact[], object][] = [
  [
    'a metrics Service that is not wanted any more',
    [api(), gone('ours')],
    { ...act, summary: 'remove Service/files-metrics' },
  ],
  [
    'the same, beside one that is missing',
    [api({ live: ABSENT }), gone('ours')],
    { ...act, summary: 'apply Service/files-api; remove Service/files-metrics' },
  ],
  ['one of that name that is somebody else’s', [api(), gone('foreign')], { state: 'met' }],
  ['one of an earlier DittoServer', [api(), gone('former')], { state: 'met' }],
  ['one that Kubernetes collects already', [api(), gone('collected')], { state: 'met' }],
  ['one that is going already', [api(), gone('ours', true)], { state: 'met' }],
  ['one that is gone', [api(), metrics({ live: ABSENT })], { state: 'met' }],
  ['one that may not be read', [api(), metrics({ live: unread('no') })], { state: 'met' }],
  [
    'something is to be written down on a Secret',
    [api(), { ...jwt(), policy: 'noted', lacking: { a: 'b' } }],
    { state: 'met' },
  ],
  ['all is as it was applied', [api(), jwt()], { state: 'met', reason: 'ConfigValid' }],
  ['a Service is gone', [api({ live: ABSENT }), jwt()], { ...act, summary: 'apply Service/files-api' }],
  ['a field of ours was changed', [api({ live: known(live({ uid: 'u-Service/files-api', ownedFields: 'x' })) })], act],
  ['it was made again by hand, as ours', [api({ live: known(live({ uid: 'another' })) })], act],
  ['what we mean has changed', [api({ intent: 'new' })], act],
  ['what an older template reads differs from what we mean (S10)', [kept({ intent: 'new' })], { state: 'met' }],
  [
    'what an older template reads is gone',
    [kept({ live: ABSENT })],
    { ...act, summary: 'apply ConfigMap/files-config' },
  ],
  ['what an older template reads is somebody else’s', [kept({ live: owned('foreign') })], conflict],
  ['a generated Secret is gone', [jwt({ live: ABSENT })], { ...act, summary: 'apply Secret/files-jwt-secret' }],
  [
    'a generated Secret was edited: its value stays',
    [jwt({ live: known(live({ ownedFields: 'x' })) })],
    { state: 'met' },
  ],
  [
    'a generated Secret of an earlier DittoServer: it is taken over, since it unlocks data',
    [jwt({ live: owned('former') })],
    act,
  ],
  [
    'a foreign Service of that name',
    [api({ live: owned('foreign') })],
    { ...conflict, message: saying('Service/files-api', 'belongs to somebody else', 'use another name') },
  ],
  [
    'a Service that an earlier DittoServer left, or a restore brought back: it is taken over (X8)',
    [api({ live: owned('former') })],
    act,
  ],
  ['a foreign Secret of that name', [jwt({ live: owned('foreign') })], conflict],
  [
    'an earlier one that Kubernetes will collect',
    [api({ live: owned('collected') })],
    { ...leaving, message: saying('Service/files-api of an earlier DittoServer is still being deleted') },
  ],
  [
    'ours, on its way out',
    [api({ live: owned('ours', true) })],
    { ...leaving, message: saying('Service/files-api is still being deleted') },
  ],
  ['a foreign one on its way out: the name will be free', [api({ live: owned('foreign', true) })], leaving],
  [
    'one is foreign and another is missing: nothing is written beside a conflict',
    [api({ live: owned('foreign') }), jwt({ live: ABSENT })],
    conflict,
  ],
  [
    'one may not be read',
    [api({ live: unread('the role lacks it') }), jwt()],
    {
      state: 'wait',
      reason: 'InputsUnreadable',
      unknown: true,
      message: saying('Service/files-api', 'the role lacks it'),
    },
  ],
  [
    'one may not be read and another is missing: that one is written',
    [api({ live: unread('no') }), jwt({ live: ABSENT })],
    act,
  ],
];

test.each(rows)('%s', (_, foundation, found) => {
  expect(foundationApplied.judge(factsWith({ foundation }), earlier())).toMatchObject(found);
});

test('a workflow that remembers nothing applies again what it enforces, and creates nothing twice', () => {
  expect(isDue(api(), {})).toBe(true);
  expect(isDue(jwt(), {})).toBe(false);
});

test.each([
  ['a foreign object', api({ live: owned('foreign') })],
  ['one that Kubernetes will collect', api({ live: owned('collected') })],
  ['one on its way out', api({ live: owned('ours', true) })],
  ['one that may not be read', api({ live: unread('no') })],
])('%s is never written, whatever is remembered of it', (_, fact) => {
  expect(isDue(fact, {})).toBe(false);
});

test('several due objects are one step, whose intent says which', () => {
  const both = foundationApplied.judge(
    factsWith({ foundation: [api({ live: ABSENT }), jwt({ live: ABSENT })] }),
    earlier(),
  );
  const one = foundationApplied.judge(factsWith({ foundation: [api({ live: ABSENT }), jwt()] }), earlier());
  expect(both).toMatchObject({ summary: 'apply Service/files-api, Secret/files-jwt-secret' });
  expect(one).toMatchObject({ state: 'act' });
  expect('intent' in both && 'intent' in one && both.intent).not.toBe('intent' in one && one.intent);
});

test('who else writes to a due object is named for a contest', () => {
  const fought = api({ live: known(live({ uid: 'x', otherManagers: ['kubectl-edit'] })) });
  expect(foundationApplied.judge(factsWith({ foundation: [fought] }), earlier())).toMatchObject({
    otherManagers: ['kubectl-edit'],
  });
});

test('it needs a sound specification and no pause, and no input', () => {
  const found = foundationApplied.judge(factsWith({ foundation: [api({ live: ABSENT })] }), earlier());
  expect(found).toMatchObject({ needs: ['notDeleted', 'specValid', 'notPaused'] });
});

// What is to be written down on Secrets, which holds up nothing.
import { ABSENT, known, type ChildFact } from '../../../src/requirements/facts.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { noteMark } from '../../../src/requirements/children.ts';
import { notesWritten } from '../../../src/requirements/notes-written.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { child, earlier, factsWith, live, memoryWith, unread } from './facts.ts';

const SECRET = 'Secret/files-postgres-pguser-dittofs';
const foreign = (terminating = false) => known(live({ uid: 'u-secret', ownership: 'foreign', terminating }));

/** Percona's Secret, on which something of ours is to be written down. */
const noted = (changes: Partial<ChildFact> = {}): ChildFact =>
  child(SECRET, {
    policy: 'noted',
    live: foreign(),
    lacking: { a: 'b' },
    ...changes,
  });

const act = { state: 'act', step: 'applyFoundation', summary: `write down on ${SECRET}` };

test.each<[string, ChildFact, object]>([
  ['a Secret of somebody else lacks something', noted(), act],
  ['that Secret is going', noted({ live: foreign(true) }), { state: 'off' }],
  ['that Secret is gone', noted({ live: ABSENT }), { state: 'off' }],
  ['that Secret may not be read', noted({ live: unread('no') }), { state: 'off' }],
])('%s', (_, fact, found) => {
  expect(notesWritten.judge(factsWith({ foundation: [fact] }), earlier())).toMatchObject(found);
});

test('what was written, or refused, once is not due again', () => {
  const fact = noted();
  const applied = { [SECRET]: noteMark({ uid: 'u-secret' }, fact.intent) };
  const facts = factsWith({ foundation: [fact], memory: memoryWith({ applied }) });
  expect(notesWritten.judge(facts, earlier())).toEqual({ state: 'off' });
});

test('nothing is written beside objects that are somebody else’s, or under a pause', () => {
  const { needs } = notesWritten.judge(factsWith({ foundation: [noted()] }), earlier()) as {
    needs?: readonly string[];
  };
  expect(needs).toEqual(['notDeleted', 'specValid', 'notPaused', 'foundationApplied']);
});

test('a write that failed is told by no condition, and tried again at a later look', () => {
  const { foundation } = factsWith();
  const failure = { reason: 'ApiUnavailable', message: 'it failed' } as const;
  const attempts = [{ step: 'applyFoundation', intent: '', atMs: 0, failure }] as const;
  const told = (more: readonly ChildFact[]) => {
    const facts = factsWith({ foundation: [...foundation, ...more] });
    return judge(requirements, { ...facts, memory: { ...facts.memory, attempts } }, DEFAULT_SETTINGS);
  };
  expect(told([noted()]).conditions).toEqual(told([]).conditions);
  expect(told([noted()]).next).toBeUndefined();
  expect(told([noted()]).recheckAfterMs).toBeLessThan(told([]).recheckAfterMs);
});

// From the deletion on nothing is created.
import { notDeleted } from '../../../src/requirements/not-deleted.ts';
import { earlier, factsWith, saying } from './facts.ts';

test('a DittoServer that stands is no matter for it', () => {
  expect(notDeleted.judge(factsWith(), earlier())).toEqual({ state: 'off' });
});

test('one that is being deleted waits, without a deadline', () => {
  const facts = factsWith({ metadata: { deletionTimestamp: '2026-03-01T11:59:00Z' } });
  const found = notDeleted.judge(facts, earlier());
  expect(found).toMatchObject({ state: 'wait', reason: 'Deleting', message: saying('nothing is created') });
  expect(found).not.toHaveProperty('budget');
});

// The annotation by which a person holds every step.
import { notPaused } from '../../../src/requirements/not-paused.ts';
import { earlier, factsWith, saying } from './facts.ts';

test.each([
  ['"true" pauses', 'true', 'wait'],
  ['"false" does not', 'false', 'off'],
  ['nor does an empty value', '', 'off'],
  ['nor does "True": only one spelling counts', 'True', 'off'],
])('%s', (_, value, state) => {
  const facts = factsWith({ metadata: { annotations: { 'dittofs.io/paused': value } } });
  expect(notPaused.judge(facts, earlier()).state).toBe(state);
});

test('it says how to go on, and no deadline runs', () => {
  const facts = factsWith({ metadata: { annotations: { 'dittofs.io/paused': 'true' } } });
  const found = notPaused.judge(facts, earlier());
  expect(found).toMatchObject({ reason: 'Paused', message: saying('dittofs.io/paused', 'until it is removed') });
  expect(found).not.toHaveProperty('budget');
});

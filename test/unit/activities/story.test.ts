// What the Temporal UI shows of a DittoServer.
import { storyOf } from '../../../activities/story.ts';
import { judge, requirements } from '../../../src/requirements/index.ts';
import { DEFAULT_SETTINGS } from '../../../src/requirements/settings.ts';
import { child, factsWith } from '../requirements/facts.ts';

test('a generated Secret on which something is still to be written down is one child', () => {
  const jwt = child('Secret/files-jwt-secret', { policy: 'create-once', intent: '' });
  const facts = factsWith({ foundation: [jwt, { ...jwt, policy: 'noted', lacking: { a: 'b' } }] });
  const { children } = storyOf(facts, judge(requirements, facts, DEFAULT_SETTINGS));
  expect(children.filter((line) => line.startsWith('Secret/'))).toEqual(['Secret/files-jwt-secret: there']);
});

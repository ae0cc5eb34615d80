// When something outside of Kubernetes is asked again: never while the answer stands, ever less often while there is none.
import type { Asked, Failure } from '../../../src/api/verdict.ts';
import { askAgainMs, askedOnce, LONGEST_PAUSE_MS } from '../../../src/requirements/asked.ts';

const FAILURE: Failure = { reason: 'APIUnreachable', message: 'it does not answer' };
const BUSY: Failure = { reason: 'APIBusy', message: 'no turn was free', notAsked: true };

const after = (...failures: readonly (Failure | undefined)[]): Asked =>
  failures.reduce<Asked | undefined>((before, failure) => askedOnce(before, 'same', 0, failure), undefined) as Asked;

test.each([
  ['never asked', undefined, 0],
  ['answered', after(undefined), undefined],
  ['failed once', after(FAILURE), 5_000],
  ['failed twice', after(FAILURE, FAILURE), 10_000],
  ['failed for a long time', after(...Array.from({ length: 20 }, () => FAILURE)), LONGEST_PAUSE_MS],
  ['answered after failures', after(FAILURE, FAILURE, undefined), undefined],
  ['not asked for want of a turn', after(BUSY), 5_000],
  ['again and again not asked', after(...Array.from({ length: 20 }, () => BUSY)), 5_000],
  ['failed once after many times without a turn', after(BUSY, BUSY, BUSY, FAILURE), 5_000],
])('%s', (_, asked, expectedMs) => {
  expect(askAgainMs(asked, 'same', 0)).toBe(expectedMs);
});

test('what the answer rests on has changed: it is asked at once', () => {
  expect(askAgainMs(after(FAILURE), 'other', 0)).toBe(0);
  expect(askAgainMs(after(undefined), 'other', 0)).toBe(0);
});

test('who was not asked for want of a turn counts as one that answers', () => {
  expect(after(BUSY, BUSY).failures).toBe(0);
  expect(after(FAILURE, BUSY).failures).toBe(1);
});

test('what was corrected and is wrong once more is asked again soon, however often it was wrong before', () => {
  const corrected = askedOnce(after(...Array.from({ length: 20 }, () => FAILURE)), 'other', 0, FAILURE);
  expect(askAgainMs(corrected, 'other', 0)).toBe(5_000);
});

// When to look again if nothing nudges.
import { FIRST_MS, recheckSettled, recheckWaiting } from '../../../src/requirements/recheck.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

test.each([
  ['a wait that a watch ends is looked at after 30 s', FIRST_MS.watched, [30, 30, 60, 120, 240, 480, 600, 600]],
  ['what nothing tells of is tried again after 5 s', FIRST_MS.untold, [5, 5, 10, 20, 40, 80, 160, 320, 600, 600]],
])('%s, then ever less often, up to 10 min', (_, firstMs, expected) => {
  let elapsedMs = 0;
  const intervals: number[] = [];
  while (intervals.length < expected.length) {
    const nextMs = recheckWaiting(firstMs, elapsedMs);
    intervals.push(nextMs / SECOND_MS);
    elapsedMs += nextMs;
  }
  expect(intervals).toEqual(expected);
});

test('thirty days of waiting are some seven hundred looks, not 259,000', () => {
  let looks = 0;
  for (let elapsedMs = 0; elapsedMs < 30 * 24 * HOUR_MS; looks += 1) {
    elapsedMs += recheckWaiting(FIRST_MS.watched, elapsedMs, 20 * MINUTE_MS - elapsedMs);
  }
  expect(looks).toBeGreaterThan(700);
  expect(looks).toBeLessThan(750);
});

test.each([
  ['well before the deadline', 4 * MINUTE_MS, 6 * MINUTE_MS, 4 * MINUTE_MS],
  ['the last look before it comes exactly at it', 8 * MINUTE_MS, 2 * MINUTE_MS, 2 * MINUTE_MS],
  ['at the deadline', 10 * MINUTE_MS, 0, HOUR_MS],
  ['long after it', 10 * HOUR_MS, -9 * HOUR_MS, HOUR_MS],
  ['a moment before it', 10 * MINUTE_MS, 3, 3],
])('a deadline is not overslept: %s', (_, elapsedMs, leftMs, afterMs) => {
  expect(recheckWaiting(FIRST_MS.watched, elapsedMs, leftMs)).toBe(afterMs);
});

describe('a DittoServer that is as it should be', () => {
  const RESYNC_MS = 10 * HOUR_MS;
  const all = Array.from({ length: 2_000 }, (_, i) => recheckSettled(RESYNC_MS, `3b9f7f6e-2f4e-4a57-${i}`));

  test('is looked at every 10 h, a fifth more or less', () => {
    expect(Math.min(...all)).toBeGreaterThanOrEqual(0.8 * RESYNC_MS);
    expect(Math.max(...all)).toBeLessThanOrEqual(1.2 * RESYNC_MS);
  });

  test('and many of them not at the same time', () => {
    const perQuarter = [0, 1, 2, 3].map(
      (quarter) => all.filter((ms) => Math.floor((ms - 0.8 * RESYNC_MS) / (0.1 * RESYNC_MS)) === quarter).length,
    );
    for (const count of perQuarter) expect(count).toBeGreaterThan(400);
  });

  test('always after the same time', () => {
    expect(recheckSettled(RESYNC_MS, 'one')).toBe(recheckSettled(RESYNC_MS, 'one'));
  });
});

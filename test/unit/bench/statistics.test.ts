// The arithmetic behind the figures.
import { distribution, duration, mean, percentile, rounded, sum } from '../../bench/statistics.ts';

const upTo = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('percentiles', () => {
  test.each([
    [0.5, 10],
    [0.95, 19],
    [0.951, 20],
    [1, 20],
    [0.01, 1],
  ])('share %d of 1 to 20 is %d: the nearest rank, which was seen', (share, value) => {
    expect(percentile(upTo(20), share)).toBe(value);
  });

  test('do not depend on the order of the samples, and leave it alone', () => {
    const samples = [9, 10, 100, 1];
    expect(percentile(samples, 0.5)).toBe(9);
    expect(percentile(samples, 1)).toBe(100);
    expect(samples).toEqual([9, 10, 100, 1]);
  });

  test('of one sample are that sample; of none there are none', () => {
    expect(distribution([7])).toEqual({ samples: 1, p50Ms: 7, p95Ms: 7, maxMs: 7 });
    expect(() => distribution([])).toThrow('no samples');
  });
});

test('sums and means', () => {
  expect(sum([])).toBe(0);
  expect(mean([])).toBe(0);
  expect(mean([1, 2, 6])).toBe(3);
});

test.each([
  [0, '0'],
  [0.0123, '0.012'],
  [0.5, '0.50'],
  [2, '2'],
  [2.04, '2.0'],
  [14.6, '15'],
  [1_072.4, '1,072'],
  [NaN, '–'],
])('%d is told as %s', (value, text) => {
  expect(rounded(value)).toBe(text);
});

test.each([
  [0.5, '0.50 ms'],
  [38.4, '38 ms'],
  [999, '999 ms'],
  [1_240, '1.2 s'],
  [61_000, '61 s'],
])('%d ms are told as %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

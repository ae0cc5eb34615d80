// Durations as Go and DittoFS write and read them.
import { durationMs, pollingIntervalMs, snapshotIntervalMs } from '../../../src/api/duration.ts';

test.each([
  ['30s', 30_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['24h0m0s', 86_400_000],
  ['250ms', 250],
  ['0', 0],
  ['0s', 0],
  ['', undefined],
  ['30', undefined],
  ['-1h', undefined],
  ['1 h', undefined],
  ['7d', undefined],
  ['h', undefined],
])('%s', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test('an interval of snapshots may be a shorthand, in any case, and is above zero', () => {
  expect(snapshotIntervalMs('@hourly')).toBe(snapshotIntervalMs('1h0m0s'));
  expect(snapshotIntervalMs(' @Daily ')).toBe(86_400_000);
  expect(snapshotIntervalMs('@weekly')).toBe(snapshotIntervalMs('168h'));
  expect(snapshotIntervalMs('@yearly')).toBeUndefined();
  expect(snapshotIntervalMs('0s')).toBeUndefined();
});

test('an interval of polling is from a second to a day, and half a minute when nobody says', () => {
  expect(pollingIntervalMs(undefined)).toBe(30_000);
  expect(pollingIntervalMs('1s')).toBe(1_000);
  expect(pollingIntervalMs('999ms')).toBeUndefined();
  expect(pollingIntervalMs('25h')).toBeUndefined();
  expect(pollingIntervalMs('often')).toBeUndefined();
});

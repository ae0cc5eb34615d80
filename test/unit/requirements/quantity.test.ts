// Sizes as users write them, hostile ones too (V4).
import { quantityInBytes } from '../../../src/requirements/quantity.ts';

test.each([
  ['10Gi', 10 * 2 ** 30],
  ['1024Mi', 2 ** 30],
  ['10G', 1e10],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['.5Ti', 2 ** 39],
  ['5.', 5],
  ['+5Gi', 5 * 2 ** 30],
  ['1e3', 1000],
  ['1E3', 1000],
  ['1E', 1e18],
  ['12e-1', 1.2],
  ['1000m', 1],
  ['0', 0],
  [0, 0],
  [1_073_741_824, 2 ** 30],
])('%p is %p bytes', (given, bytes) => {
  expect(quantityInBytes(given)).toBeCloseTo(bytes, 6);
});

test.each([
  'ten', '', ' ', '-5Gi', '1e3Mi', '10gi', '10 Gi', '10Gi ', 'Gi', '.', '1.2.3', '10KiB', '0x10', '1e400', 'Infinity', 'NaN',
  Number.NaN, Number.POSITIVE_INFINITY, -1, null, undefined, true, {}, [], ['10Gi'],
])('%p is no quantity', (given) => {
  expect(quantityInBytes(given)).toBeUndefined();
}); // prettier-ignore

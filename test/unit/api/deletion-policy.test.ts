// Which policy is in force.
import { deletionPolicy } from '../../../src/api/deletion-policy.ts';

test.each([
  [undefined, undefined, 'Delete'],
  [undefined, true, 'Delete'],
  [undefined, false, 'Retain'],
  ['Delete', false, 'Delete'],
  ['Retain', true, 'Retain'],
  ['DeleteWithData', undefined, 'DeleteWithData'],
] as const)('deletionPolicy %s, deleteWithServer %s: %s', (policy, deleteWithServer, expected) => {
  const percona = {
    ...(policy !== undefined && { deletionPolicy: policy }),
    ...(deleteWithServer !== undefined && { deleteWithServer }),
  };
  expect(deletionPolicy({ percona })).toBe(expected);
});

test('without spec.percona the answer is Delete', () => expect(deletionPolicy(undefined)).toBe('Delete'));

// Which policy is in force.
import { deletionPolicy, policyToApply } from '../../../src/api/deletion-policy.ts';

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

describe('the policy that a live cluster is brought to', () => {
  test.each([
    ['Percona on, nothing said', { enabled: true }, 'Delete'],
    ['Percona on', { enabled: true, deletionPolicy: 'Retain' }, 'Retain'],
    ['Percona switched off, nothing said: it keeps what it has', { enabled: false }, undefined],
    ['Percona switched off, said', { enabled: false, deletionPolicy: 'Retain' }, 'Retain'],
    ['Percona switched off, said in the older form', { enabled: false, deleteWithServer: true }, 'Delete'],
  ] as const)('%s', (_, percona, expected) => expect(policyToApply({ percona })).toBe(expected));

  test('without spec.percona it keeps what it has', () => expect(policyToApply({})).toBeUndefined());
});

// Whether the database will accept the password of the user Secret, as its verifier tells (A6).
import { verifierFault } from '../../../activities/observe/verifier.ts';
import { scramVerifier } from '../../kit/scram.ts';

const PASSWORD = 'canary-password';

test.each([
  ['the verifier of the password', scramVerifier(PASSWORD), undefined],
  ['the one of another password', scramVerifier('before'), 'has a verifier of another password'],
  ['none', '', 'has no verifier'],
  ['a form that is not known', 'md5abcdef', undefined],
  ['more iterations than anybody uses', scramVerifier('before').replace('$4096:', '$9999999:'), undefined],
])('%s', (_, verifier, fault) => {
  const found = verifierFault(PASSWORD, verifier);
  expect(found ?? '').toMatch(fault === undefined ? /^$/ : fault);
  expect(found ?? '').not.toContain(PASSWORD);
});

test('a password that is normalised before it is hashed is left to the login', () => {
  expect(verifierFault('pässwort', scramVerifier('other'))).toBeUndefined();
});

test('the example of RFC 7677 is understood', () => {
  const verifier = 'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU='; // prettier-ignore
  expect(verifierFault('pencil', verifier)).toBeUndefined();
  expect(verifierFault('pencils', verifier)).toBeDefined();
});

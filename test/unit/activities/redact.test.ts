// What pods and operators say in their own words carries no value of a Secret that we know (C3).
import { redacted } from '../../../activities/observe/redact.ts';
import type { SecretObject } from '../../../src/api/secret-data.ts';
import { known } from '../../../src/requirements/facts.ts';

const PASSWORD = 'canary pass/word+Zk3mQ9%';
const encode = (value: string): string => Buffer.from(value).toString('base64');
const secret: SecretObject = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'files-postgres-pguser-dittofs' },
  data: { password: encode(PASSWORD), dbname: encode('dittofs-database'), port: encode('5432') },
};
const secrets = new Map([['files-postgres-pguser-dittofs', known(secret)]]);

test.each([
  ['as it is', PASSWORD],
  ['in a URL', encodeURIComponent(PASSWORD)],
  ['in base64', encode(PASSWORD)],
  ['in JSON', JSON.stringify(PASSWORD).slice(1, -1)],
])('a termination message that quotes the password %s', (_, form) => {
  const pods = [{ name: 'files-0', containers: [{ lastState: { terminated: { message: `dial ${form} failed` } } }] }];
  expect(JSON.stringify(redacted(pods, secrets))).toBe(
    JSON.stringify(pods).replace(JSON.stringify(form).slice(1, -1), '[secret]'),
  );
});

test('a key that is public beside a password is none where it stands alone: a user may have named his password so', () => {
  const alone: SecretObject = { ...secret, data: { user: encode(PASSWORD) } };
  expect(redacted({ message: `no ${PASSWORD}` }, new Map([['mine', known(alone)]]))).toEqual({
    message: 'no [secret]',
  });
});

test('a setting of a file is taken out where it is quoted alone', () => {
  const conf = `[global]\nrepo1-s3-key=AKIAEXAMPLE0\nrepo1-s3-key-secret = ${PASSWORD}\n`;
  const backup: SecretObject = { ...secret, data: { 's3.conf': encode(conf) } };
  expect(redacted({ message: `repo1: ${PASSWORD} AKIAEXAMPLE0` }, new Map([['backup', known(backup)]]))).toEqual({
    message: 'repo1: [secret] [secret]',
  });
});

test('names and short values stay readable', () => {
  expect(redacted({ message: 'database dittofs-database at port 5432' }, secrets)).toEqual({
    message: 'database dittofs-database at port 5432',
  });
});

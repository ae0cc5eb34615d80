// What pods and operators say in their own words carries no value of a Secret that we know (C3).
import { redacted } from '../../../activities/observe/redact.ts';
import { known } from '../../../src/requirements/facts.ts';
import type { SecretObject } from '../../../activities/observe/secrets.ts';

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

test('names and short values stay readable', () => {
  expect(redacted({ message: 'database dittofs-database at port 5432' }, secrets)).toEqual({
    message: 'database dittofs-database at port 5432',
  });
});

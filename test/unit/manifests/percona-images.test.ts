// Which operator gets which images.
import { isSupportedOperator, parseOperatorVersion, perconaImages } from '../../../src/manifests/index.ts';

const version = (text: string) => {
  const parsed = parseOperatorVersion(text);
  if (!parsed) throw new Error(`${text} is no version`);
  return parsed;
};

test.each(['latest', '', '2.9', '2.9.0.1', '2.9.x', '2.9.0-rc1', undefined])(
  '%j is no version: as crVersion it would crash the operator',
  (text) => expect(parseOperatorVersion(text)).toBeUndefined(),
);

test.each([
  ['2.8.2', false],
  ['2.9.0', true],
  ['2.10.0', true],
  ['3.1.0', true],
  ['10.0.0', true],
])('operator %s is supported: %s', (text, supported) => expect(isSupportedOperator(version(text))).toBe(supported));

test.each([
  ['2.9.0', 16, '16.13-1', '2.58.0-1'],
  ['3.0.0', 16, '16.13-2', '2.58.0-1'],
  ['3.1.0', 16, '16.15-1', '2.59.0-1'],
  ['3.1.0', 18, '18.6.1-1', '2.59.0-1'],
  ['2.9.7', 17, '17.9-1', '2.58.0-1'],
])('operator %s, PostgreSQL %i: %s, pgBackRest %s', (text, postgresVersion, postgres, pgbackrest) => {
  expect(perconaImages({ images: {}, postgresVersion }, version(text))).toEqual({
    images: {
      postgres: `docker.io/percona/percona-distribution-postgresql:${postgres}`,
      pgbackrest: `docker.io/percona/percona-pgbackrest:${pgbackrest}`,
      initContainer: `docker.io/percona/percona-postgresql-operator:${text}`,
    },
  });
});

test.each([
  ['an operator that we do not know', '4.0.0', 16, ['spec.percona.images.postgres', 'spec.percona.images.pgbackrest']],
  ['a PostgreSQL that the release does not have', '2.9.0', 13, ['spec.percona.images.postgres']],
])('%s: the user is asked for images', (_, text, postgresVersion, missing) => {
  expect(perconaImages({ images: {}, postgresVersion }, version(text))).toEqual({ missing });
});

test("the user's images win, and make an unknown operator usable", () => {
  const images = { postgres: 'p', pgbackrest: 'b', initContainer: 'i' };
  expect(perconaImages({ images, postgresVersion: 16 }, version('4.0.0'))).toEqual({ images });
});

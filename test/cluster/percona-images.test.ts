// Our table of images is that of the operator's own release.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { perconaImages } from '../../src/manifests/index.ts';

const MODULE = 'github.com/percona/percona-postgresql-operator/v2';

/** The folder of the release that the kit builds the operator from. */
function releaseFolder(): string {
  const text = execFileSync('go', ['mod', 'download', '-json', MODULE], {
    cwd: 'test/kit/tools/percona',
    encoding: 'utf8',
  });
  return (JSON.parse(text) as { readonly Dir: string }).Dir;
}

const OPERATOR = { major: 2, minor: 9, patch: 0 };
const folder = releaseFolder();

/** Lines such as IMAGE_POSTGRESQL16=percona/percona-distribution-postgresql:16.13-1 in the list that its release was tested with. */
const tested = new Map(
  readFileSync(join(folder, 'e2e-tests', 'release_versions'), 'utf8')
    .split('\n')
    .map((line) => line.split('=') as [string, string]),
);

test.each([14, 15, 16, 17, 18])('PostgreSQL %i with operator 2.9.0', (postgresVersion) => {
  expect(perconaImages({ images: {}, postgresVersion }, OPERATOR)).toEqual({
    images: {
      postgres: `docker.io/${tested.get(`IMAGE_POSTGRESQL${postgresVersion}`)}`,
      pgbackrest: `docker.io/${tested.get(`IMAGE_BACKREST${postgresVersion}`)}`,
      initContainer: `docker.io/${tested.get('IMAGE_OPERATOR')}`,
    },
  });
});

test("the release's example uses the same images, and has no PostgreSQL that we do not know", () => {
  const example = parse(readFileSync(join(folder, 'deploy', 'cr.yaml'), 'utf8')) as {
    readonly spec: {
      readonly crVersion: string;
      readonly image: string;
      readonly postgresVersion: number;
      readonly backups: { readonly pgbackrest: { readonly image: string } };
    };
  };
  const { crVersion, image, postgresVersion, backups } = example.spec;
  expect(crVersion).toBe('2.9.0');
  expect(perconaImages({ images: {}, postgresVersion }, OPERATOR)).toMatchObject({
    images: { postgres: image, pgbackrest: backups.pgbackrest.image },
  });
  expect([...tested.keys()].filter((key) => key.startsWith('IMAGE_POSTGRESQL'))).toHaveLength(5);
});

// Which texts can be the names of images, and that only those of a container that is made are asked for.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { RELEASES } from '../../../src/manifests/percona-images.ts';
import { imageFault, isImage } from '../../../src/requirements/image-valid.ts';

const SHA256 = `sha256:${'a'.repeat(64)}`;

test.each([
  'busybox',
  'dittofs:0.29.0',
  'marmos91c/dittofs:latest',
  'docker.io/percona/percona-distribution-postgresql:16.13-1',
  'registry.example.com:5000/team/dittofs:0.29.0_rc.1',
  'localhost:5000/dittofs',
  'localhost/dittofs',
  'Registry.Example.com/dittofs',
  '[fd00::1]:5000/dittofs:1',
  '10.0.0.1:443/a/b/c/d',
  `dittofs@${SHA256}`,
  `registry.example.com:5000/a.b/c__d/e---f:1.0@${SHA256}`,
  `dittofs@sha512:${'0'.repeat(128)}`,
  `dittofs:${'t'.repeat(128)}`,
  'a'.repeat(255),
  `registry.example.com/${'a'.repeat(255)}`,
])('%s is an image', (image) => {
  expect(isImage(image)).toBe(true);
});

test.each([
  ['nothing', ''],
  ['a blank', ' '],
  ['a blank before it', ' dittofs:1'],
  ['a blank behind it', 'dittofs:1 '],
  ['a line break behind it', 'dittofs:1\n'],
  ['a tab within', 'ditto\tfs'],
  ['a sentence', 'not a image:::'],
  ['a path in upper case', 'example.com/DittoFS:1'],
  ['an empty tag', 'dittofs:'],
  ['two tags', 'dittofs:1:2'],
  ['a tag that begins with a dot', 'dittofs:.1'],
  ['a tag that is too long', `dittofs:${'t'.repeat(129)}`],
  ['a short digest', 'dittofs@sha256:abc'],
  ['a digest in upper case', `dittofs@sha256:${'A'.repeat(64)}`],
  ['an unknown digest', `dittofs@md5:${'a'.repeat(64)}`],
  ['an address', 'https://example.com/dittofs:1'],
  ['a port that is no number', 'example.com:http/dittofs'],
  ['an empty part of the path', 'example.com//dittofs'],
  ['a slash at the end', 'example.com/dittofs/'],
  ['a template that nobody filled in', '{{ .Values.image }}'],
  ['a path that is too long', 'a'.repeat(256)],
  ['a path that is too long, with a host', `example.com/${'a'.repeat(256)}`],
  ['a text without end', 'a'.repeat(1_000_000)],
  ['a text on which a pattern could take for ever', `${'a-'.repeat(500)}!`],
])('%s is none', (_, image) => {
  expect(isImage(image)).toBe(false);
});

const storage = { metadataSize: '5Gi' };
const WRONG = 'not a image:::';
const external = { postgresSecretRef: { name: 'pg', key: '' } };

test.each<[string, Partial<DittoServerSpec>]>([
  ['spec.image', { image: WRONG }],
  ['spec.image', { image: WRONG, replicas: 0 }],
  ['spec.percona.images.postgres', { percona: { enabled: true, images: { postgres: WRONG } } }],
  ['spec.percona.images.pgbackrest', { percona: { enabled: true, images: { pgbackrest: WRONG } } }],
  ['spec.percona.images.initContainer', { percona: { enabled: true, images: { initContainer: WRONG } } }],
  ['spec.waitForPostgres.image', { percona: { enabled: true }, waitForPostgres: { image: WRONG } }],
  ['spec.waitForPostgres.image', { database: external, waitForPostgres: { image: WRONG } }],
])('%s is told with its value, and what an image looks like', (path, spec) => {
  const fault = imageFault({ storage, ...spec });
  expect(fault).toMatch(`${path} "${WRONG}" is no name of an image: use [host[:port]/]path[:tag] or `);
  expect(fault).toContain('@sha256:');
});

test.each<[string, Partial<DittoServerSpec>]>([
  ['none is given', { percona: { enabled: true }, waitForPostgres: {} }],
  ['Percona is off', { percona: { enabled: false, images: { postgres: WRONG } } }],
  ['nothing waits for PostgreSQL', { percona: { enabled: true }, waitForPostgres: { enabled: false, image: WRONG } }],
  ['the server has no PostgreSQL, which is told elsewhere', { waitForPostgres: { image: WRONG } }],
])('nothing is wrong where %s', (_, spec) => {
  expect(imageFault({ storage, ...spec })).toBeUndefined();
});

test('the images that we bring ourselves are images', () => {
  const tags = Object.values(RELEASES).flatMap(({ postgres, pgbackrest }) => [...Object.values(postgres), pgbackrest]);
  expect(tags.filter((tag) => !isImage(`docker.io/percona/any:${tag}`))).toEqual([]);
});

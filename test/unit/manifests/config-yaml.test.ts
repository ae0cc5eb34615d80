// The server's configuration file.
import { createHash } from 'node:crypto';
import { configYaml } from '../../../src/manifests/config-yaml.ts';
import { dittoServer } from './examples.ts';

const storage = { metadataSize: '5Gi' };

test('for a DittoServer without PostgreSQL it is byte for byte what the Go operator wrote', () => {
  const text = configYaml(dittoServer({ storage }));
  expect(Buffer.byteLength(text)).toBe(326);
  // The Go operator's published digest of this file alone, generation 1.
  const digest = createHash('sha256').update(text).update('gen:1').digest('hex');
  expect(digest).toBe('104add039e8ea5c1b90945a1b9b9c91b34bc3f201373d243f762eaadb85a4242');
});

test('with Percona the server is told to use PostgreSQL, and the file holds no credentials', () => {
  const text = configYaml(dittoServer({ storage, percona: { enabled: true } }));
  expect(text).toContain('database:\n    type: postgres\ncontrolplane:');
});

test('the journal lies on the content volume when there is one', () => {
  const text = configYaml(dittoServer({ storage: { ...storage, contentSize: '1Gi' } }));
  expect(text.endsWith('blockstore:\n    journal:\n        path: /data/store/block\n')).toBe(true);
});

test('values that YAML would read as something else are quoted', () => {
  const text = configYaml(dittoServer({ storage, logging: { output: 'yes: no' } }));
  expect(text).toContain('output: "yes: no"');
});

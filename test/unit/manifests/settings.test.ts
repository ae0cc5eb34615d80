// The defaults that rendering fills in are those of the CRD.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ADMIN_NAME } from '../../../src/manifests/config-yaml.ts';
import { DEFAULTS } from '../../../src/manifests/settings.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
}

const crd = parse(readFileSync('deploy/crd/dittoserver.yaml', 'utf8')) as {
  readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }] };
};

function at(path: string): Schema | undefined {
  return path
    .split('.')
    .reduce<Schema | undefined>(
      (schema, step) => schema?.properties?.[step],
      crd.spec.versions[0].schema.openAPIV3Schema,
    );
}

/** Where the CRD keeps the defaults of each group. */
const GROUPS: readonly [path: string, defaults: Readonly<Record<string, unknown>>][] = [
  ['spec', { image: DEFAULTS.image, replicas: DEFAULTS.replicas }],
  ['spec.storage', DEFAULTS.storage],
  ['spec.database.sqlite', DEFAULTS.sqlite],
  ['spec.controlPlane', DEFAULTS.controlPlane],
  ['spec.identity.jwt', DEFAULTS.jwt],
  ['spec.identity.admin', { username: ADMIN_NAME }],
  ['spec.service', DEFAULTS.service],
  ['spec.waitForPostgres', DEFAULTS.waitForPostgres],
  ['spec.percona', DEFAULTS.percona],
  ['spec.percona.backup', DEFAULTS.backup],
];

test.each(GROUPS)('%s', (path, defaults) => {
  for (const [field, value] of Object.entries(defaults))
    expect([field, at(`${path}.${field}`)?.default]).toEqual([field, value]);
});

test('every default of the CRD that shapes the PostgreSQL cluster is known to rendering', () => {
  const inCrd = Object.entries(at('spec.percona')?.properties ?? {})
    .filter(([, schema]) => schema.default !== undefined)
    .map(([field]) => field);
  expect(inCrd.sort()).toEqual([...Object.keys(DEFAULTS.percona), 'enabled'].sort());
});

test('what decides about data has no default: neither deletionPolicy nor deleteWithServer', () => {
  expect(at('spec.percona.deletionPolicy')?.default).toBeUndefined();
  expect(at('spec.percona.deleteWithServer')?.default).toBeUndefined();
});

// Each field of the CRD changes what it is for, and only that; and the pod restarts exactly when something that it reads has changed.
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { CORE_FIELDS } from '../../../scripts/core-schemas.ts';
import { configHash } from '../../../src/manifests/index.ts';
import { markdownTable, pageWith } from '../requirements/page.ts';
import { differences } from './differences.ts';
import { dittoServer, renderAll } from './examples.ts';
import { ELSEWHERE, FIELD_CASES, type FieldCase, type Spec } from './fields.ts';

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

type Tree = Record<string, unknown>;

const crd = parse(readFileSync('deploy/crd/dittoserver.yaml', 'utf8')) as {
  readonly spec: { readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Schema } }] };
};
const SPEC = crd.spec.versions[0].schema.openAPIV3Schema.properties?.['spec'] ?? {};
/** Fields that are Kubernetes' own types count as one. */
const CORE = new Set(CORE_FIELDS.map(({ path }) => path.slice(1).join('.')));

/** A reference to a key of a Secret is described as a whole: what it is for belongs to its name. */
function effectText(schema: Schema, name: string, text: string): string {
  return name === 'name' && text.startsWith('Name of the Secret') ? `${schema.description ?? ''} ${text}` : text;
}

function leaves(schema: Schema, path: string): readonly (readonly [string, string])[] {
  const inner = CORE.has(path) ? undefined : (schema.properties ?? schema.items?.properties);
  if (!inner) return [[path, schema.description ?? '']];
  const step = (name: string): string => (path === '' ? name : `${path}${schema.properties ? '' : '[]'}.${name}`);
  return Object.entries(inner).flatMap(([name, below]) =>
    leaves(below, step(name)).map(([leaf, text]) => [leaf, effectText(schema, name, text)] as const),
  );
}

const FIELDS = new Map(leaves(SPEC, ''));

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy with the value at the path. */
function withValue(tree: Tree, [step = '', ...rest]: readonly string[], value: unknown): Tree {
  const inner = tree[step];
  return { ...tree, [step]: rest.length === 0 ? value : withValue(isTree(inner) ? inner : {}, rest, value) };
}

function serverWith(spec: Spec) {
  return dittoServer({ ...spec, storage: { metadataSize: '5Gi', ...spec.storage } });
}

function effectOf({ field, value, base }: FieldCase) {
  const [before, after] = [serverWith(base), serverWith(withValue(base, field.split('.'), value))];
  const hash = (server: typeof before): string => configHash(server, new Map());
  return { changes: differences(renderAll(before), renderAll(after)), restarts: hash(before) !== hash(after) };
}

describe.each(FIELD_CASES)('spec.$field', (row) => {
  const { changes, restarts } = effectOf(row);

  test('changes what it is for, and only that', () => {
    expect(changes).toEqual(row.changes);
  });

  test('restarts the pod exactly when something that the pod reads has changed', () => {
    expect(restarts).toBe(changes.some((place) => /^(config\.yaml|server|init container|pod) /.test(place)));
  });
});

test('every field of the CRD has a row, and every row is a field', () => {
  const elsewhere = Object.keys(ELSEWHERE);
  expect([...FIELD_CASES.map(({ field }) => field), ...elsewhere].sort()).toEqual([...FIELDS.keys()].sort());
});

test.each(Object.entries(ELSEWHERE))('spec.%s is tested where the table says', (field, { file, words }) => {
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain(words);
  expect(FIELDS.has(field)).toBe(true);
});

test('a field without effect says so in its description', () => {
  const idle = FIELD_CASES.filter(({ changes }) => changes.length === 0).map(({ field }) => field);
  expect(
    idle.filter(
      (field) => !/^Without effect|^What is expected|^Whether the API is reached/.test(FIELDS.get(field) ?? ''),
    ),
  ).toEqual([]);
});

const cell = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('\n', ' ');
const code = (text: string): string => `\`${text}\``;
const link = (file: string): string => `[${file.split('/').at(-1) ?? file}](../../${file})`;

const rows = [...FIELDS].map(([field, description]) => {
  const row = FIELD_CASES.find((one) => one.field === field);
  const proof = row ? 'test/unit/manifests/fields.test.ts' : (ELSEWHERE[field]?.file ?? '');
  const places = row && row.changes.length > 0 ? row.changes.map(code).join(', ') : (ELSEWHERE[field]?.where ?? '-');
  const restarts = row && effectOf(row).restarts ? 'yes' : 'no';
  return [code(field), cell(description), places, restarts, link(proof)];
});
const wanted = markdownTable(['field below `spec`', 'effect', 'changes', 'restarts the pod', 'test'], rows);
const page = pageWith('docs/reference/dittoserver.md', { fields: wanted });

test('docs/reference/dittoserver.md lists every field with its effect and its test', () => {
  expect(page.table('fields')).toBe(wanted);
});

// Hostile specifications, made by chance but repeatably: a sound one in which any field, at any depth, holds something else.
import { EXAMPLES } from './manifests/examples.ts';

/** What may stand where something else is meant. */
export const HOSTILE_VALUES: readonly unknown[] = [
  null,
  '',
  'ten',
  '../../other/secrets/x',
  '..',
  '-5Gi',
  '1e3Mi',
  'x'.repeat(3_000),
  'ü\u0000\n"{{',
  '__proto__',
  0,
  -1,
  0.5,
  1e9,
  1e300,
  2 ** 53,
  true,
  false,
  [],
  [null],
  ['a', 1, {}],
  {},
  { name: 5 },
  { a: { b: [{ c: null }] } },
  { name: 'x', key: '' },
  { constructor: 'x', toString: 1 },
];

type Json = Record<string, unknown>;

/** Fields that no example has: unknown ones, and those of later versions. */
const MORE = [
  'cacheSize',
  'metrics',
  'snapshotPolicies',
  'adapterServices',
  'namespace',
  'identity',
  'backup',
  '__proto__',
];

function fieldsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([field, inner]) => fieldsOf(inner, [...path, field]))];
}

function replaced(value: unknown, [field, ...rest]: readonly string[], by: unknown): unknown {
  if (field === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, i) => (String(i) === field ? replaced(item, rest, by) : (item as unknown)));
  const copy: Json = { ...(value as Json) };
  Object.defineProperty(copy, field, { value: replaced(copy[field], rest, by), enumerable: true, configurable: true });
  return copy;
}

/** A specification with one to three fields that hold something else. */
export function hostileSpec(random: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let spec: unknown = pick(Object.values(EXAMPLES)).spec;
  for (let left = 1 + Math.floor(random() * 3); left > 0; left -= 1) {
    const path = pick(fieldsOf(spec));
    const added = random() < 0.2 ? [...path, pick(MORE)] : path;
    spec = replaced(spec, added, pick(HOSTILE_VALUES));
  }
  return spec;
}

// Rendering and digest do not depend on the order in which users write their maps and lists.
import { canonical } from '../../../src/manifests/canonical.ts';
import { configHash, perconaHash, settings, type RenderableServer } from '../../../src/manifests/index.ts';
import { EXAMPLES, renderAll } from './examples.ts';

const ROUNDS = 1_000;

/** A small repeatable generator (mulberry32), so that a failure can be repeated. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** The same data with every map and list in another order. */
function permuted<T>(value: T, random: () => number): T {
  if (Array.isArray(value)) return shuffled(value, random).map((item: unknown) => permuted(item, random)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = shuffled(Object.entries(value), random);
  return Object.fromEntries(entries.map(([key, inner]) => [key, permuted(inner as unknown, random)])) as T;
}

function rendered(server: RenderableServer, secrets: ReadonlyMap<string, string>): string {
  const hashes = [configHash(server, secrets), settings(server).percona ? perconaHash(server) : ''];
  return JSON.stringify([renderAll(server), hashes]);
}

test.each(Object.entries(EXAMPLES))(
  `the same bytes come out of ${ROUNDS} orders of the same input (S7): %s`,
  (_, server) => {
    const random = generator(7);
    const secrets: readonly (readonly [string, string])[] = [
      ['jwt:jwt-secret', 'a'],
      ['admin:password', 'b'],
      ['postgres:host', 'c'],
      ['postgres:uri', 'd'],
    ];
    const expected = rendered(server, new Map(secrets));
    for (let round = 0; round < ROUNDS; round += 1) {
      expect(rendered(permuted(server, random), new Map(shuffled(secrets, random)))).toBe(expected);
    }
  },
);

test('canonical data is sorted by code units and holds no undefined value', () => {
  const value = { b: [{ name: 'z' }, { name: 'a' }], a: ['é', 'z', 'Z'], c: undefined };
  expect(JSON.stringify(canonical(value))).toBe('{"a":["Z","z","é"],"b":[{"name":"a"},{"name":"z"}]}');
});

// One form for what users may write in any order: rendering and digests must not depend on the order of their maps and lists.

/**
 * A copy with sorted keys, in which lists of plain values, and lists of objects with a name, are sorted too. Only for data in
 * which the order of lists has no meaning (capabilities, groups, sysctls, claims). Undefined values are left out.
 */
export function canonical<T>(value: T): T {
  return sorted(value) as T;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => compare(sortKey(a), sortKey(b)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => compare(a, b))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function sortKey(value: unknown): string {
  return JSON.stringify([value]);
}

/** By code units: the same everywhere, unlike an order by language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

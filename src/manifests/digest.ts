// The one way in which digests are made here: SHA-256 over named values, each preceded by its length, so that no two
// different sets of values run together into the same bytes.
import { createHash } from 'node:crypto';
import { compare } from './canonical.ts';

/** Lower-case hex. The order of the map's entries does not matter. */
export function digest(values: ReadonlyMap<string, string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, value] of [...values].sort(([a], [b]) => compare(a, b))) {
    for (const part of [Buffer.from(name), typeof value === 'string' ? Buffer.from(value) : value]) {
      hash.update(`${part.byteLength}:`).update(part);
    }
  }
  return hash.digest('hex');
}

// Random numbers that can be had again: the seed is printed, and TEST_SEED gives one.
import { randomInt } from 'node:crypto';
import { tell } from './tell.ts';

export interface Random {
  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number;
}

/** Numbers from 0 to below 1 that follow from a seed alone (mulberry32). */
export function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** For one run of a test: from TEST_SEED, else from a new seed; prints which, so that a failure can be had again. */
export function seededRandom(what: string): Random {
  const given = Number(process.env['TEST_SEED']);
  const seed = Number.isInteger(given) && given > 0 ? given : randomInt(1, 1_000_000);
  tell(`${what}: TEST_SEED=${seed}`);
  const next = numbersFrom(seed);
  return { between: (least, most) => least + Math.floor(next() * (most - least + 1)) };
}

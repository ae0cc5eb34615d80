// When new credentials have stopped changing, so that the server may be rolled to them (R1).
import {
  areNew,
  areUnstable,
  REST_MS,
  rememberCredentials,
  restLeftMs,
} from '../../../src/requirements/credentials-rest.ts';
import { ABSENT, type Facts } from '../../../src/requirements/facts.ts';
import { credentials, factsWith, HASH, NEW_HASH, NOW_MS, SQLITE, statefulSet, type Changes } from './facts.ts';

/** What the Secret holds from a moment on, in milliseconds from now. */
interface Sight {
  readonly atMs: number;
  /** Empty: half written. */
  readonly hash: string;
  readonly writtenAt: string;
  /** What the pod has; the first hash, unless told. */
  readonly running?: string;
}

const A = HASH;
const B = NEW_HASH;

function factsOf({ atMs, hash, writtenAt, running = A }: Sight, memory: Changes['memory']): Facts {
  return factsWith({
    nowMs: NOW_MS + atMs,
    configHash: hash === '' ? { state: 'incomplete' } : { state: 'computed', hash },
    credentials: credentials({ writtenAt }),
    statefulSet: running === '' ? ABSENT : statefulSet({ configHash: running }),
    ...(memory && { memory }),
  });
}

/** The facts at the last of these looks, with what the looks before it left behind. */
function after(...sights: readonly Sight[]): Facts {
  let memory: Facts['memory'] | undefined;
  let facts: Facts | undefined;
  for (const sight of sights) {
    const seen = factsOf(sight, memory);
    const remembered = rememberCredentials(seen);
    memory = { ...seen.memory, ...(remembered && { credentials: remembered }) };
    facts = { ...seen, memory };
  }
  if (!facts) throw new Error('nothing was seen');
  return facts;
}

const SETTLED: Sight = { atMs: 0, hash: A, writtenAt: 'w1' };
const HALF: Sight = { atMs: 60_000, hash: '', writtenAt: 'w2' };
const WHOLE: Sight = { atMs: 60_100, hash: B, writtenAt: 'w3' };

test.each<[string, readonly Sight[], number]>([
  ['nothing has changed', [SETTLED, { ...SETTLED, atMs: 60_000 }], 0],
  ['a new password has just been seen whole', [SETTLED, HALF, WHOLE], REST_MS],
  ['a while later', [SETTLED, HALF, WHOLE, { ...WHOLE, atMs: 62_100 }], REST_MS - 2_000],
  ['when it has stayed as it was', [SETTLED, HALF, WHOLE, { ...WHOLE, atMs: 65_100 }], 0],
  ['something that the pod does not read is written every second (R2)', [SETTLED, WHOLE, { ...WHOLE, atMs: 63_000, writtenAt: 'w4' }, { ...WHOLE, atMs: 65_100, writtenAt: 'w5' }], 0],
  ['another field changed, the credentials did not', [SETTLED, { ...SETTLED, atMs: 60_000 }, { atMs: 61_000, hash: B, writtenAt: 'w1' }], 0],
  ['another field changed before anybody had looked twice', [SETTLED, { atMs: 61_000, hash: B, writtenAt: 'w1' }], 0],
  ['the memory was lost, and a new digest is due', [WHOLE], REST_MS],
])('how long new credentials must still rest: %s', (_, sights, leftMs) => {
  expect(restLeftMs(after(...sights))).toBe(leftMs);
}); // prettier-ignore

test('the pod has the new ones after its roll', () => {
  const rolled = after(SETTLED, HALF, WHOLE, { ...WHOLE, atMs: 66_000, running: B });
  expect(areNew(rolled)).toBe(false);
  expect(areNew(after(SETTLED, HALF, WHOLE))).toBe(true);
});

describe('a quarrel', () => {
  const round = (i: number): readonly Sight[] => [
    { atMs: 60_000 + 4_000 * i, hash: '', writtenAt: `half ${i}` },
    { atMs: 62_000 + 4_000 * i, hash: B, writtenAt: `whole ${i}` },
  ];
  const rounds = (count: number): readonly Sight[] => Array.from({ length: count }, (_, i) => round(i)).flat();

  test('is told after some rounds, never rolled, and over when it has rested (R1)', () => {
    const facts = Array.from({ length: 100 }, (_, i) => after(SETTLED, ...rounds(i + 1)));
    expect(facts.map((one) => restLeftMs(one)).filter((leftMs) => leftMs === 0)).toEqual([]);
    expect(facts.map((one) => areUnstable(one))).toEqual(facts.map((_, i) => i >= 2));
    const last = { atMs: 62_000 + 4_000 * 99 + REST_MS, hash: B, writtenAt: 'whole 99' };
    const rested = after(SETTLED, ...rounds(100), last);
    expect([areUnstable(rested), restLeftMs(rested)]).toEqual([false, 0]);
  });

  test('about the very password that the pod has is told, too', () => {
    const sights = rounds(3).map((sight) => ({ ...sight, hash: sight.hash && A }));
    expect(areUnstable(after(SETTLED, ...sights))).toBe(true);
  });

  test('a person who edits the DittoServer again and again is none', () => {
    const edits = Array.from({ length: 9 }, (_, i) => ({ atMs: 60_000 + 500 * i, hash: `edit ${i}`, writtenAt: 'w1' }));
    expect(areUnstable(after(SETTLED, ...edits))).toBe(false);
  });

  test('one rotation after the other is none', () => {
    expect(areUnstable(after(SETTLED, HALF, WHOLE, { ...HALF, atMs: 60_200 }, { atMs: 60_300, hash: 'c', writtenAt: 'w5' }))).toBe(false); // prettier-ignore
  });
});

test('nothing is remembered without a database of its own', () => {
  expect(rememberCredentials(factsWith(SQLITE))).toBeUndefined();
  expect(restLeftMs(factsWith(SQLITE))).toBe(0);
});

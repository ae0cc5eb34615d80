// The faults under which each story is run, made from what a calm run of it writes: the worker killed after every single write, the watcher alone
// killed once, every read a version old, and calls that fail in each of the ways that there are.
import type { Subject } from '../../cluster/support/subject.ts';
import type { Fault, FaultyCall } from '../../kit/fault-proxy-stand-in.ts';
import { TIME_OUT_MS, type Lane, type LaneForm } from './lane.ts';
import { writeOf, type NthWrite, type Plan, type Reference } from './run-story.ts';

/** A plan, and the lane that it needs. */
export interface PlacedPlan extends Plan {
  readonly form: LaneForm;
}

/** Kills as soon as the API server has carried the write out, before its answer is told. */
const killedAfter = ({ key, nth, mayMiss }: NthWrite, part: 'worker' | 'watcher'): PlacedPlan => ({
  title: `${part} killed after ${key} (${nth})`,
  form: part === 'worker' ? 'one' : 'split',
  mayMiss,
  begin: (lane, subject) =>
    part === 'worker'
      ? lane.proxy.begin({ does: 'cut-off', when: 'after', nth, then: () => lane.kill(part) }, writeOf(subject, key))
      : lane.proxy.begin({ does: 'delay', forMs: 0, nth, then: () => lane.kill(part) }, writeOf(subject, key)),
});

const OLD: PlacedPlan = {
  title: 'every read a version old',
  form: 'one',
  begin: (lane) => lane.proxy.begin({ does: 'lag' }),
};

/** Everything that watches tell of it: what is found then is found by listing again. */
const UNTOLD: PlacedPlan = {
  title: 'no watch tells of it',
  form: 'one',
  begin: (lane: Lane, { name }: Subject) => lane.proxy.begin({ does: 'drop', lines: new RegExp(`"name":"${name}"`) }),
};

/** After each event, so that every further one needs another watch. */
const CUT: PlacedPlan = {
  title: 'watches are cut',
  form: 'one',
  begin: (lane: Lane) => lane.proxy.begin({ does: 'cut', afterEvents: 1 }, ({ kind }: FaultyCall) => kind === 'watch'),
};

/** What can become of one write. */
const OF_ONE: readonly (readonly [string, Fault])[] = [
  ['409 in place of', { does: 'refuse', when: 'before', code: 409, nth: 1 }],
  ['429 with Retry-After in place of', { does: 'refuse', when: 'before', code: 429, retryAfterSeconds: 1, nth: 1 }],
  ['500 in place of', { does: 'refuse', when: 'before', code: 500, nth: 1 }],
  ['500 after', { does: 'refuse', when: 'after', code: 500, nth: 1 }],
  ['cut off before', { does: 'cut-off', when: 'before', nth: 1 }],
  ['cut off after', { does: 'cut-off', when: 'after', nth: 1 }],
  ['a late answer to', { does: 'delay', forMs: TIME_OUT_MS * 0.75, nth: 1 }],
  ['given up, and carried out later:', { does: 'delay', forMs: TIME_OUT_MS * 1.5, nth: 1 }],
];

const failing = ([title, fault]: (typeof OF_ONE)[number], { key, mayMiss }: NthWrite): PlacedPlan => ({
  title: `${title} ${key}`,
  form: 'one',
  mayMiss,
  begin: (lane, subject) => lane.proxy.begin(fault, writeOf(subject, key)),
});

/** Each fault of one write is tried in one story: the n-th in the n-th, or in the first where that one only tells. */
function singlesFor(index: number, targets: readonly NthWrite[]): readonly PlacedPlan[] {
  const own = OF_ONE.filter((_, n) => n === index || (index === 0 && ONLY_TELL.includes(n)));
  return own.flatMap((fault, n) => {
    const write = targets[(index * 3 + n * 5) % targets.length];
    return write ? [failing(fault, write)] : [];
  });
}

/** Stories that write nothing but status and events: deletions in which Kubernetes' own collector does the rest. */
const ONLY_TELL = [3, 4];

/** Watches that fail, in some stories. */
const WATCHES: ReadonlyMap<number, PlacedPlan> = new Map([
  [0, UNTOLD],
  [2, CUT],
  [4, UNTOLD],
  [6, CUT],
]);

/** @param index of the story */
export function plansFor(calm: Reference, index: number): readonly PlacedPlan[] {
  const done = calm.writes.filter(({ mayMiss, nth }) => !mayMiss && nth === 1);
  const targets = done.length > 0 ? done : calm.writes;
  const middle = targets[Math.floor(targets.length / 2)];
  const watches = WATCHES.get(index);
  return [
    ...(middle ? [killedAfter(middle, 'watcher')] : []),
    ...calm.writes.map((write) => killedAfter(write, 'worker')),
    OLD,
    ...(watches ? [watches] : []),
    ...(done.length > 0 ? singlesFor(index, targets) : []),
  ];
}

// The same step again and again: who else writes, and how long until the next try.
import type { Attempt, Memory } from '../../../src/api/verdict.ts';
import { failureSinceLook, forgetFailures, remember } from '../../../src/requirements/attempts.ts';
import { contestFinding, contestPause } from '../../../src/requirements/contest.ts';
import type { ActFinding } from '../../../src/requirements/finding.ts';
import { memoryWith, MINUTE_MS, NOW_MS, saying } from './facts.ts';

const act: ActFinding = {
  state: 'act',
  step: 'applyFoundation',
  intent: 'same',
  summary: 'apply Service/files-api',
  needs: [],
  reason: 'ConfigDue',
  message: 'to be applied',
};
const FAILURE = { reason: 'Forbidden', message: 'the role lacks it' } as const;

const taken = (minutesAgo: number, changes: Partial<Attempt> = {}): Attempt => ({
  step: 'applyFoundation',
  intent: 'same',
  atMs: NOW_MS - minutesAgo * MINUTE_MS,
  ...changes,
});
const pauseAfter = (...attempts: readonly Attempt[]): number =>
  contestPause(memoryWith({ attempts }), act, NOW_MS) / MINUTE_MS;

describe('progress, not a contest', () => {
  test.each([
    ['never taken', []],
    ['taken twice just now', [taken(0), taken(0)]],
    ['three times, but slowly', [taken(12), taken(6), taken(0)]],
    ['three times for different intents', [taken(0, { intent: 'a' }), taken(0), taken(0)]],
    ['three times, but another step among them', [taken(0, { step: 'applyStatefulSet' }), taken(0), taken(0)]],
    ['three times, but one failed', [taken(0, { failure: FAILURE }), taken(0), taken(0)]],
    ['three times, more than an hour ago', [taken(61), taken(61), taken(61)]],
  ])('%s', (_, attempts) => {
    expect(pauseAfter(...attempts)).toBe(0);
  });
});

describe('a contest: the pause grows', () => {
  test.each([
    ['three times within five minutes', [taken(4), taken(2), taken(0)], 1],
    ['a part of the pause is over', [taken(2), taken(1), taken(0.5)], 0.5],
    ['the pause is over', [taken(3), taken(2), taken(1)], 0],
    ['a fourth time', [taken(3), taken(2), taken(1), taken(0)], 2],
    ['a fifth time', [taken(9), taken(8), taken(7), taken(4), taken(0)], 4],
    [
      'it never exceeds ten minutes',
      [taken(40), taken(39), taken(38), taken(36), taken(30), taken(20), taken(10), taken(0)],
      10,
    ],
  ])('%s', (_, attempts, minutes) => {
    expect(pauseAfter(...attempts)).toBeCloseTo(minutes, 6);
  });
});

test('the other field managers are named, each once', () => {
  const found = contestFinding({ ...act, otherManagers: ['kubectl-edit', 'argocd', 'kubectl-edit'] }, 90_000, 'inputs');
  expect(found).toEqual({
    state: 'wait',
    reason: 'Contest',
    message: 'field manager argocd, kubectl-edit keeps undoing it (apply Service/files-api)',
    recheckMs: 90_000,
    budget: 'inputs',
  });
});

test('an unknown one is told as such', () => {
  expect(contestFinding(act, 1, 'pods')).toMatchObject({ message: saying('another writer keeps undoing it') });
});

describe('what is remembered', () => {
  test('an hour, and twenty attempts at most', () => {
    let memory: Memory = memoryWith({ attempts: [taken(61)] });
    for (let i = 0; i < 30; i += 1) memory = remember(memory, taken(0, { intent: String(i) }));
    expect(memory.attempts).toHaveLength(20);
    expect(memory.attempts.at(-1)?.intent).toBe('29');
    expect(memory.attempts.some(({ atMs }) => atMs < NOW_MS)).toBe(false);
  });

  test('a step that failed is left alone until the next look', () => {
    const memory = remember(memoryWith(), taken(0, { failure: FAILURE }));
    expect(failureSinceLook(memory, 'applyFoundation')).toEqual(FAILURE);
    expect(failureSinceLook(memory, 'applyStatefulSet')).toBeUndefined();
    expect(failureSinceLook(forgetFailures(memory), 'applyFoundation')).toBeUndefined();
  });

  test('a success after a failure counts', () => {
    const memory = remember(remember(memoryWith(), taken(1, { failure: FAILURE })), taken(0));
    expect(failureSinceLook(memory, 'applyFoundation')).toBeUndefined();
  });

  test('a look forgets failures, and nothing else', () => {
    const memory = memoryWith({ attempts: [taken(1), taken(0, { failure: FAILURE })] });
    expect(forgetFailures(memory).attempts).toEqual([taken(1)]);
  });
});

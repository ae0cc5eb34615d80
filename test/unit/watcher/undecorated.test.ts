// Workflows without search attributes are asked to look once the attributes are there.
import { decorator, type Engine } from '../../../src/watcher/index.ts';

const installation = { cluster: 'c1', installation: 'i1' };
const files = { namespace: 'ns', name: 'files' };
const nudgeOfFiles = [{ ...installation, ...files }, { objects: [] }];

/** Temporal with these answers to the lists of workflows without attributes, one after the other; `undefined` is none. */
function temporalWith(answers: readonly (readonly (typeof files)[] | undefined)[]) {
  const nudged: unknown[] = [];
  let lists = 0;
  const engine: Engine = {
    nudge(target, nudge) {
      nudged.push([target, nudge]);
      return Promise.resolve();
    },
    ensure: () => Promise.resolve(),
    inspect: () => Promise.resolve(undefined),
    terminate: () => Promise.resolve(),
    workers: () => Promise.resolve({ polling: true, backlog: 0 }),
    running(of, which) {
      expect([of, which]).toEqual([installation, { undecorated: true }]);
      const answer = answers[lists++];
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('Temporal does not answer'));
    },
  };
  return { nudged, lists: () => lists, told: decorator(engine, installation, new AbortController().signal) };
}

test('each workflow without attributes is nudged, with no versions, so that it looks whatever it knows', async () => {
  const { told, nudged } = temporalWith([[files]]);
  await told(true);
  expect(nudged).toEqual([nudgeOfFiles]);
});

test('one that the list did not hold yet, or could not be asked for, is found at one of the next times', async () => {
  const { told, nudged } = temporalWith([[], undefined, [files]]);
  await told(true);
  await told(true);
  expect(nudged).toEqual([]);
  await told(true);
  expect(nudged).toEqual([nudgeOfFiles]);
});

test('they are looked for six times, and again after the attributes were lost', async () => {
  const { told, lists } = temporalWith(Array.from({ length: 20 }, () => []));
  await told(false);
  expect(lists()).toBe(0);
  for (let time = 0; time < 10; time++) await told(true);
  expect(lists()).toBe(6);
  await told(false);
  for (let time = 0; time < 10; time++) await told(true);
  expect(lists()).toBe(12);
});

test('a round that is still under way is not begun twice', async () => {
  const { told, nudged, lists } = temporalWith([[files], [files]]);
  await Promise.all([told(true), told(true)]);
  expect(lists()).toBe(1);
  await told(true);
  expect(nudged).toEqual([nudgeOfFiles, nudgeOfFiles]);
});

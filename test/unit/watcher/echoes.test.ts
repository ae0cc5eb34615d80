// Which changes are kept from a workflow because it knows them already.
import { createEchoes, newsOf } from '../../../src/watcher/index.ts';

const TARGET = { cluster: 'c1', installation: 'main', namespace: 'prod', name: 'files' };
const OTHER = { ...TARGET, name: 'other' };

test('what a verdict rests on is not told again, what differs is', () => {
  const echoes = createEchoes();
  echoes.note(TARGET, { a: '1', b: '2' });
  const [a, b] = [
    { uid: 'a', version: '1' },
    { uid: 'b', version: '3' },
  ];
  expect(newsOf(echoes, TARGET, { objects: [a] })).toBeUndefined();
  expect(newsOf(echoes, TARGET, { objects: [a, b] })).toEqual({ objects: [b] });
});

test.each([
  ['a later verdict replaces an earlier one: what it does not rest on is told', { b: '2' }],
  ['after a verdict that rests on nothing, or none, everything is told', {}],
])('%s', (_, later) => {
  const echoes = createEchoes();
  echoes.note(TARGET, { a: '1' });
  echoes.note(TARGET, later);
  const nudge = { objects: [{ uid: 'a', version: '1' }] };
  expect(newsOf(echoes, TARGET, nudge)).toEqual(nudge);
});

test.each([
  ['"look, whatever the versions are"', TARGET, { objects: [] }],
  ['a deletion', TARGET, { objects: [{ uid: 'a', version: 'gone' }] }],
  ['the same object as told to another DittoServer', OTHER, { objects: [{ uid: 'a', version: '1' }] }],
])('%s is always told', (_, target, nudge) => {
  const echoes = createEchoes();
  echoes.note(TARGET, { a: '1' });
  expect(newsOf(echoes, target, nudge)).toEqual(nudge);
});

test('ten thousand DittoServers are kept, the one noted longest ago is forgotten', () => {
  const echoes = createEchoes();
  for (let i = 0; i <= 10_000; i += 1) echoes.note({ ...TARGET, name: `s${i}` }, { a: '1' });
  const isKnown = (name: string): boolean => echoes.isEcho({ ...TARGET, name }, { uid: 'a', version: '1' });
  expect([isKnown('s0'), isKnown('s1'), isKnown('s10000')]).toEqual([false, true, true]);
});

test('a DittoServer is busy until the last of its activities has ended', () => {
  const echoes = createEchoes();
  const idle: string[] = [];
  echoes.onIdle((key) => void idle.push(key));
  echoes.begin(TARGET);
  echoes.begin(TARGET);
  expect([echoes.isBusy(TARGET), echoes.isBusy(OTHER)]).toEqual([true, false]);
  echoes.note(TARGET, { a: '1' });
  expect([echoes.isBusy(TARGET), idle]).toEqual([true, []]);
  echoes.note(TARGET, { a: '2' });
  expect([echoes.isBusy(TARGET), idle]).toEqual([false, ['prod/files']]);
  // What it rests on is known before anything that was held back is sent.
  echoes.onIdle(() => expect(echoes.isEcho(TARGET, { uid: 'a', version: '3' })).toBe(true));
  echoes.begin(TARGET);
  echoes.note(TARGET, { a: '3' });
  expect.assertions(4);
});

// Which changes are kept from a workflow because it knows them already.
import { createEchoes, withoutEchoes, type Engine } from '../../../src/watcher/index.ts';
import type { Nudge } from '../../../workflows/messages.ts';

const TARGET = { cluster: 'c1', installation: 'main', namespace: 'prod', name: 'files' };
const OTHER = { ...TARGET, name: 'other' };

function world() {
  const sent: Nudge[] = [];
  const refuse = (): Promise<never> => Promise.reject(new Error('not asked for here'));
  const nudge: Engine['nudge'] = (_, message) => Promise.resolve(void sent.push(message));
  const echoes = createEchoes();
  const others = { ensure: refuse, inspect: refuse, terminate: refuse, workers: refuse, running: refuse };
  const engine = withoutEchoes({ nudge, ...others }, echoes);
  return { sent, echoes, engine };
}

test('what a verdict rests on is not told again, what differs is', async () => {
  const { sent, echoes, engine } = world();
  echoes.note(TARGET, { a: '1', b: '2' });
  await engine.nudge(TARGET, { objects: [{ uid: 'a', version: '1' }] });
  expect(sent).toEqual([]);
  await engine.nudge(TARGET, { objects: [{ uid: 'a', version: '1' }, { uid: 'b', version: '3' }] }); // prettier-ignore
  expect(sent).toEqual([{ objects: [{ uid: 'b', version: '3' }] }]);
});

test('a later verdict replaces an earlier one: what it does not rest on is told', async () => {
  const { sent, echoes, engine } = world();
  echoes.note(TARGET, { a: '1' });
  echoes.note(TARGET, { b: '2' });
  await engine.nudge(TARGET, { objects: [{ uid: 'a', version: '1' }] });
  expect(sent).toHaveLength(1);
});

test.each([
  ['"look, whatever the versions are"', TARGET, { objects: [] }],
  ['a deletion', TARGET, { objects: [{ uid: 'a', version: 'gone' }] }],
  ['the same object as told to another DittoServer', OTHER, { objects: [{ uid: 'a', version: '1' }] }],
])('%s is always told', async (_, target, nudge) => {
  const { sent, echoes, engine } = world();
  echoes.note(TARGET, { a: '1' });
  await engine.nudge(target, nudge);
  expect(sent).toEqual([nudge]);
});

test('of a DittoServer that is gone nothing is kept', async () => {
  const { sent, echoes, engine } = world();
  echoes.note(TARGET, { a: '1' });
  echoes.note(TARGET, {});
  await engine.nudge(TARGET, { objects: [{ uid: 'a', version: '1' }] });
  expect(sent).toHaveLength(1);
});

test('ten thousand DittoServers are kept, the one noted longest ago is forgotten', () => {
  const { echoes } = world();
  for (let i = 0; i <= 10_000; i += 1) echoes.note({ ...TARGET, name: `s${i}` }, { a: '1' });
  const isKnown = (name: string): boolean => echoes.isEcho({ ...TARGET, name }, { uid: 'a', version: '1' });
  expect([isKnown('s0'), isKnown('s1'), isKnown('s10000')]).toEqual([false, true, true]);
});

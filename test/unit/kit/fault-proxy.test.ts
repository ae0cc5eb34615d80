// The fault proxy's own arithmetic: which answers lag, and which writes count as a change of something.
import { createOlderAnswers, type WholeAnswer } from '../../kit/fault-proxy-calls-stand-in.ts';
import { createLedger } from '../../kit/fault-proxy-ledger-stand-in.ts';

const answer = (object: object | undefined): WholeAnswer =>
  object ? { code: 200, headers: {}, text: JSON.stringify(object) } : { code: 404, headers: {}, text: '{}' };
const version = (resourceVersion: string, more: object = {}) =>
  answer({ metadata: { uid: 'a', resourceVersion }, ...more });
const PATH = '/api/v1/namespaces/n/configmaps/c';

test('each version of an object is told one read later than it could be, its first one too', () => {
  const older = createOlderAnswers();
  const read = (fresh: WholeAnswer): WholeAnswer => older.lag({ path: PATH, headers: {} }, fresh);
  const [absent, one, two] = [answer(undefined), version('1'), version('2')];
  expect([absent, one, one, one, two, two].map(read)).toEqual([absent, absent, one, one, one, two]);
});

test('a list lags when one of its objects changes, not when only its own number moves', () => {
  const older = createOlderAnswers();
  const list = (own: string, item: string) =>
    answer({ metadata: { resourceVersion: own }, items: [{ metadata: { uid: 'a', resourceVersion: item } }] });
  const read = (fresh: WholeAnswer): WholeAnswer => older.lag({ path: '/api/v1/configmaps', headers: {} }, fresh);
  const [first, moved, changed] = [list('5', '1'), list('6', '1'), list('7', '2')];
  expect([first, moved, changed].map(read)).toEqual([first, moved, moved]);
});

describe('a write', () => {
  const entry = async (before: object | undefined, after: WholeAnswer, sent: object = {}) => {
    const ledger = createLedger();
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const call = { method: 'PATCH', path: `${PATH}?fieldManager=x`, headers, sent: JSON.stringify(sent) };
    await ledger.book(call, ({ method }) => Promise.resolve(method === 'GET' ? answer(before) : after));
    return ledger.entries()[0];
  };
  const labelled = (resourceVersion: string, label: string) => ({
    metadata: { uid: 'a', resourceVersion, labels: { label } },
  });

  test.each([
    ['that makes an object changes something', undefined, labelled('1', 'x'), true],
    ['of what is there already changes nothing', labelled('1', 'x'), labelled('1', 'x'), false],
    ['changes nothing where another wrote the status meanwhile', labelled('1', 'x'), { ...labelled('2', 'x'), status: 1 }, false], // prettier-ignore
    ['that sets a label changes something', labelled('1', 'x'), labelled('2', 'y'), true],
  ])('%s', async (_, before, after, changed) => {
    expect(await entry(before, answer(after))).toMatchObject({
      verb: 'apply',
      resource: 'configmaps',
      name: 'c',
      changed,
    });
  });

  test('that is refused changes nothing', async () => {
    const refused = { code: 409, headers: {}, text: '{}' };
    expect(await entry(labelled('1', 'x'), refused)).toMatchObject({ code: 409, changed: false });
  });

  test.each([
    ['says which object it means by its uid', { metadata: { uid: 'a' } }, true],
    ['says so by its resourceVersion', { metadata: { resourceVersion: '1' } }, true],
    ['may not say so', { metadata: { name: 'c' } }, false],
  ])('%s', async (_, sent, fenced) => {
    expect(await entry(labelled('1', 'x'), answer(labelled('2', 'y')), sent)).toMatchObject({ fenced });
  });
});

// What a workflow has been told since it last looked: what is news, and what only the prober knows.
import { createInbox } from '../../workflows/inbox.ts';

const object = (uid: string, version: string) => ({ uid, version });

test('the prober’s word is no news where the last verdict rests on the same, and is kept until it is taken up', () => {
  const inbox = createInbox();
  inbox.put({ objects: [object('server-api', 'digest-1')] });
  expect(inbox.hasNews({ 'server-api': 'digest-1' })).toBe(false);
  expect(inbox.hasNews({ 'server-api': 'digest-0' })).toBe(true);
  expect(inbox.told('server-api')).toBe('digest-1');
  inbox.clear();
  expect(inbox.told('server-api')).toBeUndefined();
});

test('beside “anything” it wakes in any case', () => {
  const inbox = createInbox();
  inbox.put({ objects: [object('server-api', 'digest-1')], anything: true });
  expect(inbox.hasNews({ 'server-api': 'digest-1' })).toBe(true);
});

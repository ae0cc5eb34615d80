// Events: one object per thing said, counted up when it is said again by another process.
import { recorder, type EventToRecord } from '../../../src/kube/index.ts';
import { answerText, type ApiServerStandIn, startApiServer, drop, refuse } from './api-server-stand-in.ts';

let server: ApiServerStandIn;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.seen.length = 0;
  server.faults.length = 0;
});

const event: EventToRecord = {
  regarding: {
    apiVersion: 'dittofs.dittofs.com/v1alpha1',
    kind: 'DittoServer',
    metadata: { name: 'files', namespace: 'ns', uid: 'u' },
  },
  type: 'Warning',
  reason: 'DatabaseNotReady',
  action: 'Wait',
  note: 'PostgreSQL is not ready',
};
const stored = answerText(200, JSON.stringify({ metadata: { name: 'e', uid: 'e', resourceVersion: '1' } }));
const taken = refuse(409, { reason: 'AlreadyExists' });

test('an event names object, reason and speaker', async () => {
  server.faults.push(stored);
  await expect(recorder(server.kube(), 'pod-1')(event)).resolves.toBe(true);
  expect(server.seen[0]?.url.pathname).toBe('/apis/events.k8s.io/v1/namespaces/ns/events');
  expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({
    metadata: { name: expect.stringMatching(/^files\.[0-9a-f]{16}$/) as string, namespace: 'ns' },
    regarding: { kind: 'DittoServer', name: 'files', namespace: 'ns', uid: 'u' },
    reportingController: 'dittoserver-provisioner',
    reportingInstance: 'pod-1',
    eventTime: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string,
  });
});

test('the same event from two processes is one object that counts', async () => {
  const counted = answerText(
    200,
    JSON.stringify({ metadata: { name: 'e', uid: 'e', resourceVersion: '1' }, series: { count: 2 } }),
  );
  server.faults.push(stored, taken, counted, stored);
  await recorder(server.kube(), 'pod-1')(event);
  await recorder(server.kube(), 'pod-2')(event);
  const [first, second, , patch] = server.seen.map(
    (s) => JSON.parse(s.body === '' ? 'null' : s.body) as { metadata?: unknown },
  );
  expect(second?.metadata).toEqual(first?.metadata);
  expect(patch).toMatchObject([{ op: 'add', path: '/series', value: { count: 3 } }]);
});

test('one process says the same thing once in half a minute', async () => {
  server.faults.push(stored, stored);
  const record = recorder(server.kube(), 'pod-1');
  await record(event);
  await record(event);
  await record({ ...event, reason: 'Other' });
  expect(server.seen).toHaveLength(2);
});

test('what could not be recorded is said, not thrown, and may be tried again', async () => {
  server.faults.push(drop, taken, refuse(500, {}), stored);
  const record = recorder(server.kube(), 'pod-1');
  await expect(record(event)).resolves.toBe(false);
  await expect(record(event)).resolves.toBe(false);
  await expect(record(event)).resolves.toBe(true);
});

test('long names and notes are cut to what the API takes', async () => {
  server.faults.push(stored);
  const metadata = { name: 'n'.repeat(253), namespace: 'ns', uid: 'u' };
  await recorder(
    server.kube(),
    'i'.repeat(300),
  )({ ...event, note: 'ä'.repeat(1000), regarding: { ...event.regarding, metadata } });
  const sent = JSON.parse(server.seen[0]?.body ?? '') as {
    note: string;
    metadata: { name: string };
    reportingInstance: string;
  };
  expect(Buffer.byteLength(sent.note)).toBeLessThanOrEqual(1024);
  expect(sent.metadata.name.length).toBeLessThanOrEqual(253);
  expect(sent.reportingInstance).toHaveLength(128);
});

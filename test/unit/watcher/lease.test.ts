// Who holds the Lease, on a fake clock: one at a time, the next one soon, and nobody who cannot renew.
import { pino } from 'pino';
import { holdLease, type Lease } from '../../../src/watcher/lease.ts';
import { createLeaseStoreStandIn, type LeaseStoreStandIn } from './lease-store-stand-in.ts';

let store: LeaseStoreStandIn;
let logged: string[];
const leases = new Map<string, Lease>();

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
  store = createLeaseStoreStandIn();
  logged = [];
});
afterEach(async () => {
  const stopped = [...leases.values()].map((lease) => lease.stop());
  leases.clear();
  await pass(10_000);
  await Promise.all(stopped);
  jest.useRealTimers();
});

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

function join(identity: string): Lease {
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) });
  const lease = holdLease({ kube: store.kube(identity), namespace: 'ns', name: 'l', identity, log });
  leases.set(identity, lease);
  return lease;
}

/** Passes the time in small steps; the most who held it at once, and who holds it at the end. */
async function watched(ms: number): Promise<{ most: number; holders: readonly string[] }> {
  let most = 0;
  const holders = (): readonly string[] => [...leases].filter(([, lease]) => lease.holds()).map(([name]) => name);
  for (let at = 0; at < ms; at += 100) {
    await pass(100);
    most = Math.max(most, holders().length);
  }
  return { most, holders: holders() };
}

test('the first one gets it, keeps it by renewing every five seconds, and the others say who has it', async () => {
  const first = join('a');
  await pass(0);
  const second = join('b');
  expect(await watched(60_000)).toEqual({ most: 1, holders: ['a'] });
  expect(first.reason()).toBeUndefined();
  expect(second.reason()).toBe('audit and the condition EngineReachable are left to the holder of the Lease ns/l: a');
  expect(store.spec()).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
  expect(new Set(store.writes)).toEqual(new Set(['a']));
  expect(store.writes.length).toBeGreaterThanOrEqual(11);
  expect(store.writes.length).toBeLessThanOrEqual(13);
});

test('of three who come at the same moment one gets it', async () => {
  for (const name of ['a', 'b', 'c']) join(name);
  expect((await watched(30_000)).most).toBe(1);
});

test('a holder that stops gives it up, and a successor has it within two seconds or so', async () => {
  const first = join('a');
  await pass(0);
  join('b');
  await pass(7_000);
  leases.delete('a');
  await first.stop();
  expect(store.spec()?.holderIdentity).toBe('');
  await pass(2_300);
  expect(leases.get('b')?.holds()).toBe(true);
  expect(store.spec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
});

test('a holder that cannot renew acts no more before anybody else does', async () => {
  join('a');
  await pass(0);
  join('b');
  await pass(20_000);
  store.fail('a', 'network');
  expect(await watched(9_000)).toEqual({ most: 1, holders: expect.anything() as unknown });
  const { most, holders } = await watched(15_000);
  expect(most).toBe(1);
  expect(holders).toEqual(['b']);
  store.fail('a', undefined);
  expect(await watched(30_000)).toEqual({ most: 1, holders: ['b'] });
});

test('what the Lease says of times is compared with no clock: only a Lease that stays as it is has expired', async () => {
  join('a');
  await pass(0);
  jest.setSystemTime(Date.now() + 3_600_000);
  join('b');
  expect(await watched(40_000)).toEqual({ most: 1, holders: ['a'] });
});

test('without the right to Leases it acts as the holder, and says so once; with the right it competes', async () => {
  store.fail('a', 'forbidden');
  const lease = join('a');
  await pass(0);
  expect(lease.holds()).toBe(true);
  await pass(300_000);
  expect(lease.holds()).toBe(true);
  expect(logged.filter((line) => line.includes('no Lease ns/l'))).toHaveLength(1);
  store.fail('a', undefined);
  await pass(40_000);
  expect(store.spec()?.holderIdentity).toBe('a');
});

test('an API server that does not answer makes nobody the holder', async () => {
  store.fail('a', 'network');
  const lease = join('a');
  await pass(120_000);
  expect(lease.holds()).toBe(false);
  expect(lease.reason()).toContain('nobody yet');
});

// Certificates and keys for Temporal that are renewed on disk while the program runs.
import type { NativeConnectionOptions } from '@temporalio/worker';
import { keepRenewed } from '../../src/temporal-renewal.ts';
import { waitFor } from '../kit/wait-for.ts';

const pair = (key: string): NativeConnectionOptions => ({
  address: 'temporal:7233',
  tls: { clientCertPair: { crt: Buffer.from('crt'), key: Buffer.from(key) } },
});

/** The options on disk, what was made of them, and what was logged. */
function world() {
  const state = {
    onDisk: (): NativeConnectionOptions => pair('first'),
    refuses: false,
    looks: 0,
    reconnected: [] as NativeConnectionOptions[],
    exchanged: [] as NativeConnectionOptions[],
    logged: [] as string[],
  };
  const access = {
    connection: () => {
      state.looks += 1;
      return state.onDisk();
    },
    exchange: (options: NativeConnectionOptions) => void state.exchanged.push(options),
  };
  const reconnect = (options: NativeConnectionOptions): Promise<void> => {
    if (state.refuses) return Promise.reject(new TypeError('secret-of-a-key'));
    state.reconnected.push(options);
    return Promise.resolve();
  };
  const stopping = new AbortController();
  const log = (fields: object, message: string): void => void state.logged.push(JSON.stringify([fields, message]));
  const running = keepRenewed(access, reconnect, {
    signal: stopping.signal,
    log: { info: log, warn: log },
    everyMs: 1,
  });
  const looked = (times: number): Promise<unknown> => {
    const from = state.looks;
    return waitFor(`${times} looks more`, () => state.looks >= from + times, { everyMs: 1 });
  };
  return { state, looked, stop: () => (stopping.abort(), running) };
}

test('the same settings, read anew, are no reason to connect', async () => {
  const { state, looked, stop } = world();
  await looked(3);
  await stop();
  expect([state.reconnected, state.exchanged, state.logged]).toEqual([[], [], []]);
});

test('another key: the worker connects by it, then the client, once (R4)', async () => {
  const { state, looked, stop } = world();
  await looked(1);
  state.onDisk = () => pair('second');
  await looked(3);
  await stop();
  expect(state.reconnected).toEqual([pair('second')]);
  expect(state.exchanged).toEqual([pair('second')]);
  expect(state.logged).toHaveLength(1);
});

test('what cannot be read or used leaves the client as it is, is tried again, and no value of it is logged', async () => {
  const { state, looked, stop } = world();
  await looked(1);
  state.refuses = true;
  state.onDisk = () => pair('second');
  await looked(2);
  state.onDisk = () => {
    throw new Error('secret-of-a-file');
  };
  await looked(2);
  expect([state.reconnected, state.exchanged]).toEqual([[], []]);
  state.refuses = false;
  state.onDisk = () => pair('second');
  await looked(2);
  await stop();
  expect(state.exchanged).toEqual([pair('second')]);
  expect(state.logged.join()).not.toContain('secret-of');
});

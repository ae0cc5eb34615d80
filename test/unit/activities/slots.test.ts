// The slots of steps that may hang: those that failed before never take them all.
import { createSlots, NoSlot } from '../../../activities/slots.ts';

const never = (): Promise<never> => new Promise(() => undefined);

test('steps that hang leave slots to the others (B-S13)', async () => {
  const slots = createSlots(4, 2, 20);
  for (let i = 0; i < 2; i += 1) void slots.run(never, true);
  await expect(slots.run(never, true)).rejects.toBeInstanceOf(NoSlot);
  await expect(slots.run(() => Promise.resolve('done'), false)).resolves.toBe('done');
});

test('a slot that becomes free goes to whoever waits', async () => {
  const slots = createSlots(1, 1, 60_000);
  let finish: (() => void) | undefined;
  const first = slots.run(() => new Promise<void>((resolve) => (finish = resolve)), false);
  const second = slots.run(() => Promise.resolve('second'), false);
  await Promise.resolve();
  finish?.();
  await first;
  await expect(second).resolves.toBe('second');
});

test('a task that fails gives its slot back', async () => {
  const slots = createSlots(1, 1, 20);
  await expect(slots.run(() => Promise.reject(new Error('no')), false)).rejects.toThrow('no');
  await expect(slots.run(() => Promise.resolve(1), true)).resolves.toBe(1);
});

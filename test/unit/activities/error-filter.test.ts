// The one gate through which an activity's error gets into a history: no foreign message, stack or cause passes (C3).
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput } from '@temporalio/worker';
import type { KubeError } from '../../../src/kube/errors.ts';
import { errorOf } from '../../../src/kube/errors.ts';
import { errorFilter } from '../../../src/worker/error-filter.ts';

const CANARY = 'canary-Zk3mQ9';

async function rejecting(thrown: unknown): Promise<never> {
  await Promise.resolve();
  throw thrown as Error;
}

/** What comes out when an activity throws. */
async function filtered(thrown: unknown): Promise<{ failure: ApplicationFailure; logged: string }> {
  const lines: unknown[] = [];
  const filter = errorFilter('look', { error: (fields, message) => void lines.push(fields, message) });
  const run = filter.execute?.({} as ActivityExecuteInput, () => rejecting(thrown));
  const failure: unknown = await run?.catch((error: unknown) => error);
  if (!(failure instanceof ApplicationFailure)) throw new Error('no ApplicationFailure came out');
  return { failure, logged: JSON.stringify(lines) };
}

function unparsed(): unknown {
  try {
    return JSON.parse(`{"password":"${CANARY}`);
  } catch (error) {
    return error;
  }
}

const foreign: [string, unknown][] = [
  ['an error that quotes its input', unparsed()],
  ['an error with a cause', new Error('x', { cause: new Error(CANARY) })],
  ['an error whose stack was written', Object.assign(new Error('x'), { stack: `Error: ${CANARY}\n    at ${CANARY.slice(0, 3)} (file.ts:1:1)` })],
  ['an error with fields of its own', Object.assign(new TypeError('x'), { body: CANARY })],
  ['an error whose message looks like a stack', new Error(`x\n    at ${CANARY} (file.ts:1:1)\n    at y`)],
  ['an error with a name of its own', Object.assign(new Error('x'), { name: `E ${CANARY}` })],
  ['a text', CANARY],
  ['an object', { message: CANARY }],
  ['nothing', undefined],
]; // prettier-ignore

describe('a foreign error', () => {
  test.each(foreign)('%s becomes a sentence of ours', async (_, thrown) => {
    const { failure, logged } = await filtered(thrown);
    expect(failure.type).toBe('Internal');
    expect(failure.message).toMatch(/^activity look failed inside the provisioner \(\w+\); its log tells where$/);
    expect(failure.cause).toBeUndefined();
    expect(failure.details ?? []).toEqual([]);
    for (const text of [failure.message, failure.stack, logged]) expect(text).not.toContain(CANARY);
    expect(failure.nonRetryable).toBe(false);
  });

  test('is logged with the frames of its stack, so that it can be found', async () => {
    const { logged } = await filtered(new RangeError(CANARY));
    expect(logged).toContain('error-filter.test');
    expect(logged).toContain('RangeError');
  });
});

test('an answer of the API server keeps its sentence and its kind', async () => {
  const about = { verb: 'patch', kind: { apiVersion: 'v1', kind: 'Secret' }, object: 'Secret prod/x' } as const;
  const error: KubeError = errorOf({ about, code: 422, status: { message: CANARY } });
  const { failure, logged } = await filtered(error);
  expect(failure).toMatchObject({ type: 'KubeError.conflict', message: error.message });
  expect(failure.message + (failure.stack ?? '') + logged).not.toContain(CANARY);
});

test('a failure of our own passes as it is', async () => {
  const own = ApplicationFailure.nonRetryable('this worker serves c1/main', 'ForeignTarget');
  expect((await filtered(own)).failure).toBe(own);
});

test('a result passes untouched', async () => {
  const filter = errorFilter('look', { error: () => undefined });
  await expect(filter.execute?.({} as ActivityExecuteInput, () => Promise.resolve('verdict'))).resolves.toBe('verdict');
});

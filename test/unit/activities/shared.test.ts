// Many looks at once read the Percona operator's CRD once, and none of them is misled by what another one was told.
import { shared } from '../../../activities/observe/shared.ts';
import type { Stored } from '../../../src/api/kubernetes.ts';
import type { Kube } from '../../../src/kube/index.ts';

const CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'x' } };

/** A client whose answers are given one by one, by the test. */
function clientOf(answers: readonly (() => Promise<Stored | undefined>)[]) {
  let asked = 0;
  const get = (): Promise<Stored | undefined> =>
    answers[(asked += 1) - 1]?.() ?? Promise.reject(new Error('not expected'));
  return { kube: { get } as unknown as Kube, asked: () => asked };
}

const found = (resourceVersion: string): Stored => ({ ...CRD, metadata: { name: 'x', uid: 'u', resourceVersion } });
const ask = (kube: Kube, nowMs = 0) =>
  shared({ kube, nowMs, signal: new AbortController().signal }, CRD, { metadataOnly: true });

test('looks at the same time, and for five seconds more, share one read', async () => {
  const { kube, asked } = clientOf([() => Promise.resolve(found('1')), () => Promise.resolve(found('2'))]);
  const together = await Promise.all([ask(kube), ask(kube), ask(kube, 4_999)]);
  expect(together).toEqual([found('1'), found('1'), found('1')]);
  expect(asked()).toBe(1);
  expect(await ask(kube, 5_000)).toEqual(found('2'));
});

test('what is absent for one look is asked for by the next: it may have come meanwhile', async () => {
  const { kube } = clientOf([() => Promise.resolve(undefined), () => Promise.resolve(found('1'))]);
  const first = ask(kube);
  const second = ask(kube);
  expect(await first).toBeUndefined();
  expect(await second).toEqual(found('1'));
});

test('an error of one look is not that of another', async () => {
  const { kube } = clientOf([() => Promise.reject(new Error('aborted')), () => Promise.resolve(found('1'))]);
  const first = ask(kube);
  const second = ask(kube);
  await expect(first).rejects.toThrow('aborted');
  expect(await second).toEqual(found('1'));
});

test('clients share nothing: each may be allowed something else', async () => {
  const one = clientOf([() => Promise.resolve(found('1'))]);
  const other = clientOf([() => Promise.resolve(found('2'))]);
  expect(await ask(one.kube)).toEqual(found('1'));
  expect(await ask(other.kube)).toEqual(found('2'));
});

// Long names: what works is provisioned with one warning, what cannot work is refused before anything is made (D2). What an object
// stored under the predecessor's CRD is told is in predecessor-crd.test.ts.
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { useStage } from './support/stage.ts';
import { PERCONA } from './support/subject.ts';

const stage = useStage({ name: 'names' });

interface Event extends KubeObject {
  readonly regarding?: { readonly kind: string; readonly name: string };
  readonly type: string;
  readonly reason: string;
  readonly note: string;
}

const longest = 'a-name-of-twenty-8-character'; // 28
const accepted = [
  ['dittofs-13-ch', 0],
  ['dittofs-14-chr', 1],
  ['dittofs-percona', 1],
  [longest, 1],
] as const;

beforeAll(() => Promise.all(accepted.map(([name]) => stage.subject(name).apply(PERCONA))));

test.each(accepted)('"%s" is provisioned, with %i warnings about its length (D2)', async (name, warnings) => {
  const server = stage.subject(name);
  await server.untilReady();
  await server.reconcileNow(3);
  const events = await stage.cluster.admin.list<Event>({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    namespace: stage.namespace,
  });
  const about = events.filter(({ regarding, type }) => type === 'Warning' && regarding?.kind === 'DittoServer' && regarding.name === name); // prettier-ignore
  expect(about.map(({ reason }) => reason)).toEqual(Array.from({ length: warnings }, () => 'LongClusterName'));
  if (warnings > 0) expect(about[0]?.note).toMatch(/22/);
});

test('one character more than 28 is refused at admission, naming field, limit and mend (D2)', async () => {
  expect(longest).toHaveLength(28);
  const tooLong = stage.subject(`${longest}s`);
  const refused = tooLong.apply(PERCONA);
  await expect(refused).rejects.toThrow(/metadata\.name/);
  await expect(refused).rejects.toThrow(/at most 28 characters.*choose a shorter name/);
  expect(await tooLong.get()).toBeUndefined();
});

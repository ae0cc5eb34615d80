// A DittoServer that is as it should be causes no writes, however often it is looked at (S14 and the invariant behind it).
import { apiPath } from '../kit/admin.ts';
import type { KubeObject, ObjectRef, Pod } from '../kit/kubernetes-types.ts';
import { waitFor } from '../kit/wait-for.ts';
import { record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { BASIC, PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'settled' });

const PASSES = 30;
const kinds = [
  ['with SQLite', 'basic', BASIC],
  ['with Percona', 'percona', PERCONA],
] as const;

let pods: Recording<Pod>;
beforeAll(async () => {
  pods = await record<Pod>(stage.cluster, { apiVersion: 'v1', kind: 'Pod', namespace: stage.namespace });
  await Promise.all(kinds.map(([, name, spec]) => stage.subject(name).apply(spec)));
});
afterAll(() => pods.stop());

describe.each(kinds)('a DittoServer %s', (_, name) => {
  let server: Subject;
  beforeAll(async () => {
    server = stage.subject(name);
    await server.untilReady();
    await server.untilQuiet();
  });

  /** Looks many times, and expects that nothing at all was written meanwhile. */
  async function expectStill(before: Readonly<Record<string, string>>): Promise<void> {
    const since = new Date();
    const { passes } = await server.state();
    const last = await server.reconcileNow(PASSES);
    expect((last?.passes ?? 0) - passes).toBeGreaterThanOrEqual(PASSES);
    expect(server.writes(since)).toEqual([]);
    expect(await server.versions()).toEqual(before);
  }

  test(`stays untouched over ${PASSES} passes, and its pod was made once from one template (S14)`, async () => {
    await expectStill(await server.versions());
    expect(await server.revisions()).toBe(1);
    expect(pods.versions(`${name}-0`).filter(({ type }) => type === 'ADDED')).toHaveLength(1);
    expect((await server.pod())?.status?.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0]);
  });

  test('is left alone with labels that others put on its children', async () => {
    const { passes } = await server.state();
    const there = Object.values(server.children).map((child) => label(child));
    expect((await Promise.all(there)).filter(Boolean).length).toBeGreaterThanOrEqual(6);
    await waitFor('the changes were looked at', async () => (await server.state()).passes > passes);
    await server.untilQuiet();
    const labelled = await server.versions();
    await expectStill(labelled);
    expect(await server.revisions()).toBe(1);
    for (const child of Object.values(server.children)) {
      const object = await stage.cluster.admin.get<KubeObject>(child);
      if (object) expect(object.metadata.labels).toHaveProperty(['example.com/team'], 'storage');
    }
  });
});

/** False when there is no such child. */
async function label(child: ObjectRef): Promise<boolean> {
  if (!(await stage.cluster.admin.get(child))) return false;
  await stage.cluster.admin.request('PATCH', apiPath(child), {
    body: { metadata: { labels: { 'example.com/team': 'storage' } } },
    contentType: 'application/merge-patch+json',
    query: { fieldManager: 'somebody' },
  });
  return true;
}

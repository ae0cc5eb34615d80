// The API server is away for a minute, and Percona's API for another: whatever was asked for just before, meanwhile and after is there in
// the end, without a restart of the provisioner and without a storm. A cluster of its own, since its parts go away here.
import type { PerconaPGCluster } from '../../src/api/percona.ts';
import { PERCONA_CRD_NAME, PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import { aSecond } from '../cluster/support/a-second.ts';
import { record } from '../cluster/support/recording.ts';
import { BASIC, conditionsOf, PERCONA, type Subject } from '../cluster/support/subject.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import { waitForCrd } from '../kit/manifests.ts';
import { waitFor } from '../kit/wait-for.ts';
import { LOOPS, useProxiedStage } from './support/proxied-stage.ts';
import { tell } from '../kit/tell.ts';

const stage = useProxiedStage({ name: 'api-server', own: {} });

const AWAY_MS = 60_000;
/** A kind is asked for this often, ms, when its API server has been away for a while; sooner at first. */
const LONGEST_BACK_OFF_MS = 5_000;
const CRD = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: PERCONA_CRD_NAME };

const imageOf = async (server: Subject): Promise<string | undefined> =>
  (await server.statefulSet())?.spec?.template.spec?.containers[0]?.image;
const withImage = (tag: string) => ({ image: `example.test/dittofs:${tag}` });

async function untilRuns(server: Subject, tag: string): Promise<void> {
  await waitFor(`${server.name} runs ${tag}`, async () => (await imageOf(server))?.endsWith(`:${tag}`), {
    timeoutMs: 90_000,
    seen: server.says,
  });
}

async function waited(ms: number, sinceMs: number): Promise<void> {
  await waitFor(`${ms / 1_000} s`, () => Date.now() >= sinceMs + ms, { timeoutMs: ms + 10_000, everyMs: 200 });
}

const servers = (): readonly Subject[] => ['one', 'two', 'three'].map((name) => stage.subject(name));

beforeAll(async () => {
  for (const server of servers()) await server.apply(PERCONA);
  for (const server of servers()) await server.untilReady({ timeoutMs: 120_000 });
});

test('the API server is away for a minute: all final states are there afterwards, and nobody stormed it', async () => {
  const [before, meanwhile] = [stage.subject('before'), stage.subject('meanwhile')];
  const pid = stage.provisioner.pid();
  const [edited] = servers() as [Subject];
  await before.apply(BASIC);
  await edited.apply({ ...PERCONA, ...withImage('before') });
  await stage.cluster.controls.stopApiServer();
  const awayMs = Date.now();
  await waited(AWAY_MS, awayMs);
  const away = stage.proxy.counts(awayMs);
  expect((await fetch(`${stage.provisioner.url}/healthz`)).status).toBe(200);

  await stage.cluster.controls.startApiServer();
  const backMs = Date.now();
  await meanwhile.apply(BASIC);
  await edited.apply({ ...PERCONA, ...withImage('after') });
  for (const server of [before, meanwhile, ...servers()]) await server.untilReady({ timeoutMs: 90_000 });
  await untilRuns(edited, 'after');
  const all = [before, meanwhile, ...servers()];
  await waitFor('nobody is told anything of the outage any more', async () => {
    const told = (await Promise.all(all.map((server) => server.get()))).flatMap(conditionsOf);
    return told.every(({ status }) => status !== 'Unknown') && !told.some(({ reason }) => reason === 'Forbidden');
  });
  const sum = ({ list, watch, read, write }: typeof away): string =>
    `${list} lists, ${watch} watches, ${read} reads, ${write} writes`;
  tell(
    `API server away for ${AWAY_MS / 1_000} s: ${sum(away)}; then ${((Date.now() - backMs) / 1_000).toFixed(1)} s until all is well: ${sum(stage.proxy.counts(backMs))}`,
  );
  // Six quick ones per kind, then one in half the longest back-off at most.
  expect(away.list + away.watch).toBeLessThanOrEqual(LOOPS * (6 + AWAY_MS / (LONGEST_BACK_OFF_MS / 2)));
  // Looks that wait: 5 s, doubling, of five DittoServers.
  expect(away.read + away.write).toBeLessThanOrEqual(5 * 6 * 25);
  expect(stage.provisioner.pid()).toBe(pid);
  expect(stage.provisioner.isRunning()).toBe(true);
});

test("Percona's API is removed and put back: nothing of the servers is touched, and their databases are there again (W5)", async () => {
  const { admin } = stage.cluster;
  const { namespace } = stage;
  const statefulSets = await record<KubeObject>(stage.cluster, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    namespace,
  });
  const before = await Promise.all(servers().map((server) => server.statefulSet()));
  const revisions = await Promise.all(servers().map((server) => server.revisions()));
  const databases = await Promise.all(servers().map((server) => server.postgresCluster()));
  const definition = await admin.get<KubeObject & { readonly spec: object }>(CRD);
  const pid = stage.provisioner.pid();

  const removedMs = Date.now();
  await admin.delete(CRD);
  for (const server of servers()) {
    const told = { type: 'DatabaseReady', status: 'Unknown', reason: 'DatabaseAPIMissing' } as const;
    await server.untilTold(told, { timeoutMs: 30 * aSecond() });
  }
  tell(`Percona's API removed: told after ${Date.now() - removedMs} ms`);
  // As long as a person needs to put it back; watches and looks have met its absence several times by then.
  await waited(15_000, removedMs);
  expect(await Promise.all(servers().map(async (server) => (await server.statefulSet())?.metadata.uid))).toEqual(
    before.map((object) => object?.metadata.uid),
  );

  const { name, labels = {}, annotations = {} } = { ...definition?.metadata, name: CRD.name };
  await admin.create({
    ...definition,
    apiVersion: CRD.apiVersion,
    kind: CRD.kind,
    metadata: { name, labels, annotations },
  });
  await waitForCrd(admin, CRD.name);
  for (const server of servers()) {
    await waitFor(`${server.name} has a database again`, () => server.postgresCluster(), {
      timeoutMs: 90_000,
      seen: server.says,
    });
  }
  for (const server of servers()) await server.untilReady({ timeoutMs: 90_000 });
  const after = await Promise.all(servers().map((server) => server.postgresCluster()));
  expect(after.map((cluster) => cluster?.metadata.uid)).not.toEqual(databases.map((cluster) => cluster?.metadata.uid));

  const touched = servers().flatMap(({ names }) => statefulSets.versions(names.statefulSet).map(({ type }) => type));
  expect(touched.filter((type) => type !== 'MODIFIED')).toEqual([]);
  expect(await Promise.all(servers().map((server) => server.revisions()))).toEqual(revisions);
  expect(stage.provisioner.pid()).toBe(pid);
  statefulSets.stop();

  // They are seen: what happens to one is told.
  const [first] = servers() as [Subject];
  const cluster = await admin.get<PerconaPGCluster & KubeObject>(first.children.postgresCluster);
  await admin.delete({ ...PERCONA_PG_CLUSTER, namespace, name: cluster?.metadata.name ?? '' });
  await waitFor('a database that is deleted is noticed', async () => {
    const now = await first.postgresCluster();
    return now !== undefined && now.metadata.uid !== cluster?.metadata.uid;
  }, { timeoutMs: 60_000, seen: first.says }); // prettier-ignore
});

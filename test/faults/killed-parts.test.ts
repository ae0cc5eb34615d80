// kill -9 of Temporal, the API server, etcd and the provisioner in turn, while fifty DittoServers are provisioned: all become Ready, and nothing is
// made twice. A cluster of its own, since its parts go away here.
import { useStage } from '../cluster/support/stage.ts';
import type { Subject } from '../cluster/support/subject.ts';
import { seededRandom } from '../kit/random.ts';
import { tell } from '../kit/tell.ts';
import { pause, waitFor } from '../kit/wait-for.ts';
import { applyBatch, BATCHES, untilAllReady } from './support/fifty.ts';
import { madeCount, madeTwiceOrDeleted } from './support/made.ts';

const TEST_MS = 900_000;

const stage = useStage({ name: 'killed-parts', own: {} });

interface Part {
  readonly title: string;
  /** kill -9. */
  readonly kill: () => Promise<unknown>;
  readonly start: () => Promise<unknown>;
}

const PARTS: readonly Part[] = [
  {
    title: 'Temporal',
    kill: () => stage.cluster.controls.stopTemporal(),
    start: () => stage.cluster.controls.startTemporal(),
  },
  {
    title: 'the API server',
    kill: () => stage.cluster.controls.stopApiServer(),
    start: () => stage.cluster.controls.startApiServer(),
  },
  {
    title: 'etcd',
    kill: () => stage.cluster.controls.stopEtcd(),
    start: () => stage.cluster.controls.startEtcd(),
  },
  {
    title: 'the provisioner',
    kill: () => stage.provisioner.kill(),
    start: () => stage.provisioner.start(),
  },
];

/** Writes to Secrets that we generate, after the one that made each: a password that a pod has read must stay. */
const rewritten = (server: Subject): readonly string[] => {
  const { jwtSecret, adminSecret, operatorSecret } = server.names;
  const generated = [jwtSecret, adminSecret, operatorSecret];
  return server
    .writes()
    .filter(({ resource, verb, name = '' }) => resource === 'secrets' && generated.includes(name) && verb !== 'create')
    .map(({ verb, name }) => `${verb} ${name}`);
};

test('kill -9 of Temporal, the API server, etcd and the provisioner in turn while fifty DittoServers are provisioned: all Ready, nothing made twice', async () => {
  const random = seededRandom('killed parts');
  const servers: Subject[] = [];
  const kills: string[] = [];
  const beganMs = Date.now();
  for (let i = 0; i < BATCHES; i += 1) {
    servers.push(...(await applyBatch(stage, `fifty-${i + 1}`)));
    // Not a wait for something: the moment is what is tried.
    await pause(random.between(0, 1_500));
    const part = PARTS[i % PARTS.length];
    await part?.kill();
    await part?.start();
    kills.push(part?.title ?? '');
  }
  const lastMs = Date.now();
  await untilAllReady(servers);
  const seconds = (since: number): string => ((Date.now() - since) / 1_000).toFixed(1);
  const made = servers.reduce((total, server) => total + madeCount(server), 0);
  tell(`killed parts: ${kills.length} kills (${PARTS.map(({ title }) => title).join(', ')}, in turn) while ${servers.length} DittoServers were provisioned (${made} objects) in ${seconds(beganMs)} s, ${seconds(lastMs)} s of it after the last`); // prettier-ignore

  expect(servers).toHaveLength(50);
  expect(servers.flatMap(madeTwiceOrDeleted)).toEqual([]);
  expect(servers.flatMap(rewritten)).toEqual([]);
  for (const server of servers) {
    await waitFor(`${server.name} has one revision`, async () => (await server.revisions()) > 0);
    expect([server.name, await server.revisions()]).toEqual([server.name, 1]);
  }
}, TEST_MS); // prettier-ignore

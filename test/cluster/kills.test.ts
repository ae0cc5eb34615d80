// kill -9 of the provisioner after each single write of a calm run: it loses nothing, and nothing is made twice.
import { setTimeout as pause } from 'node:timers/promises';
import { PERCONA_PG_CLUSTER } from '../../src/api/names.ts';
import type { Write } from '../kit/audit.ts';
import type { KubeObject } from '../kit/kubernetes-types.ts';
import type { Provisioner } from '../kit/provisioner.ts';
import { distinct, record, type Recording } from './support/recording.ts';
import { useStage } from './support/stage.ts';
import { PERCONA, type Subject } from './support/subject.ts';

const stage = useStage({ name: 'kills', provisioner: false });

/** Provisioners that run at once: each kill costs up to 15 s of waiting, and little work. */
const AT_ONCE = 7;

const KINDS = {
  secrets: { apiVersion: 'v1', kind: 'Secret' },
  services: { apiVersion: 'v1', kind: 'Service' },
  configMaps: { apiVersion: 'v1', kind: 'ConfigMap' },
  pods: { apiVersion: 'v1', kind: 'Pod' },
  statefulSets: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  revisions: { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
  clusters: PERCONA_PG_CLUSTER,
} as const;

type Recorded = KubeObject & { readonly data?: unknown };
let recordings: readonly (readonly [string, Recording<Recorded>])[];

beforeAll(async () => {
  recordings = await Promise.all(
    Object.entries(KINDS).map(async ([title, kind]) => [title, await record<Recorded>(stage.cluster, kind)] as const),
  );
});
afterAll(() => {
  for (const [, recording] of recordings) recording.stop();
});

interface Trial {
  readonly server: Subject;
  readonly provisioner: Provisioner;
}

/** A namespace of its own with a provisioner of its own, and a DittoServer that was just applied. */
async function begin(name: string): Promise<Trial> {
  const namespace = await stage.another(name);
  const provisioner = await stage.start({ name, watchNamespaces: namespace, env: { INSTALLATION: namespace } });
  const server = stage.subject('files', namespace);
  await server.apply(PERCONA);
  return { server, provisioner };
}

const described = ({ verb, resource, subresource, name }: Write): string =>
  `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`} ${name}`;

/** What was ever made in the namespace of a DittoServer, without the random parts of names, each as often as it was made. */
function madeIn({ namespace }: Subject): readonly string[] {
  const made = recordings.flatMap(([title, recording]) =>
    recording
      .all()
      .filter(({ type, object }) => type === 'ADDED' && object.metadata.namespace === namespace)
      .map(({ object }) => `${title}: ${object.metadata.name}`),
  );
  return made
    .map((line) => line.replace(/instance1-[a-z0-9]{4}/, 'instance1-xxxx').replace(/-[a-f0-9]{8,10}$/, '-hash'))
    .sort();
}

/** Every content that the Secrets which we generate have ever had. */
function generatedValues({ namespace, names }: Subject): readonly string[] {
  const secrets = recordings.find(([title]) => title === 'secrets')?.[1];
  return [names.jwtSecret, names.adminSecret].flatMap((name) =>
    distinct(
      (secrets?.versions(name) ?? [])
        .filter(({ object }) => object.metadata.namespace === namespace)
        .map(({ object }) => JSON.stringify(object.data)),
    ),
  );
}

/** Kills as soon as the audit log shows the k-th write; true when there was one before the DittoServer was ready. */
async function killAfter(k: number, { server, provisioner }: Trial): Promise<boolean> {
  for (;;) {
    if (server.writes().length >= k) break;
    if (!provisioner.isRunning()) throw new Error(`The provisioner ended by itself: see ${provisioner.logFile}`);
    if (isReady(await server.get())) return false;
    await pause(1);
  }
  await provisioner.kill();
  return true;
}

function isReady(server: Awaited<ReturnType<Subject['get']>>): boolean {
  return server?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

interface Outcome {
  readonly afterWrite: number;
  readonly killed: boolean;
  readonly made: readonly string[];
  readonly generated: number;
}

async function liveThroughKill(k: number): Promise<Outcome> {
  const trial = await begin(`kill-${k}`);
  const { server, provisioner } = trial;
  try {
    const killed = await killAfter(k, trial);
    await provisioner.start();
    await server.untilReady({ timeoutMs: 90_000 });
    await server.untilQuiet();
    return { afterWrite: k, killed, made: madeIn(server), generated: generatedValues(server).length };
  } finally {
    await provisioner.stop();
    await stage.clear(server.namespace);
  }
}

test('kill -9 after each write of a calm run: Ready in the end, and every object made exactly once', async () => {
  const calm = await begin('calm');
  await calm.server.untilReady();
  await calm.server.untilQuiet();
  const list = calm.server.writes().map((write) => described(write));
  const made = madeIn(calm.server);
  await calm.provisioner.stop();
  await stage.clear(calm.server.namespace);
  expect(list.length).toBeGreaterThan(8);
  expect(generatedValues(calm.server)).toHaveLength(2);
  expect(made).toEqual([...new Set(made)]);

  const outcomes: Outcome[] = [];
  const todo = list.map((_, index) => index + 1);
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let k = todo.shift(); k !== undefined; k = todo.shift()) outcomes.push(await liveThroughKill(k));
  });
  await Promise.all(workers);

  const told = outcomes.sort((a, b) => a.afterWrite - b.afterWrite);
  expect(
    told.map(({ afterWrite, made: those, generated }) => ({ after: list[afterWrite - 1], made: those, generated })),
  ).toEqual(list.map((after) => ({ after, made, generated: 2 })));
  // Writes that a run has more or less are those of status: all but a few kills must have come in the middle.
  expect(told.filter(({ killed }) => killed).length).toBeGreaterThanOrEqual(list.length - 3);
});

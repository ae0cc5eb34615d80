// The tour: every story calm, then every story under each of its plans, on lanes that run side by side.
import type { Stage } from '../../cluster/support/stage.ts';
import { tell } from '../../kit/tell.ts';
import { startLane, type Lane, type LaneForm } from './lane.ts';
import { plansFor, type PlacedPlan } from './plans.ts';
import { runCalm, runUnder, type Ending, type Reference } from './run-story.ts';
import type { Scene, Story } from './stories.ts';

/** Side by side; more would only wait for the machine. */
const LANES: readonly LaneForm[] = ['one', 'one', 'one', 'one', 'split'];

/** One plan that ran. */
export interface Outcome extends Ending {
  readonly story: Story;
  readonly title: string;
  readonly tookMs: number;
}

export interface Tour {
  /** Of every story's calm run. */
  readonly calm: ReadonlyMap<Story, Reference>;
  readonly outcomes: readonly Outcome[];
  /** Namespaces in which provisioners wrote. */
  readonly namespaces: readonly string[];
  /** Writes that reached the API server through the lanes' proxies and were carried out, leases aside. */
  readonly booked: number;
}

interface Trial {
  readonly story: Story;
  readonly scene: Scene;
  readonly plan: PlacedPlan;
}

interface Lanes {
  /** The next lane of that form. */
  readonly next: (form: LaneForm) => Lane;
  readonly all: readonly Lane[];
}

async function startLanes(stage: Stage): Promise<Lanes> {
  const started = await Promise.all(LANES.map((form, i) => startLane(stage, `lane-${i + 1}`, form)));
  const turns = { one: 0, split: 0 };
  return {
    all: started,
    next(form) {
      const fitting = started.filter((_, i) => LANES[i] === form);
      const lane = fitting[(turns[form] += 1) % fitting.length];
      if (!lane) throw new Error(`There is no lane of the form ${form}.`);
      return lane;
    },
  };
}

/** Makes scenes; one story that begins as it ends has the same subject again on the same lane. */
function sceneMaker(stage: Stage, stories: readonly Story[]) {
  const namespaces = new Set<string>();
  let serial = 0;
  const make = async (lane: Lane, story: Story): Promise<Scene> => {
    serial += 1;
    const [mine, token] = [serial, `token-${serial}-`];
    const namespace = story.form === 'away' ? await stage.another('away') : lane.namespace;
    namespaces.add(namespace);
    const name = `s${stories.indexOf(story)}-${story.form === 'again' ? 'again' : mine}`;
    return { cluster: stage.cluster, lane, subject: stage.subject(name, namespace), token };
  };
  return { make, namespaces };
}

/** Takes away what no later run needs: databases that stand keep Percona's operator busy, and restarts look at every DittoServer. */
async function clear(stage: Stage, { form }: Story, { subject, cluster }: Scene): Promise<void> {
  if (form === 'again') return;
  await subject.delete();
  await cluster.admin.delete(subject.children.postgresCluster);
  if (form === 'away') await stage.clear(subject.namespace);
}

const idOf = ({ subject }: Scene): string => `${subject.namespace}/${subject.name}`;

/** Lets every scene's lane do its own, one after the other, and the lanes side by side. */
async function onLanes<T extends { readonly scene: Scene }>(
  { all }: Lanes,
  tasks: readonly T[],
  run: (task: T) => Promise<void>,
): Promise<void> {
  await Promise.all(
    all.map(async (lane) => {
      for (const task of tasks.filter(({ scene }) => scene.lane === lane)) await run(task);
    }),
  );
}

async function timed(run: () => Promise<Ending>): Promise<Ending & Pick<Outcome, 'tookMs'>> {
  const beganMs = Date.now();
  const ending = await run().catch((error: unknown) => ({ hasMet: false, wrong: [String(error)] }));
  return { tookMs: Date.now() - beganMs, ...ending };
}

async function goOn(stage: Stage, lanes: Lanes, stories: readonly Story[]): Promise<Tour> {
  const { make, namespaces } = sceneMaker(stage, stories);
  const standing = new Set<string>();
  /** Once per subject. */
  const prepare = async (tasks: readonly { readonly story: Story; readonly scene: Scene }[]): Promise<void> => {
    const fresh = tasks.filter(({ scene }) => !standing.has(idOf(scene)) && standing.add(idOf(scene)));
    await Promise.all(fresh.map(({ story, scene }) => story.prepare(scene)));
  };

  const calm = new Map<Story, Reference>();
  const firsts = await Promise.all(stories.map(async (story) => ({ story, scene: await make(lanes.next('one'), story) }))); // prettier-ignore
  await prepare(firsts);
  await onLanes(lanes, firsts, async ({ story, scene }) => {
    calm.set(story, await runCalm(story, scene));
    await clear(stage, story, scene);
  });

  await Promise.all(lanes.all.map((lane) => lane.home()));
  const trials: Trial[] = [];
  for (const [index, story] of stories.entries()) {
    const reference = calm.get(story);
    for (const plan of reference ? plansFor(reference, index) : [])
      trials.push({ story, plan, scene: await make(lanes.next(plan.form), story) });
  }
  const outcomes: Outcome[] = [];
  // Story by story, so that only what is needed stands: each restart looks at all of it.
  for (const story of stories) {
    const own = trials.filter((trial) => trial.story === story);
    await prepare(own);
    await onLanes(lanes, own, async ({ scene, plan }) => {
      const reference = calm.get(story);
      if (!reference) return;
      outcomes.push({ story, title: plan.title, ...(await timed(() => runUnder(story, scene, plan, reference))) });
      await clear(stage, story, scene);
    });
    tell(`stories: ${outcomes.length} of ${trials.length} plans ran, with "${story.title}"`);
  }
  const booked = lanes.all
    .flatMap(({ proxy }) => proxy.writes())
    .filter(({ resource, code, namespace = '' }) => resource !== 'leases' && code < 300 && namespaces.has(namespace));
  return { calm, outcomes, namespaces: [...namespaces], booked: booked.length };
}

/** Runs all of it; the lanes are gone afterwards. */
export async function tour(stage: Stage, stories: readonly Story[]): Promise<Tour> {
  const lanes = await startLanes(stage);
  try {
    return await goOn(stage, lanes, stories);
  } finally {
    await Promise.all(lanes.all.map((lane) => lane.stop()));
  }
}

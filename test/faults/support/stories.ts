// What users do to DittoServers, as stories that can be run again and again under faults: what is there before, what happens, and what everybody
// waits for in the end.
import type { DittoServerSpec } from '../../../src/api/generated/ditto-server.ts';
import { ANNOTATIONS } from '../../../src/api/names.ts';
import { PREDECESSOR_FINALIZER } from '../../../src/api/predecessor.ts';
import { BASIC, PERCONA, type Subject } from '../../cluster/support/subject.ts';
import type { Cluster } from '../../kit/cluster.ts';
import { goOperatorStandIn } from '../../kit/go-operator-stand-in.ts';
import { waitFor } from '../../kit/wait-for.ts';
import type { Lane } from './lane.ts';

/** Generous: the machine may be busy, and what was killed has to come back first. */
const PATIENCE = { timeoutMs: 120_000, everyMs: 400 } as const;

export interface Scene {
  readonly cluster: Cluster;
  readonly lane: Lane;
  readonly subject: Subject;
  /** Of this run alone: what it writes where any text will do. */
  readonly token: string;
}

export interface Story {
  readonly title: string;
  /**
   * `again`: it ends as it began, so that one DittoServer serves for many runs. `away`: prepared in a namespace of its own without a
   * provisioner, which the act starts.
   */
  readonly form: 'once' | 'again' | 'away';
  /** It makes a whole DittoServer: then whatever was ever made for it, and each content of its Secrets, is compared too. */
  readonly makesAll?: true;
  /** A change that somebody else makes too, so that it is ours or theirs, whoever comes first; as run-story.ts names it. */
  readonly shared?: string;
  readonly prepare: (scene: Scene) => Promise<unknown>;
  /** Does it, and waits for its outcome. */
  readonly act: (scene: Scene) => Promise<unknown>;
}

const ready = ({ subject }: Pick<Scene, 'subject'>): Promise<unknown> => subject.untilReady(PATIENCE);

/** Applied, and Ready. */
const standing = (spec: DittoServerSpec) => async (scene: Scene) => {
  await scene.subject.apply(spec);
  await ready(scene);
};

const withPolicy = (deletionPolicy: 'Delete' | 'Retain' | 'DeleteWithData') =>
  ({ ...PERCONA, percona: { ...PERCONA.percona, deletionPolicy } }) as const;

const deletion = (policy: 'Delete' | 'Retain' | 'DeleteWithData'): Story => ({
  title: `delete with policy ${policy}`,
  form: 'once',
  prepare: standing(withPolicy(policy)),
  async act({ subject }) {
    await subject.delete();
    await subject.untilGone(PATIENCE);
    const hasEnded = async (): Promise<boolean> => (await subject.workflow().describe()).status.name === 'COMPLETED';
    await waitFor(`the workflow of ${subject.name} has told what is left`, hasEnded, PATIENCE);
  },
  // Percona's operator takes it along with the cluster, in its own time.
  ...(policy === 'DeleteWithData' && { shared: 'delete secrets (name)-postgres-pguser-dittofs' }),
});

/** Waits until it has as many pods that are ready, of which none is the earlier one. */
async function untilPods({ subject }: Scene, wanted: 0 | 1, earlier?: string): Promise<void> {
  const isSo = async (): Promise<boolean> => {
    const pod = await subject.pod();
    if (wanted === 0) return pod === undefined;
    const isReady = pod?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
    return isReady && pod?.metadata.uid !== earlier;
  };
  await waitFor(`${subject.name} has ${wanted} new pods`, isSo, { ...PATIENCE, seen: subject.says });
}

const scaled = (replicas: 0 | 1) => ({ ...BASIC, replicas });

export const STORIES: readonly Story[] = [
  {
    title: 'create with a database',
    form: 'once',
    makesAll: true,
    prepare: () => Promise.resolve(),
    act: standing(PERCONA),
  },
  {
    title: 'rotate the database password',
    form: 'again',
    prepare: standing(PERCONA),
    async act(scene) {
      const { cluster, subject, token } = scene;
      const before = await subject.pod();
      await cluster.admin.patch(subject.ref, { metadata: { annotations: { [ANNOTATIONS.rotatePassword]: token } } });
      await untilPods(scene, 1, before?.metadata.uid);
      await ready(scene);
    },
  },
  {
    title: 'scale to 0 and back',
    form: 'again',
    prepare: standing(BASIC),
    async act(scene) {
      await scene.subject.apply(scaled(0));
      await untilPods(scene, 0);
      await scene.subject.untilTold({ type: 'Available', reason: 'Stopped' }, PATIENCE);
      await scene.subject.apply(scaled(1));
      await untilPods(scene, 1);
      await ready(scene);
    },
  },
  deletion('Delete'),
  deletion('Retain'),
  deletion('DeleteWithData'),
  {
    title: 'delete and create the same name again',
    form: 'again',
    prepare: standing(withPolicy('Retain')),
    async act(scene) {
      const { subject } = scene;
      await subject.delete();
      await subject.untilGone(PATIENCE);
      await standing(withPolicy('Retain'))(scene);
    },
  },
  {
    title: 'take-over from the Go operator',
    form: 'away',
    async prepare({ cluster, subject }) {
      await subject.apply(BASIC);
      const go = goOperatorStandIn(cluster.admin, subject);
      await go.serve();
      await go.backdate();
    },
    async act(scene) {
      const { lane, subject } = scene;
      await lane.serve(subject.namespace);
      const isTaken = async (): Promise<boolean> => {
        const { metadata, status } = (await subject.get()) ?? {};
        const waits = status?.conditions?.some(({ type }) => type === 'TakenOver') ?? false;
        return metadata !== undefined && !waits && !metadata.finalizers?.includes(PREDECESSOR_FINALIZER);
      };
      await waitFor(`${subject.name} is taken over`, isTaken, { ...PATIENCE, seen: subject.says });
      await ready(scene);
    },
  },
];

// One DittoServer's world: an API server in memory, the provisioner's activities over it, and the workflow that serves it.
import type { WorkflowHandle } from '@temporalio/client';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  createActivities,
  createSlots,
  UNKNOWN_STEP,
  type Activity,
  type ActivityName,
} from '../../activities/index.ts';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import type { Condition } from '../../src/api/kubernetes.ts';
import { STEP_NAMES, type Target, type Verdict } from '../../src/api/verdict.ts';
import { createSessions, dittoFsOver } from '../../src/dittofs/index.ts';
import type { EventToRecord } from '../../src/kube/index.ts';
import { DEFAULT_SETTINGS } from '../../src/requirements/settings.ts';
import { temporalEngine } from '../../src/watcher/engine.ts';
import { reconcileNow, state, workflowId, type Nudge, type State } from '../../workflows/messages.ts';
import { createDittoFsStandIn, transportTo } from '../kit/dittofs-stand-in.ts';
import { createKubeStandIn, type AnyObject, type CallRecord, type KubeStandIn } from './kube-stand-in.ts';
import { CLUSTER, virtualNow, type Lane } from './lane.ts';

type StoredServer = AnyObject & DittoServer;

export interface World {
  readonly lane: Lane;
  readonly kube: KubeStandIn;
  readonly target: Target;
  readonly id: string;
  /** Events that users would see on the DittoServer. */
  readonly events: readonly EventToRecord[];
  /** Activities in the order in which they began; a look that is taken again counts again. */
  readonly activities: readonly ActivityName[];
  /** Errors of activities that are faults of ours: what is no KubeError. */
  readonly faults: readonly string[];
  /** Every run that was seen, for looking at its history. */
  readonly runIds: ReadonlySet<string>;
  /** Runs when an activity has done its work and has not returned yet; what it throws becomes the outcome. */
  onActivity(hook: (name: ActivityName, verdict: Verdict) => Promise<void>): void;
  /** Puts another verdict in the place of an activity's own, as another version of the rules would. */
  judgeOtherwise(rules: (name: ActivityName, verdict: Verdict) => Verdict): void;
  handle(): WorkflowHandle;
  /** The DittoServer as it is stored. */
  server(): StoredServer;
  condition(type: string): Condition | undefined;
  /** Changes that the workflow has not been told of yet. */
  untold(): number;
  /** Tells what changed since the last time, as the watcher does: echoes of the provisioner's own writes come along. */
  tell(): Promise<void>;
  /** A nudge as the watcher sends it. */
  signal(message: Nudge): Promise<void>;
  /** One without objects, which always wakes. */
  nudge(): Promise<void>;
  /** Starts the workflow if it does not run, as the watcher's audit does. */
  ensure(): Promise<void>;
  settle(): Promise<void>;
  skip(ms: number): Promise<void>;
  state(): Promise<State>;
  reconcileNow(): Promise<State>;
  /** Writes of the provisioner that changed something. */
  writes(which?: Partial<CallRecord>): readonly CallRecord[];
}

/** Echoes answer echoes only if something is wrong; then a test must not run for ever. */
const MAX_ECHOES = 5;

function isLike(record: CallRecord, which: Partial<CallRecord>): boolean {
  return Object.entries(which).every(([key, value]) => record[key as keyof CallRecord] === value);
}

export interface WorldOptions {
  /** False where letting time pass would disturb other tests. */
  readonly maySkip: boolean;
}

/** A world whose DittoServer is called `files`. */
export function createWorld(lane: Lane, { maySkip }: WorldOptions): World {
  const name = 'files';
  const namespace = `ns-${randomUUID().slice(0, 8)}`;
  const { server, installation } = lane;
  const target: Target = { cluster: CLUSTER, installation, namespace, name };
  const id = workflowId(target);
  const kube = createKubeStandIn(namespace);
  const events: EventToRecord[] = [];
  const begun: ActivityName[] = [];
  let hook: Parameters<World['onActivity']>[0] | undefined;
  let rules: Parameters<World['judgeOtherwise']>[0] = (_, verdict) => verdict;
  const runIds = new Set<string>();
  const faults: string[] = [];
  const engine = temporalEngine(server.client);
  let news = new Map<string, string>();

  kube.after(({ metadata }, _manager, verb) => {
    news.set(metadata.uid, verb === 'delete' ? 'gone' : metadata.resourceVersion);
  });

  const dittofs = createDittoFsStandIn();
  const real = createActivities({
    kube: kube.kube,
    record: (event) => Promise.resolve(events.push(event) > 0),
    self: { cluster: CLUSTER, installation },
    settings: DEFAULT_SETTINGS,
    clusterDomain: 'cluster.local',
    dittofs: dittoFsOver(transportTo(dittofs)),
    sessions: createSessions(virtualNow),
    tryLogin: () => Promise.resolve({ outcome: 'accepted' }),
    slots: createSlots(),
    now: virtualNow,
    randomBytes,
    decorated: () => true,
    log: { info: () => undefined, warn: () => undefined },
  });
  const noteFault = (error: unknown): never => {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    throw error;
  };
  const counted = (activity: ActivityName): Activity => {
    return async (input) => {
      begun.push(activity);
      const verdict = await real[activity](input).catch(noteFault);
      await hook?.(activity, verdict);
      return rules(activity, verdict);
    };
  };
  const names = ['look', ...STEP_NAMES, UNKNOWN_STEP] as const;
  lane.serve(namespace, Object.fromEntries(names.map((each) => [each, counted(each)])) as typeof real);

  const handle = (): WorkflowHandle => server.client.workflow.getHandle(id);
  const note = ({ runId }: { readonly runId: string }): void => void runIds.add(runId);
  const settle = async (): Promise<void> => note(await server.settle(id));
  const signal = async (message: Nudge): Promise<void> => {
    await engine.nudge(target, message);
    await settle();
  };
  const found = (): StoredServer => kube.find('DittoServer', name) as StoredServer;

  return {
    lane,
    kube,
    target,
    id,
    events,
    activities: begun,
    faults,
    runIds,
    onActivity: (added) => void (hook = added),
    judgeOtherwise: (other) => void (rules = other),
    handle,
    server: found,
    condition: (type) => found().status?.conditions?.find((condition) => condition.type === type), // prettier-ignore
    untold: () => news.size,
    async tell() {
      for (let echoes = 0; news.size > 0 && echoes < MAX_ECHOES; echoes += 1) {
        const objects = [...news].map(([uid, version]) => ({ uid, version }));
        news = new Map();
        await signal({ objects });
      }
    },
    signal,
    nudge: () => signal({ objects: [] }),
    async ensure() {
      await engine.ensure(target);
      await settle();
    },
    settle,
    async skip(ms) {
      if (!maySkip) throw new Error('declare the test with { skips: true }');
      await server.skip([id], ms);
      await settle();
    },
    state: () => handle().query(state),
    reconcileNow: () => handle().executeUpdate(reconcileNow),
    writes: (which = {}) => kube.calls.filter((record) => record.changed && isLike(record, which)),
  };
}

/** Lets time pass for worlds side by side: on a server with one clock only once. */
export async function skipTogether(worlds: readonly World[], ms: number): Promise<void> {
  const [first] = worlds;
  await first?.lane.server.skip(
    worlds.map(({ id }) => id),
    ms,
  );
  await Promise.all(worlds.map((world) => world.settle()));
}

/** Terminates the run if there is one, when it has come to rest. */
export async function endRun(world: World): Promise<void> {
  await world.settle().catch(() => undefined);
  await world.handle().terminate('the test is over').catch(() => undefined); // prettier-ignore
}

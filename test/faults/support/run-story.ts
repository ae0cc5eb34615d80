// Runs a story under one fault and tells what came of it: what it left, which writes changed something, and whether any met the wrong object.
import type { FaultyCall } from '../../kit/fault-proxy-stand-in.ts';
import { addressOf, type Address, type LedgerEntry } from '../../kit/fault-proxy-ledger-stand-in.ts';
import { waitFor } from '../../kit/wait-for.ts';
import type { Subject } from '../../cluster/support/subject.ts';
import { beginningOf, differences, endStateOf, isCollected, type EndState } from './end-state.ts';
import type { Lane } from './lane.ts';
import type { Scene, Story } from './stories.ts';

/** What is done to a run. */
export interface Plan {
  readonly title: string;
  /** Begins it; what it returns ends it, and says how often it has hit. */
  readonly begin: (lane: Lane, subject: Subject) => { readonly hits: () => number; readonly end: () => unknown };
  /** Whether a run that it does not hit is no failure: writes of status, and what is repeated by the clock, come or do not. */
  readonly mayMiss?: boolean;
}

/** What came of a run under a plan. */
export interface Ending {
  /** Whether the fault met the write or the call that it aims at. */
  readonly hasMet: boolean;
  /** One line for each thing that is not as in the calm run. */
  readonly wrong: readonly string[];
}

/** What a calm run did. */
export interface Reference {
  /** Every write, in order; `key (n)` for the n-th of its kind. */
  readonly writes: readonly NthWrite[];
  /** What changed something, without status and events, sorted. */
  readonly changes: readonly string[];
  readonly endState: EndState;
  /** Everything that was ever made for it, where the story makes it. */
  readonly made: readonly string[];
}

/** The n-th write of that address, from 1. */
export interface NthWrite {
  readonly key: string;
  readonly nth: number;
  /** Whether another run may be without it: status and events come or do not, and what others do too. */
  readonly mayMiss: boolean;
}

/** The same for all runs: without the subject's name, and without the digest in the name of an event. */
function keyOf({ verb, resource, subresource, name, reason }: Address, subject: Subject): string {
  const of = resource === 'events' ? (reason ?? 'again') : name.replace(subject.name, '(name)');
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`} ${of}`;
}

/** Status and events: told, not done. */
const isTold = ({ resource, subresource }: Address): boolean => resource === 'events' || subresource === 'status';

const isOf = ({ namespace, owns }: Subject, address: Address): boolean =>
  address.resource !== 'leases' && address.namespace === namespace && owns(address.name);

/** Matches the writes of one subject to one address. */
export function writeOf(subject: Subject, key: string): (call: FaultyCall) => boolean {
  return (call) => {
    if (call.kind !== 'write') return false;
    const address = addressOf(call);
    return isOf(subject, address) && keyOf(address, subject) === key;
  };
}

/** A write that does not say which object it means, or that changed one of another DittoServer of that name. */
function strays(writes: readonly LedgerEntry[], uids: readonly (string | undefined)[], subject: Subject) {
  const [last] = uids;
  return writes.flatMap((write) => {
    const key = keyOf(write, subject);
    if (!write.changed || write.resource === 'events') return [];
    if (!write.fenced) return [`${key} does not say which object it means`];
    const named = write.resource === 'dittoservers' ? write.uid : write.owner;
    return named === undefined || uids.includes(named) ? [] : [`${key} met an object of ${named} in place of ${last}`];
  });
}

interface Run {
  readonly writes: readonly LedgerEntry[];
  readonly endState: () => Promise<EndState>;
  readonly strays: readonly string[];
  readonly hits: number;
}

/** @param first uid of the DittoServer when the story began */
async function untilQuiet({ subject, lane, cluster }: Scene, first: string | undefined): Promise<void> {
  await lane.back();
  const last = (await subject.get())?.metadata.uid;
  if (last !== undefined) await subject.untilQuiet();
  if (first === undefined || first === last) return;
  const isGone = (): Promise<boolean> => isCollected(cluster.admin, subject, first);
  await waitFor(`what belonged to the deleted ${subject.name} is collected`, isGone, {
    timeoutMs: 90_000,
    everyMs: 400,
  });
}

async function run(story: Story, scene: Scene, plan: Plan | undefined): Promise<Run> {
  const { lane, subject, cluster, token } = scene;
  const { proxy } = lane;
  const beginning = await beginningOf(cluster.admin, subject);
  const first = (await subject.get())?.metadata.uid;
  const from = proxy.writes().length;
  const fault = plan?.begin(lane, subject);
  try {
    await story.act(scene);
    await untilQuiet(scene, first);
  } finally {
    await fault?.end();
  }
  const writes = proxy
    .writes()
    .slice(from)
    .filter((write) => isOf(subject, write));
  const last = (await subject.get())?.metadata.uid;
  return {
    writes,
    endState: () => endStateOf(cluster.admin, subject, { beginning, token }),
    strays: strays(writes, [last, first], subject),
    hits: fault?.hits() ?? 0,
  };
}

const changesIn = (writes: readonly LedgerEntry[], { shared }: Story, { subject }: Scene): readonly string[] =>
  writes.filter((write) => write.changed && !isTold(write)).map((write) => keyOf(write, subject)).filter((key) => key !== shared).sort(); // prettier-ignore

/** What was ever made for it, by us and by Kubernetes' controllers. */
const madeIn = ({ makesAll }: Story, { lane, subject }: Scene): readonly string[] =>
  makesAll ? lane.ever.madeByUs(subject) : [];

/** Secrets that we generate and that have had more than one content, or none. */
const rewritten = ({ makesAll }: Story, { lane, subject }: Scene): readonly string[] =>
  makesAll ? lane.ever.contents(subject).filter((count) => count !== 1).map((count) => `a generated Secret has had ${count} contents`) : []; // prettier-ignore

/** Runs it without a fault. */
export async function runCalm(story: Story, scene: Scene): Promise<Reference> {
  const { writes, endState, strays: found } = await run(story, scene, undefined);
  if (found.length > 0) throw new Error(`A calm run writes astray: ${found.join('; ')}`);
  const met = new Map<string, number>();
  return {
    writes: writes.map((write) => {
      const key = keyOf(write, scene.subject);
      met.set(key, (met.get(key) ?? 0) + 1);
      return { key, nth: met.get(key) ?? 1, mayMiss: isTold(write) || key === story.shared };
    }),
    changes: changesIn(writes, story, scene),
    endState: await endState(),
    made: madeIn(story, scene),
  };
}

/** What is in one list and not in the other, each as often as it is. */
function surplus(of: readonly string[], over: readonly string[]): readonly string[] {
  const rest = [...over];
  return of.filter((one) => {
    const at = rest.indexOf(one);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Runs it under a fault. */
export async function runUnder(story: Story, scene: Scene, plan: Plan, calm: Reference): Promise<Ending> {
  const { writes, endState, strays: found, hits } = await run(story, scene, plan);
  const changes = changesIn(writes, story, scene);
  let left = differences(await endState(), calm.endState);
  // Others may be on their way still: the StatefulSet's controller, Percona's operator.
  const isSame = async (): Promise<boolean> => (left = differences(await endState(), calm.endState)).length === 0;
  if (left.length > 0)
    await waitFor('the same end', isSame, { timeoutMs: 20_000, everyMs: 500 }).catch(() => undefined);
  const wrong = [
    ...(hits === 0 && !plan.mayMiss ? ['the fault met nothing'] : []),
    ...surplus(changes, calm.changes).map((key) => `changed once more than in a calm run: ${key}`),
    ...surplus(calm.changes, changes).map((key) => `changed in a calm run only: ${key}`),
    ...surplus(madeIn(story, scene), calm.made).map((object) => `made once more than in a calm run: ${object}`),
    ...surplus(calm.made, madeIn(story, scene)).map((object) => `made in a calm run only: ${object}`),
    ...rewritten(story, scene),
    ...found,
    ...left,
  ];
  return { hasMet: hits > 0, wrong };
}

// What is due to the StatefulSet. A new hash restarts its pods and needs a ready database; whatever the database does, the
// StatefulSet is kept up with the hash that it has.
import { fingerprint } from '../api/fingerprint.ts';
import { names } from '../api/names.ts';
import { valueOf, type Facts, type StatefulSetFact } from './facts.ts';
import { isOfAnotherVersion, isTemplateDue } from './template.ts';

/** How the StatefulSet is to be written. `scale` leaves the template as it is, and so does `own`, which only makes it ours. */
export type StatefulSetPlan =
  /** Without a hash: the one that is known once the generated Secrets are made, in the same step. */
  | { readonly mode: 'apply'; readonly hash: string | undefined }
  | { readonly mode: 'scale' }
  | { readonly mode: 'own' }
  /** It is gone, and its pod runs on: it is put back with the template that it had. */
  | { readonly mode: 'restore' };

/** The name under which the workflow remembers the StatefulSet. */
export const statefulSetChild = (server: string): string => `StatefulSet/${names(server).statefulSet}`;

/** Ours, or left without an owner by an earlier DittoServer of this name: its template bears our mark, which nobody has by accident. */
export const isTakable = ({ ownership, configHash }: StatefulSetFact): boolean =>
  ownership === 'ours' || (ownership === 'former' && configHash !== '');

/**
 * Whether its controller has seen the present template. More than the present generation is seen too, and stays for good: the controller
 * sometimes writes the status of a StatefulSet that was just deleted to the one made again under its name (kube-controller-manager 1.36.3).
 * After that, the next template counts as seen until the controller has seen it: for a moment the pod of the template before is taken for
 * one of the present. What must not be wrong then asks the pod (activities/rollout.ts).
 */
export const isSeen = ({ observedGeneration, generation }: StatefulSetFact): boolean =>
  observedGeneration >= generation;

/** Replicas that the DittoServer asks for; what else may be stored there is refused by specValid. */
export const wantedReplicas = ({ server }: Facts): 0 | 1 => (server.spec?.replicas === 0 ? 0 : 1);

/** The hash of what the pods should have; undefined when it cannot be known. */
export const wantedHash = ({ configHash }: Facts): string | undefined =>
  configHash.state === 'computed' ? configHash.hash : undefined;

/**
 * The hash of what the pods have. A template of the Go operator stands for the inputs with which it was taken over, unless the server in it
 * is to run on another database than it does: then it stands for nothing that could be asked for.
 *
 * @returns undefined while that is not recorded: nothing follows from it
 */
export function standingHash({ server }: Facts, live: StatefulSetFact): string | undefined {
  const { configHash, predecessor, onPostgres } = live;
  if (!predecessor) return configHash;
  const onOther = server.spec?.percona?.enabled === true && !onPostgres;
  return onOther ? '' : predecessor.inputs;
}

/** Whether the pods should have another configuration than they have, as far as can be known. */
export function isNewHash(facts: Facts, live: StatefulSetFact): boolean {
  const standing = standingHash(facts, live);
  return facts.configHash.state === 'computed' && standing !== undefined && standing !== facts.configHash.hash;
}

/** Whether what stands is what was applied last. */
function isCurrent(facts: Facts, live: StatefulSetFact, hash: string): boolean {
  const mark = fingerprint(live.uid, live.ownedFields, `${facts.statefulSetIntent}/${hash}`);
  return facts.memory.applied[statefulSetChild(facts.server.metadata.name)] === mark;
}

/** One that is gone comes back at once with the hash that it had, and for the first time when a new hash may go ahead. */
function planForAbsent(facts: Facts, mayRoll: boolean): StatefulSetPlan | undefined {
  if (mayRoll && facts.configHash.state !== 'incomplete') return { mode: 'apply', hash: wantedHash(facts) };
  const hadHash = facts.server.status?.configHash;
  return hadHash ? { mode: 'apply', hash: hadHash } : undefined;
}

const isScaled = (facts: Facts, { replicas }: StatefulSetFact): boolean => replicas === wantedReplicas(facts);

function planForLive(facts: Facts, live: StatefulSetFact, mayRoll: boolean): StatefulSetPlan | undefined {
  const hash = wantedHash(facts);
  const isNew = isNewHash(facts, live);
  const isRoll = isNew || isOfAnotherVersion(facts, live);
  const isKept = isRoll && !(mayRoll && (isNew || isTemplateDue(facts, live)));
  if (hash === undefined || isKept) return isScaled(facts, live) ? undefined : { mode: 'scale' };
  return !isRoll && isCurrent(facts, live, hash) ? undefined : { mode: 'apply', hash };
}

/** What the step should do now; undefined when nothing is due, or a new hash is held back and nothing else is to be done. */
export function planStatefulSet(facts: Facts, mayRoll: boolean): StatefulSetPlan | undefined {
  const live = valueOf(facts.statefulSet);
  if (valueOf(facts.leftTemplate)) return { mode: 'restore' };
  // First ours, then what is due to it: whatever that is, and however long it is held back, its pod runs on.
  if (live && live.ownership !== 'ours') return { mode: 'own' };
  return live ? planForLive(facts, live, mayRoll) : planForAbsent(facts, mayRoll);
}

// The StatefulSet, with what of the foundation is due beside it.
import type { KubeObject, Stored } from '../src/api/kubernetes.ts';
import { configMap, controllerReference, statefulSet } from '../src/manifests/index.ts';
import { ABSENT, known, valueOf, type Facts } from '../src/requirements/facts.ts';
import { mayRoll } from '../src/requirements/stateful-set-applied.ts';
import {
  planStatefulSet,
  statefulSetChild,
  wantedReplicas,
  type StatefulSetPlan,
} from '../src/requirements/stateful-set-plan.ts';
import { StaleFacts } from './failure.ts';
import { MADE_AGAIN, markOf, withWritten } from './children.ts';
import { applyFenced } from './fenced.ts';
import { beginFoundation, lacks, type Foundation } from './foundation.ts';
import { fence, ownOps } from './metadata-ops.ts';
import { liveOf } from './observe/live.ts';
import { statefulSetFact } from './observe/stateful-set.ts';
import { childName } from './observe/children.ts';
import { settled, type Act, type Outcome } from './outcome.ts';
import { tellPutBack, tellRepair } from './repairs.ts';
import { aroundTemplate, disownCreation, makeAgain } from './stateful-set-again.ts';
import type { Work } from './step.ts';

/** The StatefulSet whole, with a hash. */
async function apply({ call, server }: Work, facts: Facts, hash: string): Promise<Stored> {
  const wanted = statefulSet(server, { configHash: hash });
  const live = valueOf(facts.statefulSet);
  const seen = live?.halfMade ? liveOf(await disownCreation(call, wanted, facts.server), facts.server) : live;
  if (seen?.uid !== live?.uid) throw new StaleFacts();
  return applyFenced(call, wanted, seen, { first: true });
}

/** It is gone, and its pod runs on. */
async function restore({ call, server, observation }: Work): Promise<Stored> {
  const left = valueOf(observation.leftTemplate);
  if (!left) throw new StaleFacts();
  return makeAgain(call, aroundTemplate(server, left), observation.facts.server);
}

/** Sets the replicas alone; the template stays as it is. */
async function scale({ call: { deps, signal }, server }: Work, facts: Facts): Promise<Stored | undefined> {
  const ref: KubeObject = statefulSet(server, { configHash: '' });
  const live = valueOf(facts.statefulSet);
  const seen = live?.resourceVersion ?? '';
  const fence = { op: 'test', path: '/metadata/resourceVersion', value: seen } as const;
  const replicas = { op: 'replace', path: '/spec/replicas', value: wantedReplicas(facts) } as const;
  await deps.kube.patchJson(ref, [fence, replicas], { subresource: 'scale', signal, first: true });
  return deps.kube.get(ref, { signal });
}

/** Makes ours what an earlier DittoServer of this name left, or a restore brought back; nothing else of it is touched. */
async function own({ call: { deps, signal }, server }: Work, facts: Facts): Promise<Stored> {
  const ref: KubeObject = statefulSet(server, { configHash: '' });
  const found = await deps.kube.get(ref, { signal });
  // Whose it is was judged by what was seen.
  if (!found || found.metadata.resourceVersion !== valueOf(facts.statefulSet)?.resourceVersion) throw new StaleFacts();
  return deps.kube.patchJson(ref, [fence(found), ...ownOps(found, controllerReference(server))], {
    signal,
    first: true,
  });
}

/** Writes what the plan asks for; without a plan nothing. */
async function carryOut(work: Work, facts: Facts, plan: StatefulSetPlan | undefined): Promise<Stored | undefined> {
  if (plan?.mode === 'own') return own(work, facts);
  if (plan?.mode === 'scale') return scale(work, facts);
  return plan?.mode !== 'apply' || plan.hash === undefined ? undefined : apply(work, facts, plan.hash);
}

/** The mark of a StatefulSet that was applied whole, or put back; scaling alone leaves none. */
function marksOf(facts: Facts, written: Stored, plan: StatefulSetPlan | undefined): Readonly<Record<string, string>> {
  if (plan?.mode === 'restore') return { [statefulSetChild(facts.server.metadata.name)]: MADE_AGAIN };
  if (plan?.mode !== 'apply' || plan.hash === undefined) return {};
  const intent = `${facts.statefulSetIntent}/${plan.hash}`;
  return { [statefulSetChild(facts.server.metadata.name)]: markOf(written, intent) };
}

function withStatefulSet(facts: Facts, written: Stored | undefined, plan: StatefulSetPlan | undefined): Facts {
  if (!written) return facts;
  const after = withWritten(facts, { objects: [written], marks: marksOf(facts, written, plan) });
  return { ...after, statefulSet: known(statefulSetFact(written, after.server)) };
}

/**
 * The StatefulSet and what is due beside it, at once; but where pods of a new template would start on the old file, the ConfigMap comes first,
 * and without it the template stays.
 */
async function write(work: Work, begun: Facts, rest: Foundation['rest'], plan: StatefulSetPlan | undefined) {
  const template = plan?.mode === 'apply';
  if (!template || valueOf(begun.statefulSet) === undefined) {
    const [written, beside] = await Promise.all([settled(carryOut(work, begun, plan)), rest({ template })]);
    return { written, beside };
  }
  const beside = await rest({ template });
  const written = lacks(work, beside, configMap(work.server)) ? {} : await settled(carryOut(work, begun, plan));
  return { written, beside };
}

/** Its pod has been without a controller for long enough: nothing else comes first, or beside it. */
async function putBack(work: Work): Promise<Outcome> {
  const { facts } = work.observation;
  const made = await restore(work);
  await tellPutBack(work.call, facts, made);
  return { facts: { ...withStatefulSet(facts, made, { mode: 'restore' }), leftTemplate: ABSENT } };
}

export const applyStatefulSet: Act = async (work) => {
  if (planStatefulSet(work.observation.facts, false)?.mode === 'restore') return putBack(work);
  const { facts: begun, rest } = await beginFoundation(work);
  const plan = planStatefulSet(begun, mayRoll(begun, work.findings));
  const { written, beside } = await write(work, begun, rest, plan);
  const facts = withWritten(begun, beside);
  // What differs in one that is half made was left so by ourselves.
  if (written.value && plan?.mode === 'apply' && !valueOf(begun.statefulSet)?.halfMade)
    await tellRepair(work.call, begun, {
      object: written.value,
      before: begun.statefulSet,
      mark: marksOf(facts, written.value, plan)[childName(written.value)],
    });
  const error = written.error ?? beside.error;
  return { facts: withStatefulSet(facts, written.value, plan), ...(error && { error }) };
};

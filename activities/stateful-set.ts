// The StatefulSet, with what of the foundation is due beside it.
import type { KubeObject, Stored } from '../src/api/kubernetes.ts';
import { statefulSet } from '../src/manifests/index.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import {
  mayRoll,
  planStatefulSet,
  statefulSetChild,
  wantedReplicas,
} from '../src/requirements/stateful-set-applied.ts';
import { beginFoundation, markOf, withWritten } from './foundation.ts';
import { statefulSetFact } from './observe/children.ts';
import type { Act, Work } from './step.ts';

/** Applies the StatefulSet with a hash; fenced by uid and resourceVersion where it exists. */
async function apply({ call: { deps, signal }, server }: Work, facts: Facts, hash: string): Promise<Stored> {
  const rendered: KubeObject = statefulSet(server, { configHash: hash });
  const live = valueOf(facts.statefulSet);
  if (!live) return deps.kube.apply(rendered, { signal, first: true });
  const { uid, resourceVersion } = live;
  return deps.kube.apply(
    { ...rendered, metadata: { ...rendered.metadata, uid, resourceVersion } },
    { signal, first: true },
  );
}

/** Sets the replicas alone; the template stays as it is. */
async function scale({ call: { deps, signal }, server }: Work, facts: Facts): Promise<Stored | undefined> {
  const ref: KubeObject = statefulSet(server, { configHash: '' });
  const live = valueOf(facts.statefulSet);
  const fence = live ? [{ op: 'test', path: '/metadata/uid', value: live.uid } as const] : [];
  const replicas = { op: 'replace', path: '/spec/replicas', value: wantedReplicas(facts) } as const;
  await deps.kube.patchJson(ref, [...fence, replicas], { subresource: 'scale', signal, first: true });
  return deps.kube.get(ref, { signal });
}

export const applyStatefulSet: Act = async (work) => {
  const { facts, rest } = await beginFoundation(work);
  const plan = planStatefulSet(facts, mayRoll(facts, work.findings));
  const others = rest();
  // Both are awaited whatever happens, so that neither is left running behind a failure of the other.
  const [written, foundation] = await Promise.allSettled([
    plan?.mode === 'scale' ? scale(work, facts) : plan?.hash === undefined ? undefined : apply(work, facts, plan.hash),
    others,
  ]);
  if (foundation.status === 'rejected') throw foundation.reason;
  if (written.status === 'rejected') throw written.reason;
  const set = written.value;
  const objects = [...foundation.value.written, ...(set ? [set] : [])];
  const hash = plan?.mode === 'apply' ? plan.hash : undefined;
  const mark =
    set && hash !== undefined
      ? { [statefulSetChild(facts.server.metadata.name)]: markOf(set, `${facts.statefulSetIntent}/${hash}`) }
      : {};
  const after = withWritten(facts, objects, { ...foundation.value.marks, ...mark });
  return set ? { ...after, statefulSet: { state: 'known', value: statefulSetFact(set, after.server) } } : after;
};

// Volumes grow through their claims; then the StatefulSet goes, leaves its pod running, and is made again as it stood, with the new sizes alone.
// A crash in between loses nothing: that it is to be put back follows from what stands (its pod, and the ControllerRevision of that).
import type { KubeObject } from '../src/api/kubernetes.ts';
import { names } from '../src/api/names.ts';
import type { StatefulSet } from '../src/manifests/index.ts';
import { valueOf, type Facts, type Live } from '../src/requirements/facts.ts';
import { growthsOf, type Growth } from '../src/requirements/volumes-as-asked.ts';
import { statefulSetChild } from '../src/requirements/stateful-set-plan.ts';
import { MADE_AGAIN, withWritten } from './children.ts';
import type { Call } from './deps.ts';
import { StaleFacts } from './failure.ts';
import { observe } from './observe/index.ts';
import { ownershipOf } from './observe/live.ts';
import { fence } from './metadata-ops.ts';
import { regarding } from './publish.ts';
import { settled, type Act, type Settled } from './outcome.ts';
import { makeAgain, untilGone, withLargerVolumes } from './stateful-set-again.ts';
import type { Work } from './step.ts';

function grow({ deps: { kube }, signal }: Call, { server }: Facts, { claim, size }: Growth): Promise<KubeObject> {
  const metadata = { name: claim.name, namespace: server.metadata.namespace ?? '' };
  const ops = [
    { op: 'test', path: '/metadata/uid', value: claim.uid },
    fence({ metadata: claim }),
    { op: 'replace', path: '/spec/resources/requests/storage', value: size },
  ] as const;
  return kube.patchJson({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata }, ops, { signal });
}

async function tell({ deps, signal }: Call, { server }: Facts, growths: readonly Growth[]): Promise<void> {
  if (growths.length === 0) return;
  const clauses = growths.map(({ claim, size }) => `${claim.name} from ${claim.size ?? ''} to ${size}`);
  const note = `volume claims grow: ${clauses.join(', ')}; the StatefulSet is made again, and its pod runs on`;
  await deps.record({ regarding: regarding(server), type: 'Normal', reason: 'VolumesGrow', action: 'Resize', note }, { signal }); // prettier-ignore
}

/**
 * In one breath, since the pod has no controller meanwhile. Where it takes longer, or fails, `applyStatefulSet` puts it back.
 *
 * @returns whether it is made again
 * @throws where it was not taken away
 */
async function replace({ call, server, observation: { facts } }: Work, live: Live): Promise<Settled<boolean>> {
  const { kube } = call.deps;
  const { name, namespace = '' } = facts.server.metadata;
  const ref = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: names(name).statefulSet, namespace } };
  const found = await kube.get<KubeObject & StatefulSet>(ref, { signal: call.signal });
  // What is made again is what is deleted: nothing that somebody writes in between is lost.
  if (found?.metadata.uid !== live.uid || ownershipOf(found, facts.server) !== live.ownership) throw new StaleFacts();
  const { uid, resourceVersion } = found.metadata;
  await kube.delete(ref, { uid, resourceVersion }, { propagationPolicy: 'Orphan', signal: call.signal });
  const again = withLargerVolumes(found, server, facts.server.spec?.storage);
  const remake = async (): Promise<boolean> => {
    if (!(await untilGone(call, ref, uid))) return false;
    await makeAgain(call, again, facts.server, found.metadata.managedFields);
    return true;
  };
  return settled(remake());
}

/** What stood is not there any more, by our own doing: nobody is to be told that somebody deleted it, or edited what we made. */
function withReplaced(facts: Facts, { value: made }: Settled<boolean>): Facts {
  const child = statefulSetChild(facts.server.metadata.name);
  return withWritten(facts, made ? { objects: [], marks: { [child]: MADE_AGAIN } } : { objects: [], removed: [child] });
}

export const growVolumes: Act = async (work) => {
  const { call, observation } = work;
  const { facts } = observation;
  const growths = growthsOf(facts);
  const grown = await Promise.all(growths.map((growth) => settled(grow(call, facts, growth))));
  const error = grown.find((result) => result.error)?.error;
  if (error) throw error;
  await tell(call, facts, growths);
  const live = valueOf(facts.statefulSet);
  const replaced = live && (await replace(work, live));
  const done = replaced ? withReplaced(facts, replaced) : facts;
  if (replaced?.error) return { facts: done, error: replaced.error };
  const after = await observe(call, done.memory);
  if (!after) throw new StaleFacts();
  return { facts: after.facts };
};

// Volumes grow through their claims; then the StatefulSet goes, and leaves its pod running, so that it can be made again with the new sizes.
// That it is to be made again follows from what stands (a hash in status and no StatefulSet), so that a crash in between loses nothing.
import type { KubeObject } from '../src/api/kubernetes.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import { growthsOf, type Growth } from '../src/requirements/volumes-as-asked.ts';
import type { Call } from './deps.ts';
import { StaleFacts } from './failure.ts';
import { observe } from './observe/index.ts';
import { regarding } from './publish.ts';
import { settled, type Act } from './outcome.ts';

function grow({ deps: { kube }, signal }: Call, { server }: Facts, { claim, size }: Growth): Promise<KubeObject> {
  const metadata = { name: claim.name, namespace: server.metadata.namespace ?? '' };
  const ops = [
    { op: 'test', path: '/metadata/uid', value: claim.uid },
    { op: 'test', path: '/metadata/resourceVersion', value: claim.resourceVersion },
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

export const growVolumes: Act = async (work) => {
  const { call, observation } = work;
  const { facts } = observation;
  const { kube } = call.deps;
  const growths = growthsOf(facts);
  const grown = await Promise.all(growths.map((growth) => settled(grow(call, facts, growth))));
  const error = grown.find((result) => result.error)?.error;
  if (error) throw error;
  await tell(call, facts, growths);
  const live = valueOf(facts.statefulSet);
  if (live) {
    const { uid, resourceVersion } = live;
    const { name, namespace = '' } = facts.server.metadata;
    const ref = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name, namespace } };
    await kube.delete(ref, { uid, resourceVersion }, { propagationPolicy: 'Orphan', signal: call.signal });
  }
  const after = await observe(call, facts.memory);
  if (!after) throw new StaleFacts();
  return { facts: after.facts };
};

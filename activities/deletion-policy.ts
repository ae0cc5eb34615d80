// Brings the policy of deletion into force before status acknowledges it: an owner reference on the PerconaPGCluster or none, and our
// finalizer on the DittoServer or none.
import { policyToApply } from '../src/api/deletion-policy.ts';
import { DATA_FINALIZER } from '../src/api/names.ts';
import type { PerconaPGCluster } from '../src/api/percona.ts';
import { storedDittoServer } from '../src/api/stored.ts';
import { controllerReference } from '../src/manifests/index.ts';
import { valueOf, type Facts } from '../src/requirements/facts.ts';
import { StaleFacts } from './failure.ts';
import { disownOps, fence, finalizerOps, ownOps } from './metadata-ops.ts';
import { clusterRef, current, withCluster } from './postgres-cluster.ts';
import type { Act } from './outcome.ts';
import type { Work } from './step.ts';

/** Our finalizer, put on or taken off; those of others stay. */
async function applyFinalizer({ call, server }: Work, facts: Facts, wanted: boolean): Promise<Facts> {
  const { kube } = call.deps;
  const found = await kube.get(server, { signal: call.signal });
  if (found?.metadata.uid !== server.metadata.uid || found.metadata.deletionTimestamp !== undefined)
    throw new StaleFacts();
  const ops = finalizerOps(found, DATA_FINALIZER, wanted);
  if (ops.length === 0) return facts;
  const patched = storedDittoServer(await kube.patchJson(server, [fence(found), ...ops], { signal: call.signal }));
  const seen = { ...facts.seen, [patched.metadata.uid]: patched.metadata.resourceVersion };
  return { ...facts, server: patched, seen };
}

/** The owner reference, put on (Delete) or taken off; nothing else of the cluster is touched. */
async function applyReference(work: Work, facts: Facts, owned: boolean): Promise<Facts> {
  const { call, server } = work;
  const live = valueOf(facts.postgresCluster);
  if (live?.ownership !== 'ours' || live.terminating || live.controlled === owned) return facts;
  const found = await current(work);
  const owners = owned ? ownOps(found, controllerReference(server)) : disownOps(found, server.metadata.uid);
  const ops = [fence(found), ...owners];
  const patched = await call.deps.kube.patchJson<PerconaPGCluster>(clusterRef(server), ops, { signal: call.signal });
  return withCluster(facts, patched);
}

/** The finalizer comes first and goes last, so that a deletion in between waits rather than that it leaves half of what was asked for. */
export const applyDeletionPolicy: Act = async (work) => {
  const { facts } = work.observation;
  const policy = policyToApply(work.server.spec);
  const held = policy === 'DeleteWithData';
  const before = held ? await applyFinalizer(work, facts, true) : facts;
  const adopted = valueOf(facts.postgresCluster)?.adopted ?? false;
  const after = policy === undefined ? before : await applyReference(work, before, policy === 'Delete' && !adopted);
  return { facts: held ? after : await applyFinalizer(work, after, false) };
};

// Stand-in for a node: scheduler and kubelet in one. It registers a node, binds every pod to it and declares it Running and
// Ready, or stuck in a named way; with `processes`, known images really run (process-kubelet-stand-in). What it must do as the real ones do: renew the node's
// lease every 10 s (else the controllers call its pods not ready after about 50 s), leave a pod unscheduled while one of
// its claims is unbound, and end the deletion of a pod itself, with grace 0 and the uid as precondition.
import { type Admin, apiPath, connectAdmin, refOf } from './admin.ts';
import type { PersistentVolumeClaim, Pod, PodStatus } from './kubernetes-types.ts';
import { listWatch } from './list-watch.ts';
import { keepNodeAlive, nodeName } from './node-stand-in.ts';
import { podStatus, saysTheSame, type Situation, type WayToBeStuck } from './pod-status.ts';
import { type PodProcesses, startPodProcesses } from './process-kubelet-stand-in/index.ts';
import type { RunnablePod } from './process-kubelet-stand-in/pod-types.ts';
import { rfc3339 } from './process-kubelet-stand-in/time.ts';
import { startVolumeBinder } from './volume-binder-stand-in.ts';
import type { Workspace } from './workspace.ts';

/** Which pods are meant; what is left out does not matter. */
export interface PodSelector {
  readonly namespace?: string;
  readonly namePrefix?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface StickOptions {
  /** What the container's last end, or the scheduler, is to say in place of a usual message. */
  readonly message?: string;
}

export interface KubeletStandIn {
  /** Missing where pods are only declared ready. */
  readonly processes: PodProcesses | undefined;
  /** Holds pods, also those that run already or come later, until the returned function is called. */
  stick(pods: PodSelector, how: WayToBeStuck, options?: StickOptions): () => void;
}

interface Sticking {
  readonly pods: PodSelector;
  readonly situation: Situation;
}

/** Registers the node and begins to serve all namespaces. */
export async function startKubeletStandIn(
  workspace: Workspace,
  kubeconfig: string,
  { pods: how = 'declared' }: { readonly pods?: 'processes' | 'declared' } = {},
): Promise<KubeletStandIn> {
  const admin = connectAdmin(kubeconfig);
  const end = new AbortController();
  workspace.onDispose(() => end.abort());
  await keepNodeAlive(admin, end.signal);
  const pods = new Map<string, RunnablePod>();
  const claims = new Map<string, PersistentVolumeClaim>();
  const stickings: Sticking[] = [];
  let addresses = 1;

  const poke = oneAtATime(async (uid) => {
    const pod = pods.get(uid);
    if (pod) await serve(pod);
  });
  const pokeAll = (namespace?: string) => {
    for (const [uid, pod] of pods) if (!namespace || pod.metadata.namespace === namespace) poke(uid);
  };

  function situationOf(pod: Pod): Situation {
    const stuck = stickings.findLast((sticking) => isSelected(pod, sticking.pods));
    if (stuck) return stuck.situation;
    const unbound = claimsOf(pod).filter(
      (name) => claims.get(`${pod.metadata.namespace}/${name}`)?.status?.phase !== 'Bound',
    );
    if (unbound.length > 0 && !pod.spec.nodeName) {
      const message = '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.';
      return { kind: 'unschedulable', message };
    }
    return { kind: isOfJob(pod) ? 'succeeded' : 'running' };
  }

  const processes =
    how === 'processes'
      ? await startPodProcesses({
          workspace,
          admin,
          signal: end.signal,
          changed: poke,
          failed: (pod, reason, message) => void sayFailed(admin, pod, { reason, message }).catch(() => undefined),
        })
      : undefined;

  async function serve(pod: RunnablePod): Promise<void> {
    if (pod.metadata.deletionTimestamp) {
      await processes?.stop(pod);
      await admin.delete(refOf(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid ?? '' } });
      return;
    }
    const situation = situationOf(pod);
    if (situation.kind === 'unschedulable') {
      // A scheduled pod stays scheduled.
      if (!pod.spec.nodeName) await report(pod, situation);
      // The watch tells of the bound pod.
    } else if (!pod.spec.nodeName) await bind(admin, pod);
    else await run(pod, situation);
  }

  async function run(pod: RunnablePod, situation: Situation): Promise<void> {
    if (situation.kind === 'running' && processes?.runs(pod)) {
      await write(pod, processes.statusOf(pod));
      return;
    }
    await processes?.kill(pod);
    await report(pod, situation);
  }

  async function write(pod: Pod, status: PodStatus): Promise<void> {
    if (saysTheSame(pod.status, status)) return;
    await admin.patch(refOf(pod), { metadata: { uid: pod.metadata.uid }, status }, 'status');
  }

  async function report(pod: Pod, situation: Situation): Promise<void> {
    const podIP = `10.244.${(addresses >> 8) & 255}.${addresses & 255}`;
    const wanted = podStatus(pod, situation, { podIP, now: rfc3339() });
    if (saysTheSame(pod.status, wanted)) return;
    if (wanted.podIP === podIP) addresses += 1;
    await write(pod, wanted);
    if (situation.kind === 'pendingVolume') await sayFailed(admin, pod, volumeTimeout);
  }

  void listWatch<RunnablePod>(
    admin,
    { apiVersion: 'v1', kind: 'Pod' },
    {
      seen(pod) {
        if (pod.spec.nodeName && pod.spec.nodeName !== nodeName) return;
        pods.set(pod.metadata.uid ?? '', pod);
        processes?.seen(pod);
        poke(pod.metadata.uid ?? '');
      },
      gone(pod) {
        pods.delete(pod.metadata.uid ?? '');
        processes?.gone(pod);
      },
    },
    end.signal,
  );
  await startVolumeBinder(admin, end.signal, {
    seen(claim) {
      claims.set(`${claim.metadata.namespace}/${claim.metadata.name}`, claim);
      pokeAll(claim.metadata.namespace);
    },
    gone: (claim) => void claims.delete(`${claim.metadata.namespace}/${claim.metadata.name}`),
  });

  return {
    processes,
    stick(selector, how, { message } = {}) {
      const sticking: Sticking = {
        pods: selector,
        situation: { kind: how, ...(message === undefined ? {} : { message }) },
      };
      stickings.push(sticking);
      pokeAll();
      return () => {
        const index = stickings.indexOf(sticking);
        if (index >= 0) stickings.splice(index, 1);
        pokeAll();
      };
    },
  };
}

/** Works on one pod at a time; a poke during the work makes it look again afterwards. */
function oneAtATime(work: (uid: string) => Promise<void>): (uid: string) => void {
  const busy = new Set<string>();
  const again = new Set<string>();
  return function poke(uid) {
    if (busy.has(uid)) {
      again.add(uid);
      return;
    }
    busy.add(uid);
    // Gone or changed in the meantime (404, 409), or the API server is away: the watch tells what is next.
    void work(uid)
      .catch(() => undefined)
      .finally(() => {
        busy.delete(uid);
        if (again.delete(uid)) poke(uid);
      });
  };
}

async function bind(admin: Admin, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  await admin.request('POST', apiPath(refOf(pod), 'binding'), {
    body: {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { apiVersion: 'v1', kind: 'Node', name: nodeName },
    },
  });
}

const volumeTimeout = {
  reason: 'FailedMount',
  message: 'Unable to attach or mount volumes: timed out waiting for the condition',
};

async function sayFailed(
  admin: Admin,
  pod: Pod,
  what: { readonly reason: string; readonly message: string },
): Promise<void> {
  const { name, namespace = '', uid = '' } = pod.metadata;
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.mount-failed`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
    type: 'Warning',
    ...what,
    source: { component: 'kubelet', host: nodeName },
    firstTimestamp: rfc3339(),
    lastTimestamp: rfc3339(),
    count: 1,
  };
  await admin.apply(event);
}

function isSelected({ metadata }: Pod, { namespace, namePrefix, labels = {} }: PodSelector): boolean {
  return (
    (namespace === undefined || metadata.namespace === namespace) &&
    (namePrefix === undefined || metadata.name.startsWith(namePrefix)) &&
    Object.entries(labels).every(([label, value]) => metadata.labels?.[label] === value)
  );
}

function isOfJob(pod: Pod): boolean {
  return pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;
}

function claimsOf(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

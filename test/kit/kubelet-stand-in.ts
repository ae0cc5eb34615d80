// Stand-in for a node: scheduler and kubelet in one. Nothing runs in its pods; it registers a node, binds every pod to
// it and declares it Running and Ready, or stuck in a named way. What it must do as the real ones do: renew the node's
// lease every 10 s (else the controllers call its pods not ready after about 50 s), leave a pod unscheduled while one of
// its claims is unbound, and end the deletion of a pod itself, with grace 0 and the uid as precondition.
import { type Admin, apiPath, connectAdmin, refOf } from './admin.ts';
import type { PersistentVolumeClaim, Pod } from './kubernetes-types.ts';
import { listWatch } from './list-watch.ts';
import { keepNodeAlive, nodeName } from './node-stand-in.ts';
import { podStatus, saysTheSame, type Situation, type WayToBeStuck } from './pod-status.ts';
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
  /** Holds pods, also those that run already or come later, until the returned function is called. */
  stick(pods: PodSelector, how: WayToBeStuck, options?: StickOptions): () => void;
}

interface Sticking {
  readonly pods: PodSelector;
  readonly situation: Situation;
}

/** Registers the node and begins to serve all namespaces. */
export async function startKubeletStandIn(workspace: Workspace, kubeconfig: string): Promise<KubeletStandIn> {
  const admin = connectAdmin(kubeconfig);
  const end = new AbortController();
  workspace.onDispose(() => end.abort());
  await keepNodeAlive(admin, end.signal);
  const pods = new Map<string, Pod>();
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

  async function serve(pod: Pod): Promise<void> {
    if (pod.metadata.deletionTimestamp) {
      await admin.delete(refOf(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid ?? '' } });
      return;
    }
    const situation = situationOf(pod);
    if (situation.kind === 'unschedulable') {
      // A scheduled pod stays scheduled.
      if (!pod.spec.nodeName) await report(pod, situation);
    } else if (pod.spec.nodeName) await report(pod, situation);
    else await bind(admin, pod); // The watch tells of the bound pod.
  }

  async function report(pod: Pod, situation: Situation): Promise<void> {
    const podIP = `10.244.${(addresses >> 8) & 255}.${addresses & 255}`;
    const wanted = podStatus(pod, situation, { podIP, now: rfc3339() });
    if (saysTheSame(pod.status, wanted)) return;
    if (wanted.podIP === podIP) addresses += 1;
    await admin.patch(refOf(pod), { metadata: { uid: pod.metadata.uid }, status: wanted }, 'status');
    if (situation.kind === 'pendingVolume') await sayMountFailed(admin, pod);
  }

  void listWatch<Pod>(
    admin,
    { apiVersion: 'v1', kind: 'Pod' },
    {
      seen(pod) {
        if (pod.spec.nodeName && pod.spec.nodeName !== nodeName) return;
        pods.set(pod.metadata.uid ?? '', pod);
        poke(pod.metadata.uid ?? '');
      },
      gone: (pod) => void pods.delete(pod.metadata.uid ?? ''),
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

async function sayMountFailed(admin: Admin, pod: Pod): Promise<void> {
  const { name, namespace = '', uid = '' } = pod.metadata;
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.mount-failed`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
    type: 'Warning',
    reason: 'FailedMount',
    message: 'Unable to attach or mount volumes: timed out waiting for the condition',
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

/** Kubernetes' times have no fractions of a second. */
function rfc3339(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

// Stand-in for a storage provisioner: the default StorageClass `standard`, and a volume for every claim of it, or of a class `standard-...`
// that a test makes. The volumes hold nothing. Binding and release are the real controller's work; claims of other classes stay Pending.
import { type Admin, AdminError, type KindRef } from './admin.ts';
import type { KubeObject, PersistentVolume, PersistentVolumeClaim } from './kubernetes-types.ts';
import { type Handlers, listWatch } from './list-watch.ts';

const provisioner = 'dittoserver-provisioner.kit/stand-in';
const storageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'Immediate',
  allowVolumeExpansion: true,
};

/** Serves claims until `signal` is aborted; `handlers` are told of every claim too. */
export async function startVolumeBinder(
  admin: Admin,
  signal: AbortSignal,
  handlers: Handlers<PersistentVolumeClaim>,
): Promise<void> {
  await admin.apply<KubeObject>(storageClass);
  const claims: KindRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim' };
  const volumes: KindRef = { apiVersion: 'v1', kind: 'PersistentVolume' };
  const seen = (claim: PersistentVolumeClaim) => {
    handlers.seen(claim);
    if (isWaitingForUs(claim)) attempt(provide(admin, claim));
  };
  const removeIfReleased = (volume: PersistentVolume) => {
    if (!isServed(volume.spec.storageClassName) || volume.status?.phase !== 'Released') return;
    attempt(admin.delete({ ...volumes, name: volume.metadata.name }));
  };
  void listWatch(admin, claims, { ...handlers, seen }, signal);
  void listWatch<PersistentVolume>(admin, volumes, { seen: removeIfReleased, gone: () => undefined }, signal);
}

/** The API server may be away: the watch tells again when it is back. */
function attempt(work: Promise<void>): void {
  void work.catch(() => undefined);
}

const isServed = (name: string | undefined): boolean =>
  name === storageClass.metadata.name || Boolean(name?.startsWith(`${storageClass.metadata.name}-`));

function isWaitingForUs({ spec, status, metadata }: PersistentVolumeClaim): boolean {
  return (
    isServed(spec.storageClassName) && !spec.volumeName && !metadata.deletionTimestamp && status?.phase === 'Pending'
  );
}

async function provide(admin: Admin, { metadata, spec }: PersistentVolumeClaim): Promise<void> {
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name: `pvc-${metadata.uid}`,
      // Makes the release ours too, as for any provisioner outside of Kubernetes.
      annotations: { 'pv.kubernetes.io/provisioned-by': provisioner },
    },
    spec: {
      capacity: { storage: spec.resources.requests['storage'] },
      accessModes: spec.accessModes,
      volumeMode: spec.volumeMode,
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: spec.storageClassName,
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...pick(metadata) },
      // A place that is never used: nothing is mounted on this node.
      hostPath: { path: `/var/lib/stand-in/${metadata.uid}` },
    },
  };
  try {
    await admin.create(volume);
  } catch (error) {
    // Told of the claim twice.
    if (!(error instanceof AdminError && error.status === 409)) throw error;
  }
}

function pick({ name, namespace, uid }: PersistentVolumeClaim['metadata']) {
  return { name, namespace, uid };
}

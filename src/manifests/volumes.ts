// Volumes of the server's pod: where they are mounted, and the claims that the StatefulSet makes for them. Claims outlive pod,
// StatefulSet and DittoServer; they are never deleted by us.
import type { V1PersistentVolumeClaim, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { VOLUMES } from '../api/names.ts';
import type { Json } from './manifest.ts';
import type { Settings } from './settings.ts';

export const MOUNT_PATHS = {
  controlPlane: '/data/controlplane',
  metadata: '/data/store/metadata',
  content: '/data/store/block',
  config: '/config',
} as const;

/** Mounts of the server's container. */
export function volumeMounts({ storage }: Settings): readonly Json<V1VolumeMount>[] {
  return [
    { name: VOLUMES.controlPlane, mountPath: MOUNT_PATHS.controlPlane },
    { name: VOLUMES.metadata, mountPath: MOUNT_PATHS.metadata },
    { name: 'config', mountPath: MOUNT_PATHS.config },
    ...(storage.contentSize === undefined ? [] : [{ name: VOLUMES.content, mountPath: MOUNT_PATHS.content }]),
  ];
}

/** Volumes of the pod beside those of the claims. */
export function podVolumes({ names }: Settings): readonly Json<V1Volume>[] {
  return [{ name: 'config', configMap: { name: names.configMap } }];
}

/** Claims of the StatefulSet; Kubernetes does not let them change afterwards. */
export function claimTemplates({ storage }: Settings): readonly Json<V1PersistentVolumeClaim>[] {
  const { metadataSize, contentSize, controlPlaneSize, storageClassName } = storage;
  const claim = (name: string, size: string): Json<V1PersistentVolumeClaim> => ({
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClassName !== undefined && { storageClassName }),
      resources: { requests: { storage: size } },
    },
  });
  return [
    claim(VOLUMES.metadata, metadataSize),
    ...(contentSize === undefined ? [] : [claim(VOLUMES.content, contentSize)]),
    claim(VOLUMES.controlPlane, controlPlaneSize),
  ];
}

// Volumes of the server's pod: where they are mounted, and the claims that the StatefulSet makes for them. Claims outlive pod,
// StatefulSet and DittoServer; they are never deleted by us.
import { basename, dirname } from 'node:path/posix';
import type { V1PersistentVolumeClaim, V1SecretVolumeSource, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { VOLUMES } from '../api/names.ts';
import type { SecretKey } from '../api/secret-key-selector.ts';
import type { Json } from './manifest.ts';
import type { Settings } from './settings.ts';

export const MOUNT_PATHS = {
  controlPlane: '/data/controlplane',
  metadata: '/data/store/metadata',
  content: '/data/store/block',
  config: '/config',
  tls: '/tls',
  clientCa: '/tls-client-ca',
  metricsToken: '/metrics-token',
  keytab: '/kerberos',
  krb5Conf: '/kerberos-krb5',
  machineKeytab: '/kerberos-machine',
  postgresCa: '/postgres-ca',
} as const;

/** Key of a Secret with a certificate authority. */
export const CA_KEY = 'ca.crt';

/** Where the server finds what is mounted from Secrets. */
export const MOUNTED_FILES = {
  tlsCert: `${MOUNT_PATHS.tls}/tls.crt`,
  tlsKey: `${MOUNT_PATHS.tls}/tls.key`,
  clientCa: `${MOUNT_PATHS.clientCa}/${CA_KEY}`,
  metricsToken: `${MOUNT_PATHS.metricsToken}/token`,
  keytab: `${MOUNT_PATHS.keytab}/dittofs.keytab`,
  krb5Conf: `${MOUNT_PATHS.krb5Conf}/krb5.conf`,
  machineKeytab: `${MOUNT_PATHS.machineKeytab}/machine.keytab`,
  postgresCa: `${MOUNT_PATHS.postgresCa}/${CA_KEY}`,
} as const;

/** Readable by the owner and the pod's group only. */
const KEYTAB_MODE = 0o440;

/** Mounts of the server's container. */
export function volumeMounts(set: Settings): readonly Json<V1VolumeMount>[] {
  return [
    { name: VOLUMES.controlPlane, mountPath: MOUNT_PATHS.controlPlane },
    { name: VOLUMES.metadata, mountPath: MOUNT_PATHS.metadata },
    { name: 'config', mountPath: MOUNT_PATHS.config },
    ...(set.storage.contentSize === undefined ? [] : [{ name: VOLUMES.content, mountPath: MOUNT_PATHS.content }]),
    ...secretVolumes(set).map(({ name, mountPath }) => ({ name, mountPath, readOnly: true })),
  ];
}

/** Mounts of the init container: what it needs to check PostgreSQL's certificate. */
export function waitVolumeMounts(set: Settings): readonly Json<V1VolumeMount>[] {
  return postgresCaVolume(set).map(({ name, mountPath }) => ({ name, mountPath, readOnly: true }));
}

/** Volumes of the pod beside those of the claims. */
export function podVolumes(set: Settings): readonly Json<V1Volume>[] {
  return [
    { name: 'config', configMap: { name: set.names.configMap } },
    ...secretVolumes(set).map(({ name, secret }) => ({ name, secret })),
  ];
}

/** A Secret, or one key of it under another name, where the server looks for it. */
interface SecretVolume {
  readonly name: string;
  readonly mountPath: string;
  readonly secret: Json<V1SecretVolumeSource>;
}

function secretVolumes(set: Settings): readonly SecretVolume[] {
  return [...tlsVolumes(set), ...metricsVolumes(set), ...kerberosVolumes(set), ...postgresCaVolume(set)];
}

/**
 * As directories: the server loads a renewed certificate by itself, which a file mounted by subPath would hide from it. Only what it
 * reads: the second Secret also holds the key with which the provisioner logs in.
 */
function tlsVolumes({ tls }: Settings): readonly SecretVolume[] {
  if (!tls) return [];
  const { certSecret, clientCaSecret } = tls;
  const keys = (name: string, mountPath: string, secretName: string, ...names: readonly string[]) => ({
    name,
    mountPath,
    secret: { secretName, items: names.map((key) => ({ key, path: key })) },
  });
  return [
    keys('tls-cert', MOUNT_PATHS.tls, certSecret, 'tls.crt', 'tls.key'),
    ...(clientCaSecret === undefined ? [] : [keys('tls-client-ca', MOUNT_PATHS.clientCa, clientCaSecret, 'ca.crt')]),
  ];
}

function metricsVolumes({ metrics }: Settings): readonly SecretVolume[] {
  return oneKey('metrics-token', MOUNTED_FILES.metricsToken, metrics?.token);
}

function kerberosVolumes({ kerberos, podSecurityContext }: Settings): readonly SecretVolume[] {
  // Where nobody gives the pod a group, a file for the group alone could not be read.
  const mode = podSecurityContext && podSecurityContext.fsGroup === undefined ? undefined : KEYTAB_MODE;
  return [
    ...oneKey('kerberos-keytab', MOUNTED_FILES.keytab, kerberos?.keytab, mode),
    ...oneKey('kerberos-krb5', MOUNTED_FILES.krb5Conf, kerberos?.krb5ConfKey),
    ...oneKey('kerberos-machine-keytab', MOUNTED_FILES.machineKeytab, kerberos?.machineAccount?.keytab, mode),
  ];
}

function postgresCaVolume({ percona, names }: Settings): readonly SecretVolume[] {
  if (percona?.sslMode !== 'verify-full') return [];
  return oneKey('postgres-ca', MOUNTED_FILES.postgresCa, { secretName: names.postgresCertSecret, key: CA_KEY });
}

function oneKey(
  name: string,
  file: string,
  from: SecretKey | undefined,
  defaultMode?: number,
): readonly SecretVolume[] {
  if (!from) return [];
  const items = [{ key: from.key, path: basename(file) }];
  const secret = { secretName: from.secretName, items, ...(defaultMode !== undefined && { defaultMode }) };
  return [{ name, mountPath: dirname(file), secret }];
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

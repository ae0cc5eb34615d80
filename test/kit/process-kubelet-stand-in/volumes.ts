// The volumes of a pod as folders on this machine. What a volume shows is written once, when the pod starts: a changed Secret or
// ConfigMap is seen by the next pod, which is what servers that read them at their start notice of it anyway.
import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Admin } from '../admin.ts';
import type { PersistentVolumeClaim } from '../kubernetes-types.ts';
import { ConfigError, entriesOf, podField } from './environment.ts';
import type { DownwardFiles, FilesFrom, RunnablePod, Volume } from './pod-types.ts';
import { namespaceOf } from './pod-types.ts';

export interface VolumeSources {
  readonly admin: Admin;
  /** Where the pod's own volumes go; removed with the pod. */
  readonly podFolder: string;
  /** Where claimed volumes are, by name; they outlive pods. */
  readonly volumesFolder: string;
  readonly podIP: string;
  readonly hostIP: string;
}

/** Folder by volume. Throws a ConfigError, in a kubelet's words, while something is missing. */
export async function makeVolumes(pod: RunnablePod, sources: VolumeSources): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    folders.set(volume.name, await makeVolume(pod, volume, sources).catch(namingVolume(volume)));
  }
  return folders;
}

function namingVolume({ name }: Volume): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`MountVolume.SetUp failed for volume "${name}" : ${error.message}`);
  };
}

async function makeVolume(pod: RunnablePod, volume: Volume, sources: VolumeSources): Promise<string> {
  if (volume.persistentVolumeClaim) return claimedFolder(pod, volume.persistentVolumeClaim.claimName, sources);
  const folder = join(sources.podFolder, 'volumes', volume.name);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (volume.emptyDir) {
    chmodSync(folder, 0o777);
    shareWithGroup(pod, folder);
    return folder;
  }
  for (const source of volume.projected?.sources ?? [volume]) {
    const files = {
      ...(await filesOf(pod, 'Secret', source.secret, sources.admin)),
      ...(await filesOf(pod, 'ConfigMap', source.configMap, sources.admin)),
      ...downwardFiles(pod, source.downwardAPI, sources),
    };
    for (const [path, content] of Object.entries(files)) writeFile(pod, join(folder, path), content, modeOf(volume));
  }
  return folder;
}

function modeOf({ secret, configMap, projected }: Volume): number {
  return (secret ?? configMap ?? projected)?.defaultMode ?? 0o644;
}

async function claimedFolder(pod: RunnablePod, claimName: string, sources: VolumeSources): Promise<string> {
  const ref = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: namespaceOf(pod), name: claimName };
  const claim = await sources.admin.get<PersistentVolumeClaim>(ref);
  const volumeName = claim?.spec.volumeName;
  if (!volumeName) throw new ConfigError(`persistentvolumeclaim "${claimName}" is not bound`);
  const folder = join(sources.volumesFolder, volumeName);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  shareWithGroup(pod, folder);
  return folder;
}

async function filesOf(
  pod: RunnablePod,
  kind: 'Secret' | 'ConfigMap',
  from: FilesFrom | undefined,
  admin: Admin,
): Promise<Readonly<Record<string, Buffer>>> {
  if (!from) return {};
  const name = from.secretName ?? from.name ?? '';
  const entries = await entriesOf(admin, kind, namespaceOf(pod), name);
  if (!entries) {
    if (from.optional) return {};
    throw new ConfigError(`${kind.toLowerCase()} "${name}" not found`);
  }
  if (!from.items) return entries;
  const wanted = from.items.flatMap(({ key, path }) => {
    const content = entries[key];
    if (content) return [[path, content] as const];
    if (from.optional) return [];
    throw new ConfigError(`references non-existent ${kind === 'Secret' ? 'secret' : 'config'} key: ${key}`);
  });
  return Object.fromEntries(wanted);
}

function downwardFiles(
  pod: RunnablePod,
  from: DownwardFiles | undefined,
  sources: VolumeSources,
): Readonly<Record<string, Buffer>> {
  const items = from?.items ?? [];
  return Object.fromEntries(
    items.map(({ path, fieldRef }) => [path, Buffer.from(fieldRef ? podField(pod, fieldRef.fieldPath, sources) : '')]),
  );
}

/** A file belongs to root and, if the pod has a group for its volumes, can be read by it whatever the mode says. */
function writeFile(pod: RunnablePod, path: string, content: Buffer, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  // A file of an earlier attempt may be read-only.
  rmSync(path, { force: true });
  writeFileSync(path, content);
  const { fsGroup } = pod.spec.securityContext ?? {};
  if (fsGroup !== undefined) chownSync(path, 0, fsGroup);
  chmodSync(path, fsGroup === undefined ? mode : mode | 0o440);
}

/** Volumes that can be written to belong to the pod's group, and what is made in them too. Without one only root writes. */
function shareWithGroup(pod: RunnablePod, folder: string): void {
  const { fsGroup } = pod.spec.securityContext ?? {};
  if (fsGroup === undefined) return;
  chownSync(folder, statSync(folder).uid, fsGroup);
  chmodSync(folder, (statSync(folder).mode & 0o7777) | 0o2070);
}

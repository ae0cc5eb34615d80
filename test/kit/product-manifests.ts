// Installs the product's own manifests from `deploy/` as a user would, and gives the kit's user its role.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Admin } from './admin.ts';
import type { KubeObject } from './kubernetes-types.ts';
import { readManifests, waitForCrd } from './manifests.ts';

const deploy = join(import.meta.dirname, '..', '..', 'deploy');

interface Binding extends KubeObject {
  readonly subjects: readonly object[];
}

/** Applies `deploy/crd` and `deploy/rbac`; `user` gets every binding that is shipped for the ServiceAccount. */
export async function applyProductManifests(admin: Admin, user: string): Promise<void> {
  const [crds, rbac] = [readFolder('crd'), readFolder('rbac')];
  // In steps: a namespaced object needs its namespace first.
  await Promise.all([...crds, ...rbac.filter(isNamespace)].map((object) => admin.apply(object)));
  await Promise.all(rbac.filter((object) => !isNamespace(object)).map((object) => admin.apply(object)));
  await Promise.all(rbac.filter(isBinding).map((binding) => admin.apply(boundTo(user, binding))));
  await Promise.all(crds.map((crd) => waitForCrd(admin, crd.metadata.name)));
}

function readFolder(name: string): KubeObject[] {
  const folder = join(deploy, name);
  if (!existsSync(folder)) throw new Error(`The product's manifests are missing: ${folder}`);
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  return files.sort().flatMap((file) => readManifests(join(folder, file)));
}

function isNamespace({ kind }: KubeObject): boolean {
  return kind === 'Namespace';
}

function isBinding(object: KubeObject): object is Binding {
  return object.kind === 'ClusterRoleBinding' || object.kind === 'RoleBinding';
}

function boundTo(user: string, binding: Binding): Binding {
  return {
    ...binding,
    metadata: { ...binding.metadata, name: `kit-${binding.metadata.name}` },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}

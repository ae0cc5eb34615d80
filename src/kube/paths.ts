// Where each kind that we deal with lives in the API: a fixed table instead of discovery calls, since the provisioner knows its kinds.
import type { ObjectRef } from '../api/kubernetes.ts';

export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

interface Resource {
  readonly plural: string;
  readonly clusterScope?: true;
}

const resources: Readonly<Record<string, Resource>> = {
  'dittofs.dittofs.com/v1alpha1 DittoServer': { plural: 'dittoservers' },
  'pgv2.percona.com/v2 PerconaPGCluster': { plural: 'perconapgclusters' },
  'postgres-operator.crunchydata.com/v1beta1 PostgresCluster': { plural: 'postgresclusters' },
  'apps/v1 StatefulSet': { plural: 'statefulsets' },
  'apps/v1 ControllerRevision': { plural: 'controllerrevisions' },
  'v1 Service': { plural: 'services' },
  'v1 ConfigMap': { plural: 'configmaps' },
  'v1 Secret': { plural: 'secrets' },
  'v1 Pod': { plural: 'pods' },
  'v1 PersistentVolumeClaim': { plural: 'persistentvolumeclaims' },
  'v1 Event': { plural: 'events' },
  'v1 Node': { plural: 'nodes', clusterScope: true },
  'v1 Namespace': { plural: 'namespaces', clusterScope: true },
  'events.k8s.io/v1 Event': { plural: 'events' },
  'networking.k8s.io/v1 NetworkPolicy': { plural: 'networkpolicies' },
  'monitoring.coreos.com/v1 ServiceMonitor': { plural: 'servicemonitors' },
  'storage.k8s.io/v1 StorageClass': { plural: 'storageclasses', clusterScope: true },
  'apiextensions.k8s.io/v1 CustomResourceDefinition': { plural: 'customresourcedefinitions', clusterScope: true },
  'coordination.k8s.io/v1 Lease': { plural: 'leases' },
};

function resourceOf(kind: KindRef): Resource {
  const found = resources[`${kind.apiVersion} ${kind.kind}`];
  if (found === undefined) throw new TypeError(`${kind.apiVersion} ${kind.kind} is missing in the table of kinds`);
  return found;
}

/** The path of all objects of a kind: of one namespace, or of the whole cluster without one. */
export function collectionPath(kind: KindRef, namespace?: string): string {
  const { plural, clusterScope } = resourceOf(kind);
  const root = kind.apiVersion.includes('/') ? '/apis/' : '/api/';
  const scope = namespace === undefined || clusterScope ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${kind.apiVersion}${scope}/${plural}`;
}

/** The path of one object, or of a subresource of it. */
export function objectPath(ref: ObjectRef, subresource?: string): string {
  const { name, namespace } = ref.metadata;
  if (namespace === undefined && !resourceOf(ref).clusterScope)
    throw new TypeError(`${ref.kind} ${name} needs a namespace`);
  // Such a name would make the path that of another object, or of a list.
  if (!/^[^/%]+$/.test(name) || /^\.{1,2}$/.test(name)) throw new TypeError(`a ${ref.kind} cannot have this name`);
  const path = `${collectionPath(ref, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** The resource as a role names it, e.g. `statefulsets.apps`, `secrets`. */
export function resourceName(kind: KindRef, subresource?: string): string {
  const group = kind.apiVersion.includes('/') ? `.${kind.apiVersion.split('/', 1)[0] ?? ''}` : '';
  return `${resourceOf(kind).plural}${group}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** How people name the object: `StatefulSet ns/name`. */
export function describeObject(ref: ObjectRef): string {
  const { name, namespace } = ref.metadata;
  return `${ref.kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** How people name what is listed or watched: `Pod objects in ns`. */
export function describeCollection(kind: KindRef, namespace?: string): string {
  return `${kind.kind} objects${namespace === undefined ? '' : ` in ${namespace}`}`;
}

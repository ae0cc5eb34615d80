// Stand-ins for everybody else in the cluster: the user, the Percona operator and the controllers of Kubernetes. They write what
// these were seen to write (Percona operator 2.9.0, kube-controller-manager 1.36), reduced to the fields that matter here.
import type { DittoServerSpec } from '../../src/api/generated/ditto-server.ts';
import { DITTO_SERVER, labels, names, PERCONA_CRD_NAME, PERCONA_PG_CLUSTER, PERCONA_VERSION_LABEL, postgresClusterLabels, VOLUMES } from '../../src/api/names.ts'; // prettier-ignore
import type { AnyObject, Draft } from './kube-stand-in.ts';
import type { World } from './world.ts';

const OPERATOR = 'postgres-operator';
const CONTROLLERS = 'kube-controller-manager';
export const USER = 'kubectl';

const STORAGE: DittoServerSpec['storage'] = { metadataSize: '1Gi' };
export const BASIC: DittoServerSpec = { storage: STORAGE };
export const PERCONA: DittoServerSpec = { storage: STORAGE, percona: { enabled: true, storageSize: '1Gi' } };

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const dataOf = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));

/** The user applies a DittoServer, in a cluster where the Percona operator is installed. */
export function applyDittoServer({ kube, target }: World, spec: DittoServerSpec): void {
  const crd = { name: PERCONA_CRD_NAME, labels: { [PERCONA_VERSION_LABEL]: 'v2.9.0' } };
  if (spec.percona && !kube.find('CustomResourceDefinition', PERCONA_CRD_NAME)) {
    kube.put({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: crd }, 'helm');
  }
  kube.put({ ...DITTO_SERVER, metadata: { name: target.name }, spec }, USER);
}

/** The user edits the DittoServer. */
export function editDittoServer({ kube, target }: World, change: (draft: Draft) => void): void {
  kube.edit('DittoServer', target.name, USER, change);
}

export function annotate(name: string, value: string | undefined): (draft: Draft) => void {
  return ({ metadata }) => {
    metadata.annotations = { ...metadata.annotations, [name]: value };
    if (value === undefined) Reflect.deleteProperty(metadata.annotations, name);
  };
}

/** The operator's report on the PerconaPGCluster, and what it makes beside it when the database is ready. */
export function reportDatabase(world: World, state: 'initializing' | 'ready'): void {
  const { kube, target } = world;
  const cluster = names(target.name).postgresCluster;
  kube.edit(PERCONA_PG_CLUSTER.kind, cluster, OPERATOR, (draft) => {
    const ready = state === 'ready' ? 1 : 0;
    draft['status'] = { state, observedGeneration: draft.metadata['generation'], postgres: { size: 1, ready } };
  });
  if (state === 'ready' && !kube.find('Secret', names(target.name).postgresUserSecret)) {
    putUserSecret(world, 'first-password');
    const claim = { name: `${cluster}-instance1-abcd-pgdata`, labels: { ...postgresClusterLabels(target.name), 'postgres-operator.crunchydata.com/data': 'postgres' } }; // prettier-ignore
    kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: claim, status: { phase: 'Bound' } }, OPERATOR); // prettier-ignore
  }
}

function putUserSecret({ kube, target }: World, password: string): AnyObject {
  const { postgresUserSecret, postgresCluster } = names(target.name);
  const host = `${postgresCluster}-primary.${target.namespace}.svc`;
  const uri = `postgresql://dittofs:${password}@${host}:5432/dittofs`;
  const data = dataOf({ host, port: '5432', dbname: 'dittofs', user: 'dittofs', password, uri });
  return kube.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: postgresUserSecret }, data }, OPERATOR);
}

/** The controllers of Kubernetes make pod and volume of the StatefulSet, and the pod becomes ready, or not. */
export function runPods({ kube, target }: World, ready = true): void {
  const { name } = target;
  const { metadata } = kube.edit('StatefulSet', name, CONTROLLERS, (draft) => {
    const count = ready ? 1 : 0;
    draft['status'] = {
      observedGeneration: draft.metadata['generation'],
      replicas: 1,
      readyReplicas: count,
      availableReplicas: count,
      updatedReplicas: 1,
      currentRevision: `${name}-1`,
      updateRevision: `${name}-1`,
    };
  });
  if (!kube.find('Pod', `${name}-0`)) {
    const claim = { name: `${VOLUMES.metadata}-${name}-0`, labels: labels(name) };
    kube.put({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: claim, status: { phase: 'Bound' } }, CONTROLLERS); // prettier-ignore
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: metadata.uid, controller: true };
    kube.put({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `${name}-0`, labels: labels(name), ownerReferences: [owner] } }, CONTROLLERS); // prettier-ignore
  }
  kube.edit('Pod', `${name}-0`, CONTROLLERS, (draft) => {
    draft['status'] = { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  });
}

/** From applied to Ready, everything in good time. */
export async function bringUp(world: World, spec: DittoServerSpec): Promise<void> {
  applyDittoServer(world, spec);
  await world.tell();
  if (spec.percona?.enabled === true) {
    reportDatabase(world, 'ready');
    await world.tell();
  }
  runPods(world);
  await world.tell();
}

/** The user deletes the DittoServer; Kubernetes takes it, and then what belongs to it. */
export function deleteDittoServer({ kube, target }: World): void {
  kube.remove('DittoServer', target.name);
}

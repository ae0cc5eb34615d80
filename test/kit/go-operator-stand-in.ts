// Stand-in for the Go operator for DittoFS (version 0.29.0): writes what that one wrote for a DittoServer, in its order, with plain creates
// and updates under its field manager, so that a cluster looks as if it had served there. It watches nothing and repairs nothing; a test
// says when it makes its passes. Facts that it follows were read from the operator's source.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { DittoServer } from '../../src/api/generated/ditto-server.ts';
import { apiPath, AdminError, refOf, type Admin } from './admin.ts';
import type { KubeObject, ObjectRef } from './kubernetes-types.ts';
import {
  configHashStandIn,
  configYamlStandIn,
  ownerStandIn,
  postgresClusterSpecStandIn,
  standInLabels,
  statusStandIn,
  type SetStandIn,
  statefulSetSpecStandIn,
  type Json,
} from './go-operator-manifests-stand-in.ts';
import { readManifests, waitForCrd } from './manifests.ts';
import { waitFor } from './wait-for.ts';

const MANAGER = 'manager';
const FINALIZER = 'dittofs.dittofs.com/finalizer';
const GROUP = { apiVersion: 'dittofs.dittofs.com/v1alpha1', kind: 'DittoServer' } as const;

type Server = KubeObject & DittoServer & { spec: NonNullable<DittoServer['spec']> };
type Any = KubeObject & Readonly<Record<string, unknown>>;
interface Entry extends Json {
  readonly manager?: string;
  readonly time?: string;
}

/** Installs its CRD in the place of ours. */
export async function installGoOperatorCrd(admin: Admin): Promise<void> {
  const [crd] = readManifests(join(import.meta.dirname, 'go-operator-crd-stand-in.yaml'));
  if (!crd) throw new Error('The CRD of the Go operator is missing.');
  const live = await admin.get<KubeObject>({ apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name });
  const { resourceVersion } = live?.metadata ?? {};
  await write(admin, { ...crd, metadata: { ...crd.metadata, ...(resourceVersion && { resourceVersion }) } });
  await waitForCrd(admin, crd.metadata.name);
}

/** A create, or an update of what is there, as client-go sends it: the whole object. */
async function write(admin: Admin, object: Any, subresource?: 'status'): Promise<Any> {
  const ref = refOf(object);
  const query = { fieldManager: MANAGER };
  if (object.metadata.resourceVersion !== undefined) {
    return (await admin.request('PUT', apiPath(ref, subresource), { body: object, query })) as Any;
  }
  const { apiVersion, kind, namespace } = ref;
  const path = apiPath({ apiVersion, kind, ...(namespace !== undefined && { namespace }) });
  return (await admin.request('POST', path, { body: object, query })) as Any;
}

/** What it made for one DittoServer. */
export interface GoOperatorStandIn {
  /** Everything that it made and that has its field manager, without the DittoServer. */
  readonly objects: () => Promise<readonly Any[]>;
  /**
   * One pass: makes what is missing, puts back what differs, and tells the status. With Percona it ends early until the database is ready.
   *
   * @returns whether it went through to the end
   */
  pass(): Promise<boolean>;
  /** Passes until all is there and told, as it ends up for a server whose API answers. */
  serve(): Promise<void>;
  /** As a poll of the adapters leaves it: new tokens, nothing else. */
  poll(): Promise<void>;
  /** What it wrote looks as if it had been written two minutes earlier. */
  backdate(): Promise<void>;
}

const portOf = ({ spec }: Server): number => spec.controlPlane?.port ?? 8080;

/** The operator, as far as one DittoServer is concerned, whose API answers it and has an NFS adapter. */
export function goOperatorStandIn(
  admin: Admin,
  { namespace, name }: Pick<ObjectRef, 'name'> & { readonly namespace: string },
): GoOperatorStandIn {
  const ref: ObjectRef = { ...GROUP, namespace, name };
  const pguser = `${name}-postgres-pguser-dittofs`;
  const secrets = { apiVersion: 'v1', kind: 'Secret', namespace };

  const read = async (): Promise<Server> => {
    const server = await admin.get<Server>(ref);
    if (!server) throw new Error(`There is no DittoServer ${name}.`);
    return server;
  };
  const find = (apiVersion: string, kind: string, of: string) =>
    admin.get<Any>({ apiVersion, kind, namespace, name: of });

  /** Creates the object, or sends the live one with `change` in it. */
  async function put(object: Any, change: (live: Any) => Json): Promise<Any> {
    const live = await admin.get<Any>(refOf(object));
    return write(admin, live ? { ...live, ...change(live) } : object);
  }

  async function service(server: Server, suffix: string, spec: Json, labels: Json = {}): Promise<void> {
    const metadata = { namespace, name: `${name}-${suffix}`, labels: { ...standInLabels(name), ...labels }, ownerReferences: [ownerStandIn(server)] }; // prettier-ignore
    const selector = standInLabels(name);
    const object = { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector, ...spec } } as unknown as Any;
    await put(object, (live) => ({ spec: { ...(live['spec'] as Json), ...spec, selector } }));
  }

  async function policy(server: Server, suffix: string, ports: readonly Json[], labels: Json): Promise<void> {
    const metadata = { namespace, name: `${name}-${suffix}`, labels: { ...standInLabels(name), ...labels }, ownerReferences: [ownerStandIn(server)] }; // prettier-ignore
    const spec = { podSelector: { matchLabels: standInLabels(name) }, policyTypes: ['Ingress'], ingress: [{ ports }] };
    await put({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec }, () => ({ spec })); // prettier-ignore
  }

  /** A Secret without labels; what is in it already stays. */
  async function secret(server: Server, of: string, values: Readonly<Record<string, string>>, fresh = false) {
    const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])); // prettier-ignore
    const metadata = { namespace, name: of, ownerReferences: [ownerStandIn(server)] };
    const object = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data } as unknown as Any;
    await put(object, (live) => ({ data: fresh ? { ...(live['data'] as Json), ...data } : live['data'] }));
  }

  const value = async (of: string, key: string): Promise<string | undefined> => {
    const found = (await admin.get<Any>({ ...secrets, name: of }))?.['data'] as
      Readonly<Record<string, string>> | undefined;
    return found?.[key] === undefined ? undefined : Buffer.from(found[key], 'base64').toString();
  };

  async function hashOf(server: Server): Promise<string> {
    const values = {
      'jwt:jwt-secret': await value(`${name}-jwt-secret`, 'jwt-secret'),
      'admin:password': await value(`${name}-admin-bootstrap-credentials`, 'password'),
      ...(server.spec.percona?.enabled && { 'percona:uri': await value(pguser, 'uri') }),
    };
    const present = Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)); // prettier-ignore
    return configHashStandIn(configYamlStandIn(server.spec), present, server.metadata.generation ?? 0);
  }

  async function statefulSet(server: Server, withAdapters: boolean): Promise<void> {
    const spec = statefulSetSpecStandIn(server, { hash: await hashOf(server), adapters: withAdapters });
    const metadata = { namespace, name, ownerReferences: [ownerStandIn(server)] };
    const object = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec } as unknown as Any;
    const live = await admin.get<Any>(refOf(object));
    await write(admin, live ? { ...live, spec } : object);
  }

  async function status(): Promise<void> {
    const set = await admin.get<KubeObject & SetStandIn>({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      namespace,
      name,
    });
    if (!set) return;
    const server = await read();
    await write(admin, { ...server, status: statusStandIn(server, set) }, 'status');
  }

  async function database(server: Server): Promise<boolean> {
    if (server.spec.percona?.enabled !== true) return true;
    const [apiVersion, kind, of] = ['pgv2.percona.com/v2', 'PerconaPGCluster', `${name}-postgres`];
    const live = await find(apiVersion, kind, of);
    if (live) return (live['status'] as { state?: string } | undefined)?.state === 'ready';
    const metadata = { namespace, name: of, ownerReferences: [ownerStandIn(server)] };
    await write(admin, { apiVersion, kind, metadata, spec: postgresClusterSpecStandIn(server.spec) });
    return false;
  }

  async function account(server: Server): Promise<void> {
    const token = (): string => randomBytes(24).toString('base64url');
    const of = `${name}-operator-credentials`;
    const password = (await value(of, 'password')) ?? token();
    const url = `http://${name}-api.${namespace}.svc.cluster.local:${portOf(server)}`;
    await secret(server, of, { username: 'k8s-operator', password, 'access-token': token(), 'refresh-token': token(), 'server-url': url }, true); // prettier-ignore
  }

  async function adapter(server: Server): Promise<void> {
    const labels = { 'dittofs.io/adapter-type': 'nfs' };
    const port = (of: string, number: number, protocol: string, targetPort = number): Json => ({ name: of, port: number, targetPort, protocol }); // prettier-ignore
    const ports = [
      port('adapter-nfs', 12049, 'TCP'),
      port('portmap', 111, 'TCP', 10111),
      port('portmap-udp', 111, 'UDP', 10111),
      port('adapter-nfs-udp', 12049, 'UDP'),
      port('mdns', 5353, 'UDP'),
    ];
    const type = server.spec.adapterServices?.type ?? 'LoadBalancer';
    await service(server, 'adapter-nfs', { type, ports }, { 'dittofs.io/adapter-service': 'true', ...labels });
    const open = [12049, 10111].flatMap((number) => ['TCP', 'UDP'].map((protocol) => ({ port: number, protocol })));
    await policy(server, 'adapter-nfs', open, { 'dittofs.io/adapter-networkpolicy': 'true', ...labels });
  }

  async function finalizer(): Promise<boolean> {
    const server = await read();
    const { finalizers = [] } = server.metadata;
    if (finalizers.includes(FINALIZER)) return false;
    // A Go struct says even what is empty.
    const spec = { ...server.spec, service: server.spec.service ?? {}, resources: server.spec.resources ?? {} };
    await write(admin, { ...server, metadata: { ...server.metadata, finalizers: [...finalizers, FINALIZER] }, spec }); // prettier-ignore
    return true;
  }

  /** Secrets, ConfigMap, Services: what is made before the database is waited for. */
  async function foundation(server: Server): Promise<void> {
    const port = portOf(server);
    const api = { ports: [{ name: 'api', port, targetPort: port, protocol: 'TCP' }] };
    await secret(server, `${name}-jwt-secret`, { 'jwt-secret': randomBytes(32).toString('base64url') });
    await secret(server, `${name}-admin-bootstrap-credentials`, { username: 'admin', password: randomBytes(18).toString('base64url') }); // prettier-ignore
    const metadata = { namespace, name: `${name}-config`, ownerReferences: [ownerStandIn(server)] };
    const data = { 'config.yaml': configYamlStandIn(server.spec) };
    await put({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data }, () => ({ data }));
    await service(server, 'headless', { clusterIP: 'None', ...api });
    await service(server, 'api', { type: server.spec.service?.type ?? 'LoadBalancer', ...api });
  }

  async function pass(): Promise<boolean> {
    if (await finalizer()) return false;
    const server = await read();
    await foundation(server);
    if (!(await database(server))) return false;
    const set = await find('apps/v1', 'StatefulSet', name);
    const hasAdapters = JSON.stringify(set?.['spec'] ?? {}).includes('adapter-nfs');
    await statefulSet(server, hasAdapters);
    await status();
    const open = [{ port: portOf(server), protocol: 'TCP' }];
    await policy(server, 'baseline', open, { 'dittofs.io/baseline-networkpolicy': 'true' });
    await account(server);
    await adapter(server);
    if (!hasAdapters) await statefulSet(server, true);
    return true;
  }

  /** A pass that collides with another writer is made again, as its queue did. */
  async function retried(run: () => Promise<boolean>): Promise<boolean> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof AdminError && error.status === 409) return false;
      throw error;
    }
  }

  const KINDS = [
    ['apps/v1', 'StatefulSet', [name]],
    ['v1', 'ConfigMap', [`${name}-config`]],
    ['v1', 'Service', [`${name}-headless`, `${name}-api`, `${name}-adapter-nfs`]],
    ['networking.k8s.io/v1', 'NetworkPolicy', [`${name}-baseline`, `${name}-adapter-nfs`]],
    ['v1', 'Secret', [`${name}-jwt-secret`, `${name}-admin-bootstrap-credentials`, `${name}-operator-credentials`]],
    ['pgv2.percona.com/v2', 'PerconaPGCluster', [`${name}-postgres`]],
  ] as const;
  const objects = async (): Promise<readonly Any[]> => {
    const found = await Promise.all(KINDS.flatMap(([apiVersion, kind, all]) => all.map((of) => find(apiVersion, kind, of)))); // prettier-ignore
    return found.filter((object) => object !== undefined);
  };

  /** Rewrites the times of its entries, beside an annotation: the API server takes new times back where nothing else has changed. */
  async function backdateOne(of: ObjectRef): Promise<boolean> {
    const live = await admin.get<Any>(of);
    if (!live) return true;
    const { managedFields = [], resourceVersion } = live.metadata as typeof live.metadata & { readonly managedFields?: readonly Entry[] }; // prettier-ignore
    const earlier = (time = ''): string => new Date(Date.parse(time) - 120_000).toISOString().replace(/\.\d+/, '');
    const fields = managedFields.map((entry) => (entry.manager === MANAGER ? { ...entry, time: earlier(entry.time) } : entry)); // prettier-ignore
    const body = [
      { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
      { op: 'replace', path: '/metadata/managedFields', value: fields },
      live.metadata.annotations
        ? { op: 'add', path: '/metadata/annotations/kit~1backdated', value: new Date().toISOString() }
        : { op: 'add', path: '/metadata/annotations', value: { 'kit/backdated': new Date().toISOString() } },
    ];
    try {
      const query = { fieldManager: 'kit' };
      await admin.request('PATCH', apiPath(of), { body, query, contentType: 'application/json-patch+json' });
      return true;
    } catch (error) {
      if (error instanceof AdminError && [409, 422].includes(error.status)) return false;
      throw error;
    }
  }

  return {
    objects,
    pass: () => retried(pass),
    async serve() {
      await waitFor(`the Go operator has made ${name}`, () => retried(pass), { timeoutMs: 180_000 });
      const isRunning = async (): Promise<boolean> => {
        const set = await find('apps/v1', 'StatefulSet', name);
        const { readyReplicas, updatedReplicas, currentRevision, updateRevision } = (set?.['status'] ?? {}) as Json;
        return readyReplicas === 1 && updatedReplicas === 1 && currentRevision === updateRevision;
      };
      await waitFor(`the pod of ${name} runs`, isRunning, { timeoutMs: 120_000 });
      await waitFor(`the Go operator has told of ${name}`, () => retried(pass), { timeoutMs: 60_000 });
    },
    async poll() {
      await account(await read());
    },
    async backdate() {
      const all: readonly ObjectRef[] = [ref, ...(await objects()).map(refOf)];
      for (const of of all) await waitFor(`${of.kind} ${of.name} is backdated`, () => backdateOne(of));
    },
  };
}

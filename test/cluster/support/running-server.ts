// The DittoFS server in a DittoServer's pod, as its administrator uses it: logged in with the password from the Secret, at the pod's own
// address. Connections go the way that the product's client goes, so that certificates are checked for the name of the Service.
import { createDittoFs, type DittoFsApi, type Endpoint } from '../../../src/dittofs/index.ts';
import { createTransport } from '../../../src/dittofs/transport.ts';
import { names } from '../../../src/api/names.ts';
import { MOUNT_PATHS } from '../../../src/manifests/volumes.ts';
import type { Cluster } from '../../kit/cluster.ts';
import type { KubeObject } from '../../kit/kubernetes-types.ts';
import type { Subject } from './subject.ts';

/** How it is reached, where not by plain HTTP on port 8080. */
export type Way = Partial<Pick<Endpoint, 'scheme' | 'port' | 'trust'>>;

export interface RunningServer {
  /** Address of its pod. */
  readonly address: string;
  /** What the product's client can say, with the administrator's token. */
  readonly api: DittoFsApi;
  readonly token: string;
  /** Any other call, as the administrator; rejects when it is refused. */
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown>;
  /** Its users of that name. */
  users(username: string): Promise<readonly { readonly username: string; readonly role: string }[]>;
  /** A share, with stores for it on the volume of the metadata. */
  makeShare(name: string): Promise<void>;
  close(): void;
}

/** A Secret with these values. */
export function secretOf(namespace: string, name: string, stringData: Readonly<Record<string, string>>): KubeObject {
  return Object.assign({ apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name } }, { stringData });
}

/** One value of a Secret. */
export async function secretValue(cluster: Cluster, namespace: string, name: string, key: string): Promise<string> {
  const secret = await cluster.admin.get<KubeObject & { readonly data?: Readonly<Record<string, string>> }>({
    apiVersion: 'v1',
    kind: 'Secret',
    namespace,
    name,
  });
  return Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
}

/** Logs in as the administrator. */
export async function runningServer(cluster: Cluster, subject: Subject, way: Way = {}): Promise<RunningServer> {
  const { namespace, name } = subject;
  const address = (await subject.pod())?.status?.podIP ?? '';
  const route = { route: (_: string, port: number) => ({ host: address, port }) };
  const host = `${names(name).apiService}.${namespace}.svc.cluster.local`;
  const endpoint: Endpoint = { scheme: 'http', host, port: 8080, trust: {}, ...way };
  const dittofs = createDittoFs(route);
  const transport = createTransport(route);
  const api = dittofs.at(endpoint);
  const password = await secretValue(cluster, namespace, names(name).adminSecret, 'password');
  const close = (): void => {
    dittofs.close();
    transport.close();
  };
  const { accessToken: token } = await api.login({ username: 'admin', password }).catch((error: unknown) => {
    close();
    throw error;
  });
  const call: RunningServer['call'] = (method, path, body) =>
    transport.send(endpoint, { about: path, method, path: `/api/v1/${path}`, token, body });
  return {
    address,
    api,
    token,
    call,
    async users(username) {
      const users = (await call('GET', 'users')) as { readonly username: string; readonly role: string }[];
      return users.filter((user) => user.username === username);
    },
    async makeShare(share) {
      const at = (store: string): string => JSON.stringify({ path: `${MOUNT_PATHS.metadata}/${store}` });
      await call('POST', 'store/metadata', { name: 'm', type: 'badger', config: at('m') });
      await call('POST', 'store/block/local', { name: 'b', type: 'fs', config: at('b') });
      await call('POST', 'shares', { name: share, metadata_store_id: 'm', local_block_store: 'b' });
    },
    close,
  };
}

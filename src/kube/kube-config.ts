// Where the address and the credentials of the API server come from. client-node is loaded only when it is needed: it costs 85 MB.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const SERVICE_ACCOUNT_TOKEN = `${SERVICE_ACCOUNT}/token`;

/**
 * KUBECONFIG, else the service account of the pod we run in, else ~/.kube/config.
 * @throws Error with one sentence for the user; it quotes nothing of the file
 */
export async function loadKubeConfig(env: Readonly<Record<string, string | undefined>>): Promise<KubeConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const kubeConfig = new KubeConfig();
  const paths = kubeConfigPaths(env);
  if (paths === 'in-cluster') {
    kubeConfig.loadFromCluster();
    return kubeConfig;
  }
  for (const [index, path] of paths.entries()) {
    if (index === 0) readInto(path, () => loadFile(kubeConfig, path));
    else readInto(path, () => mergeFile(kubeConfig, new KubeConfig(), path));
  }
  if (!kubeConfig.getCurrentCluster()) {
    throw new Error(
      'The kubeconfig has no current context that names a cluster: set one with kubectl config use-context',
    );
  }
  return kubeConfig;
}

/** The namespace that is our own: the pod's; outside of a cluster that of the current context, else `default`. */
export function ownNamespace(kubeConfig: Pick<KubeConfig, 'getContextObject' | 'getCurrentContext'>): string {
  const file = `${SERVICE_ACCOUNT}/namespace`;
  const ofPod = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return ofPod || kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace || 'default';
}

function kubeConfigPaths(env: Readonly<Record<string, string | undefined>>): readonly string[] | 'in-cluster' {
  const named = (env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '');
  if (named.length > 0) return named;
  if (existsSync(SERVICE_ACCOUNT_TOKEN)) return 'in-cluster';
  const home = join(env['HOME'] ?? homedir(), '.kube', 'config');
  if (existsSync(home)) return [home];
  throw new Error(
    `No Kubernetes cluster is configured: set KUBECONFIG, create ${home}, or run inside a cluster with a service account`,
  );
}

function mergeFile(into: KubeConfig, part: KubeConfig, path: string): void {
  loadFile(part, path);
  into.mergeConfig(part);
}

/** client-node (2.0.1) knows a token's file only for service accounts; `tokenFile` of a user is what kubectl reads. */
function loadFile(kubeConfig: KubeConfig, path: string): void {
  kubeConfig.loadFromFile(path);
  const { users } = parse(readFileSync(path, 'utf8')) as {
    readonly users?: readonly { readonly name: string; readonly user?: { readonly tokenFile?: string } }[];
  };
  kubeConfig.users = kubeConfig.users.map((user) => {
    const tokenFile = users?.find(({ name }) => name === user.name)?.user?.tokenFile;
    if (!tokenFile) return user;
    return { ...user, authProvider: { name: 'tokenFile', config: { tokenFile: resolve(dirname(path), tokenFile) } } };
  });
}

function readInto(path: string, read: () => void): void {
  try {
    read();
  } catch {
    throw new Error(`The kubeconfig ${path} cannot be read, or is no kubeconfig`); // the parser's message quotes the file, which holds keys
  }
}

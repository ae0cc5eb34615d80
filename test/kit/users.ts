// The users of a kit cluster: one per part, so that rights and the audit log tell them apart.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `admin` is the test's or the demo's user; `provisioner` has exactly the role that `deploy/rbac` ships. */
export const users = ['admin', 'provisioner', 'percona-operator', 'kubelet-stand-in', 'controller-manager'] as const;
export type User = (typeof users)[number];

const groups: Readonly<Partial<Record<User, string>>> = {
  admin: 'system:masters',
  'kubelet-stand-in': 'system:masters',
  'controller-manager': 'system:masters',
};

export interface Credentials {
  /** For kube-apiserver's --token-auth-file. */
  readonly tokenFile: string;
  token(user: User): string;
}

/** Makes a token for every user. */
export function createCredentials(folder: string): Credentials {
  const tokens = new Map(users.map((user) => [user, randomBytes(16).toString('hex')]));
  const tokenFile = join(folder, 'tokens.csv');
  const lines = [...tokens].map(
    ([user, token]) => `${token},${user},${user}${groups[user] ? `,"${groups[user]}"` : ''}`,
  );
  writeFileSync(tokenFile, `${lines.join('\n')}\n`, { mode: 0o600 });
  return {
    tokenFile,
    token: (user) => tokens.get(user) ?? '',
  };
}

export interface KubeconfigTarget {
  readonly server: string;
  readonly caPem: string;
  /** The name in the server's certificate, where the address is another one. */
  readonly tlsServerName?: string;
}

/** Where `deploy/rbac` lets the provisioner live. */
const homes: Readonly<Partial<Record<User, string>>> = { provisioner: 'dittofs-system' };

/** Writes a kubeconfig file (in JSON, which is YAML too) and returns its path. */
export function writeKubeconfig(folder: string, user: User, token: string, target: KubeconfigTarget): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${user}.kubeconfig`);
  const cluster = {
    server: target.server,
    'certificate-authority-data': Buffer.from(target.caPem).toString('base64'),
    ...(target.tlsServerName ? { 'tls-server-name': target.tlsServerName } : {}),
  };
  const context = { cluster: 'kit', user, ...(homes[user] ? { namespace: homes[user] } : {}) };
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kit', cluster }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: 'kit', context }],
    'current-context': 'kit',
  };
  writeFileSync(path, `${JSON.stringify(kubeconfig, undefined, 2)}\n`, { mode: 0o600 });
  return path;
}

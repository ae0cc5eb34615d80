// The DittoServers that exist, and which of them a changed object concerns: by the names derived from a DittoServer, by our labels, and
// by the Secrets and StorageClasses that its spec refers to.
import type { DittoServer } from '../api/generated/ditto-server.ts';
import type { Stored } from '../api/kubernetes.ts';
import { APP, LABELS, names } from '../api/names.ts';

/** `namespace/name` of a DittoServer. */
export type ServerKey = `${string}/${string}`;

/** An object as far as the directory needs to know it. */
export interface Subject {
  readonly kind: string;
  /** Empty at cluster scope. */
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

export interface Directory {
  put(server: Stored<DittoServer>): void;
  remove(key: ServerKey): void;
  keys(): readonly ServerKey[];
  has(key: ServerKey): boolean;
  /** Those that use Percona, of one namespace or of all. */
  withPercona(namespace: string | undefined): readonly ServerKey[];
  /** Only DittoServers that exist. */
  concernedBy(subject: Subject): readonly ServerKey[];
}

interface Entry {
  readonly objects: ReadonlySet<string>;
  readonly percona: boolean;
}

/** An empty directory. */
export function createDirectory(): Directory {
  const servers = new Map<ServerKey, Entry>();
  const byObject = new Map<string, Set<ServerKey>>();

  const unlink = (key: ServerKey): void => {
    for (const object of servers.get(key)?.objects ?? []) {
      const concerned = byObject.get(object);
      concerned?.delete(key);
      if (concerned?.size === 0) byObject.delete(object);
    }
    servers.delete(key);
  };

  return {
    put(server) {
      const key = serverKey(server.metadata.namespace ?? '', server.metadata.name);
      unlink(key);
      const objects = objectsOf(server);
      servers.set(key, { objects, percona: server.spec?.percona?.enabled === true });
      for (const object of objects) byObject.set(object, (byObject.get(object) ?? new Set()).add(key));
    },
    remove: unlink,
    keys: () => [...servers.keys()],
    has: (key) => servers.has(key),
    withPercona: (namespace) =>
      [...servers]
        .filter(([key, entry]) => entry.percona && (namespace === undefined || key.startsWith(`${namespace}/`)))
        .map(([key]) => key),
    concernedBy(subject) {
      const { kind, namespace, name, labels = {} } = subject;
      const concerned = new Set(byObject.get(objectKey(kind, namespace, name)));
      const labelled = serverKey(namespace, labels[LABELS.instance] ?? '');
      if (labels[LABELS.app] === APP && servers.has(labelled)) concerned.add(labelled);
      return [...concerned];
    },
  };
}

export function serverKey(namespace: string, name: string): ServerKey {
  return `${namespace}/${name}`;
}

export function splitKey(key: ServerKey): { readonly namespace: string; readonly name: string } {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

function objectKey(kind: string, namespace: string, name: string): string {
  return `${kind} ${namespace}/${name}`;
}

/** Everything that is the DittoServer's by its name, and what its spec refers to. */
function objectsOf(server: Stored<DittoServer>): ReadonlySet<string> {
  const { namespace = '', name } = server.metadata;
  const n = names(name);
  const derived: readonly (readonly [string, readonly string[]])[] = [
    ['StatefulSet', [n.statefulSet]],
    ['Pod', [`${n.statefulSet}-0`]],
    ['Service', [n.headlessService, n.apiService, n.metricsService]],
    ['NetworkPolicy', [n.baselineNetworkPolicy]],
    ['ServiceMonitor', [n.metricsService]],
    ['ConfigMap', [n.configMap, n.postgresConfigMap, n.postgresBackupConfigMap]],
    ['Secret', [n.jwtSecret, n.adminSecret, n.operatorSecret, n.postgresUserSecret, n.postgresCertSecret]],
    ['PerconaPGCluster', [n.postgresCluster]],
    ['PersistentVolumeClaim', [n.metadataClaim, n.contentClaim, n.controlPlaneClaim]],
  ];
  const refs = referencesIn(server.spec);
  return new Set([
    ...derived.flatMap(([kind, list]) => list.map((each) => objectKey(kind, namespace, each))),
    ...refs.secrets.map((each) => objectKey('Secret', namespace, each)),
    ...refs.storageClasses.map((each) => objectKey('StorageClass', '', each)),
  ]);
}

/** No reference stands deeper; what was stored under another schema may be nested without end. */
const DEEPEST = 12;

interface References {
  readonly secrets: readonly string[];
  readonly storageClasses: readonly string[];
}

/**
 * Secrets and StorageClasses that a spec names, wherever: `…SecretName: x`, `…SecretRef: {name: x}`, `bearerTokenSecret: {name: x}`,
 * `storageClassName: x`. A field of a newer CRD is found without a change here.
 */
export function referencesIn(spec: unknown): References {
  const secrets: string[] = [];
  const storageClasses: string[] = [];
  const visit = (field: string, value: unknown, depth: number): void => {
    if (depth > DEEPEST) return;
    secrets.push(...secretNamed(field, value));
    if (field === 'storageClassName' && typeof value === 'string') storageClasses.push(value);
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) value.forEach((item) => visit(field, item, depth + 1));
    else for (const [name, item] of Object.entries(value)) visit(name, item, depth + 1);
  };
  visit('', spec, 0);
  return { secrets, storageClasses };
}

function secretNamed(field: string, value: unknown): readonly string[] {
  if (typeof value === 'string') return /SecretName$/i.test(field) ? [value] : [];
  const refers = /secret/i.test(field) && typeof value === 'object' && value !== null && 'name' in value;
  return refers && typeof value.name === 'string' ? [value.name] : [];
}

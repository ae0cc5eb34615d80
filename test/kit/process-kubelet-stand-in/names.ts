// The names of a cluster's Services and pods as hosts files: one that this machine's processes can use, and one for each pod. As in a
// cluster, `<service>.<namespace>.svc` (with and without `cluster.local`) leads to a ready pod, within its namespace also the
// shorter forms; a headless Service without one is unknown, another one refuses connections. There are no service addresses: a
// port of a Service must be that of its pods.
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { Pod } from '../kubernetes-types.ts';
import { clusterKey, isPerconaInstance } from './database-program.ts';
import { namespaceOf, type RunnablePod, type Service } from './pod-types.ts';

export interface NameFacts {
  readonly services: Iterable<Service>;
  readonly pods: Iterable<RunnablePod>;
  /** Where connections are refused. */
  readonly refusingAddress: string;
  /** The pod with the primary of a PerconaPGCluster. */
  readonly primaryOf: (key: string) => RunnablePod | undefined;
}

const CLUSTER_DOMAIN = 'cluster.local';

/** Lines of hosts files by namespace; those of `''` are for processes outside of pods. */
export function hostsLines({
  services,
  pods,
  refusingAddress,
  primaryOf,
}: NameFacts): ReadonlyMap<string, readonly string[]> {
  const [all, running] = [new Map<string, string[]>([['', []]]), [...pods].filter(hasAddress)];
  const add = (address: string, namespace: string, name: string) => {
    const full = [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.${CLUSTER_DOMAIN}`];
    all.get('')?.push(`${address} ${full.join(' ')}`);
    const own = all.get(namespace) ?? [];
    own.push(`${address} ${[...full, `${name}.${namespace}`, name].join(' ')}`);
    all.set(namespace, own);
  };
  for (const service of services) {
    const [namespace, { name }] = [namespaceOf(service), service.metadata];
    const behind = podsBehind(service, running, primaryOf);
    for (const pod of behind) add(addressOf(pod), namespace, name);
    if (behind.length === 0 && service.spec.clusterIP !== 'None') add(refusingAddress, namespace, name);
    if (service.spec.clusterIP !== 'None') continue;
    for (const pod of behind.filter(({ spec }) => spec.hostname && spec.subdomain === name)) {
      add(addressOf(pod), namespace, `${pod.spec.hostname}.${name}`);
    }
  }
  return all;
}

/** A Service of Percona's without a selector leads to the primary: Patroni would say so in its Endpoints. */
function podsBehind(
  service: Service,
  pods: readonly RunnablePod[],
  primaryOf: NameFacts['primaryOf'],
): readonly RunnablePod[] {
  const { selector, publishNotReadyAddresses, clusterIP } = service.spec;
  const { labels = {} } = service.metadata;
  if (!selector) {
    const leads =
      labels['postgres-operator.crunchydata.com/role'] === 'primary' || service.metadata.name.endsWith('-ha');
    const primary = leads ? primaryOf(clusterKey(service)) : undefined;
    return primary && hasAddress(primary) ? [primary] : [];
  }
  const selected = pods.filter(
    (pod) =>
      namespaceOf(pod) === namespaceOf(service) &&
      Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value) &&
      (publishNotReadyAddresses || (isReady(pod) && !pod.metadata.deletionTimestamp)),
  );
  return clusterIP === 'None' ? selected : selected.slice(0, 1);
}

function hasAddress(pod: Pod): boolean {
  return pod.status?.podIP !== undefined;
}

function addressOf(pod: Pod): string {
  return pod.status?.podIP ?? '';
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** A pod of a PerconaPGCluster that could hold the primary. */
export function mayBePrimary(pod: Pod): boolean {
  return isPerconaInstance(pod) && !pod.metadata.deletionTimestamp;
}

const local = ['127.0.0.1 localhost', '::1 localhost ip6-localhost'];

/** The text of a hosts file. */
export function hostsText(lines: readonly string[], own?: { readonly address: string; readonly name: string }): string {
  return `${[...local, ...(own ? [`${own.address} ${own.name}`] : []), ...lines].join('\n')}\n`;
}

/** The first address by name, as JSON: for programs that take a file of their own in place of a hosts file. */
export function hostsJson(lines: readonly string[]): string {
  const entries = lines.flatMap((line) => {
    const [address = '', ...names] = line.split(' ');
    return names.map((name) => [name, address] as const);
  });
  return `${JSON.stringify(Object.fromEntries(entries.reverse()), undefined, 2)}\n`;
}

/** Writes over a file that is bound into namespaces: it must stay the same file, and never be empty in between. */
export function overwrite(path: string, text: string): void {
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, writeSync(file, text, 0));
  } finally {
    closeSync(file);
  }
}

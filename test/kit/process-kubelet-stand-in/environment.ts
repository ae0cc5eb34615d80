// The environment of a container, as a kubelet makes it: literal values with $(NAME) replaced, keys of Secrets and ConfigMaps, facts about
// the pod, and Kubernetes' own variables for the Services of the namespace.
import type { Admin } from '../admin.ts';
import type {
  ConfigMap,
  EnvFrom,
  EnvVar,
  KeyRef,
  RunnableContainer,
  RunnablePod,
  Secret,
  Service,
} from './pod-types.ts';
import { namespaceOf, uidOf } from './pod-types.ts';

/** What keeps a container from being made until somebody mends it; the message is the one that a kubelet gives. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export interface EnvironmentSources {
  readonly admin: Admin;
  readonly podIP: string;
  readonly hostIP: string;
  /** Of the pod's namespace. */
  readonly services: readonly Service[];
}

type Values = Record<string, string>;

/** Throws a ConfigError when a Secret, ConfigMap or key is missing that is not optional. */
export async function environmentOf(
  pod: RunnablePod,
  container: RunnableContainer,
  sources: EnvironmentSources,
): Promise<Readonly<Values>> {
  const values: Values = { ...serviceVariables(pod, sources.services) };
  for (const from of container.envFrom ?? []) Object.assign(values, await allKeys(pod, from, sources.admin));
  for (const variable of container.env ?? []) {
    const value = await valueOf(pod, variable, values, sources);
    if (value !== undefined) values[variable.name] = value;
  }
  return values;
}

async function valueOf(
  pod: RunnablePod,
  { value, valueFrom }: EnvVar,
  before: Readonly<Values>,
  sources: EnvironmentSources,
): Promise<string | undefined> {
  if (valueFrom?.secretKeyRef) return keyOf(pod, 'Secret', valueFrom.secretKeyRef, sources.admin);
  if (valueFrom?.configMapKeyRef) return keyOf(pod, 'ConfigMap', valueFrom.configMapKeyRef, sources.admin);
  if (valueFrom?.fieldRef) return podField(pod, valueFrom.fieldRef.fieldPath, sources);
  if (valueFrom?.resourceFieldRef) return resourceOf(valueFrom.resourceFieldRef.resource);
  return expand(value ?? '', before);
}

/** Kubernetes' $(NAME), with $$ for a dollar; what is not defined stays as it is written. */
export function expand(text: string, values: Readonly<Values>): string {
  return text.replaceAll(/\$(\$|\(([\w.-]+)\))/g, (whole, dollar: string, name?: string) =>
    dollar === '$' ? '$' : (values[name ?? ''] ?? whole),
  );
}

type SourceKind = 'Secret' | 'ConfigMap';

/** The decoded entries of a Secret or ConfigMap, or undefined if there is none. */
export async function entriesOf(
  admin: Admin,
  kind: SourceKind,
  namespace: string,
  name: string,
): Promise<Readonly<Record<string, Buffer>> | undefined> {
  const source = await admin.get<Secret & ConfigMap>({ apiVersion: 'v1', kind, namespace, name });
  if (!source) return undefined;
  const decode = (data: Readonly<Values> = {}, encoding: 'utf8' | 'base64') =>
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, encoding)] as const);
  const entries = [
    ...decode(source.data, kind === 'Secret' ? 'base64' : 'utf8'),
    ...decode(source.binaryData, 'base64'),
  ];
  return Object.fromEntries(entries);
}

async function keyOf(
  pod: RunnablePod,
  kind: SourceKind,
  { name, key, optional = false }: KeyRef,
  admin: Admin,
): Promise<string | undefined> {
  const namespace = namespaceOf(pod);
  const entries = await entriesOf(admin, kind, namespace, name);
  const value = entries?.[key]?.toString();
  if (value !== undefined || optional) return value;
  if (!entries) throw new ConfigError(`${kind.toLowerCase()} "${name}" not found`);
  throw new ConfigError(`couldn't find key ${key} in ${kind} ${namespace}/${name}`);
}

async function allKeys(
  pod: RunnablePod,
  { prefix = '', secretRef, configMapRef }: EnvFrom,
  admin: Admin,
): Promise<Values> {
  const kind = secretRef ? 'Secret' : 'ConfigMap';
  const ref = secretRef ?? configMapRef;
  if (!ref) return {};
  const entries = await entriesOf(admin, kind, namespaceOf(pod), ref.name);
  if (!entries && !ref.optional) throw new ConfigError(`${kind.toLowerCase()} "${ref.name}" not found`);
  return Object.fromEntries(Object.entries(entries ?? {}).map(([key, value]) => [`${prefix}${key}`, value.toString()]));
}

/** A fact about the pod that its specification may refer to. */
export function podField(
  pod: RunnablePod,
  path: string,
  { podIP, hostIP }: Pick<EnvironmentSources, 'podIP' | 'hostIP'>,
): string {
  const { metadata, spec } = pod;
  const entry = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (entry) return metadata[entry[1] as 'labels' | 'annotations']?.[entry[2] ?? ''] ?? '';
  const lines = (of: Readonly<Values> = {}) =>
    Object.entries(of).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const fields: Readonly<Values> = {
    'metadata.name': metadata.name,
    'metadata.namespace': namespaceOf(pod),
    'metadata.uid': uidOf(pod),
    'metadata.labels': lines(metadata.labels).join('\n'),
    'metadata.annotations': lines(metadata.annotations).join('\n'),
    'spec.nodeName': spec.nodeName ?? '',
    'spec.serviceAccountName': spec.serviceAccountName ?? 'default',
    'status.podIP': podIP,
    'status.podIPs': podIP,
    'status.hostIP': hostIP,
  };
  return fields[path] ?? '';
}

/** Limits are not enforced here; a program that asks is told of the node's. */
function resourceOf(resource: string): string {
  return resource.endsWith('cpu') ? '64' : String(256 * 1024 ** 3);
}

/** The API server's own variables are in every container, those of the namespace's Services unless the pod declines them. */
function serviceVariables({ spec }: RunnablePod, services: readonly Service[]): Values {
  const kubernetes = serviceLinks('kubernetes', '10.96.0.1', [443]);
  if (spec.enableServiceLinks === false) return kubernetes;
  const links = services
    .filter(({ spec: { clusterIP = 'None' } }) => clusterIP !== 'None')
    .map(({ metadata, spec: { clusterIP = '', ports = [] } }) =>
      serviceLinks(
        metadata.name,
        clusterIP,
        ports.map(({ port }) => port),
      ),
    );
  return Object.assign({}, ...links, kubernetes) as Values;
}

function serviceLinks(name: string, address: string, ports: readonly number[]): Values {
  const prefix = name.toUpperCase().replaceAll('-', '_');
  const [first = 0] = ports;
  const each = ports.flatMap((port) => [
    [`${prefix}_PORT_${port}_TCP`, `tcp://${address}:${port}`],
    [`${prefix}_PORT_${port}_TCP_PROTO`, 'tcp'],
    [`${prefix}_PORT_${port}_TCP_PORT`, String(port)],
    [`${prefix}_PORT_${port}_TCP_ADDR`, address],
  ]);
  return {
    [`${prefix}_SERVICE_HOST`]: address,
    [`${prefix}_SERVICE_PORT`]: String(first),
    [`${prefix}_PORT`]: `tcp://${address}:${first}`,
    ...(Object.fromEntries(each) as Values),
  };
}

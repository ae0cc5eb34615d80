// The children of the foundation: what we mean, and what stands.
import { digest } from '../../src/api/fingerprint.ts';
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import { names, SERVICE_MONITOR } from '../../src/api/names.ts';
import type { Memory } from '../../src/api/verdict.ts';
import {
  adminSecret,
  apiService,
  baselineNetworkPolicy,
  configMap,
  headlessService,
  jwtSecret,
  metricsService,
  secretRefs,
  serviceMonitor,
  type RandomBytes,
  type RenderableServer,
} from '../../src/manifests/index.ts';
import type { ChildFact, Fact, Live } from '../../src/requirements/facts.ts';
import { liveOf } from './live.ts';
import { mapFact, type Reader } from './read.ts';
import type { Secrets } from './secrets.ts';

/** One activity asks several times, and writing config.yaml out is the dearest part of rendering. */
const rendered = new WeakMap<RenderableServer, readonly KubeObject[]>();

/** Objects that are applied again whenever they are no longer what we mean. */
export function enforcedChildren(server: RenderableServer): readonly KubeObject[] {
  const children = rendered.get(server) ?? render(server);
  rendered.set(server, children);
  return children;
}

const render = (server: RenderableServer): readonly KubeObject[] => [
  configMap(server),
  headlessService(server),
  apiService(server),
  baselineNetworkPolicy(server),
  ...optional(metricsService(server)),
  ...optional(serviceMonitor(server)),
];

const optional = <T>(child: T | undefined): readonly T[] => (child === undefined ? [] : [child]);

/**
 * Objects that were asked for once and are not any more. They are looked for only where there is a sign of them, so that a
 * DittoServer which never had them costs no reading: the block is still in the specification, or the workflow remembers one.
 */
export function unwantedChildren(
  server: RenderableServer,
  { applied }: Pick<Memory, 'applied'>,
): readonly KubeObject[] {
  const { name, namespace } = server.metadata;
  const metadata = { name: names(name).metricsService, namespace };
  const wanted = new Set(enforcedChildren(server).map(childName));
  const kinds = [{ apiVersion: 'v1', kind: 'Service' }, SERVICE_MONITOR];
  const candidates = kinds.map((kind): KubeObject => ({ ...kind, metadata }));
  const hinted = (child: string): boolean => server.spec.metrics !== undefined || child in applied;
  return candidates.filter((object) => !wanted.has(childName(object)) && hinted(childName(object)));
}

/** Secrets that we make up, where the user gives none. */
export function generatedSecrets(server: RenderableServer, randomBytes: RandomBytes): readonly KubeObject[] {
  const generated = new Set(
    secretRefs(server)
      .filter(({ source }) => source === 'generated')
      .map(({ secretName }) => secretName),
  );
  return [jwtSecret(server, randomBytes), adminSecret(server, randomBytes)].filter(({ metadata }) =>
    generated.has(metadata.name),
  );
}

export const childName = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

/** Digest of what we mean by a child. */
export const intentOf = (object: KubeObject): string => digest(object);

/** Child → the object as it stands; one whose API is not installed is not in it. */
export type Lives = ReadonlyMap<string, Fact<Live>>;

/** All children but Secrets as they stand. */
export async function readChildren(read: Reader, server: RenderableServer, memory: Memory): Promise<Lives> {
  const objects = [...enforcedChildren(server), ...unwantedChildren(server, memory)];
  const found = objects.map(async (object) => {
    const fact = await read.getWhereServed(object);
    return fact && ([childName(object), mapFact(fact, (stored) => liveOf(stored, server))] as const);
  });
  return new Map((await Promise.all(found)).filter((entry) => entry !== undefined));
}

/** What the pods read stays with their template, where that is of another version. */
const policyOf = ({ kind }: KubeObject, keepsTemplate: boolean): ChildFact['policy'] =>
  keepsTemplate && kind === 'ConfigMap' ? 'with-template' : 'enforced';

/**
 * All children but Secrets as they stand, with what we mean by them. Where an API is not installed there is nothing to do.
 *
 * @param keepsTemplate the StatefulSet that stands has a pod template of another version
 */
export function childFacts(
  server: RenderableServer,
  memory: Memory,
  lives: Lives,
  keepsTemplate: boolean,
): readonly ChildFact[] {
  const facts = (objects: readonly KubeObject[], policy: ChildFact['policy']): readonly ChildFact[] =>
    objects.flatMap((object) => {
      const child = childName(object);
      const live = lives.get(child);
      return live ? [{ child, policy, intent: policy === 'unwanted' ? '' : intentOf(object), live }] : [];
    });
  const wanted = enforcedChildren(server).flatMap((object) => facts([object], policyOf(object, keepsTemplate)));
  return [...wanted, ...facts(unwantedChildren(server, memory), 'unwanted')];
}

/** Generated Secrets, from those that were read. */
export function generatedFacts(server: RenderableServer, secrets: Secrets): readonly ChildFact[] {
  const noBytes = (size: number): Uint8Array => new Uint8Array(size);
  return generatedSecrets(server, noBytes).map((object): ChildFact => {
    const secret = secrets.get(object.metadata.name) ?? { state: 'absent' };
    const live = mapFact(secret, (found) => liveOf(found as Stored, server));
    return { child: childName(object), policy: 'create-once', intent: '', live };
  });
}

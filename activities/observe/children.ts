// The children of the foundation: what we mean, and what stands.
import { digest } from '../../src/api/fingerprint.ts';
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import {
  adminSecret,
  apiService,
  configMap,
  headlessService,
  jwtSecret,
  secretRefs,
  type RandomBytes,
  type RenderableServer,
} from '../../src/manifests/index.ts';
import { ABSENT, type ChildFact, type Fact, type Live } from '../../src/requirements/facts.ts';
import { liveOf } from './live.ts';
import { mapFact, type Reader } from './read.ts';
import type { Secrets } from './secrets.ts';

/** One activity asks several times, and writing config.yaml out is the dearest part of rendering. */
const rendered = new WeakMap<RenderableServer, readonly KubeObject[]>();

/** Objects that are applied again whenever they are no longer what we mean. */
export function enforcedChildren(server: RenderableServer): readonly KubeObject[] {
  const children = rendered.get(server) ?? [configMap(server), headlessService(server), apiService(server)];
  rendered.set(server, children);
  return children;
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

/** Child → the object as it stands, of ConfigMap and Services. */
export async function readEnforced(read: Reader, server: RenderableServer): Promise<ReadonlyMap<string, Fact<Live>>> {
  const found = enforcedChildren(server).map(async (object) => {
    const live = mapFact(await read.get(object), (stored) => liveOf(stored, server));
    return [childName(object), live] as const;
  });
  return new Map(await Promise.all(found));
}

/** ConfigMap and Services as they stand, with what we mean by them. */
export function enforcedFacts(server: RenderableServer, lives: ReadonlyMap<string, Fact<Live>>): readonly ChildFact[] {
  return enforcedChildren(server).map((object): ChildFact => {
    const child = childName(object);
    return { child, policy: 'enforced', intent: intentOf(object), live: lives.get(child) ?? ABSENT };
  });
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

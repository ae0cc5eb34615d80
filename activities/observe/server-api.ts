// The server's own API as far as Kubernetes tells: where it is, with which credentials, and what makes its adapters reachable.
import { digest } from '../../src/api/fingerprint.ts';
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import { adapterSlug, LABELS, names } from '../../src/api/names.ts';
import { textIn, type SecretObject } from '../../src/api/secret-data.ts';
import type { KnownAdapter } from '../../src/api/verdict.ts';
import {
  accountOf as accountOfServer,
  endpointOf as endpointOfServer,
  secretsOfApi,
  urlOf,
  type Account,
  type Credentials,
  type Endpoint,
} from '../../src/dittofs/index.ts';
import { adapterNetworkPolicy, adapterService, settings, type RenderableServer } from '../../src/manifests/index.ts';
import {
  ABSENT,
  known,
  type ChildFact,
  type Fact,
  type Live,
  type ServerApiFact,
} from '../../src/requirements/facts.ts';
import { childName, intentOf } from './children.ts';
import { liveOf } from './live.ts';
import { allKnown, mapFact, type Reader } from './read.ts';
import type { Secrets } from './secrets.ts';

/** Child → the Service or NetworkPolicy of an adapter as it stands. */
export type AdapterLives = Fact<ReadonlyMap<string, { readonly object: Stored; readonly live: Live }>>;

const KINDS = [
  [{ apiVersion: 'v1', kind: 'Service' }, LABELS.adapterService],
  [{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' }, LABELS.adapterNetworkPolicy],
] as const;

/** Everything that carries the label of an adapter of this DittoServer. */
async function readLabelled(read: Reader, server: RenderableServer): Promise<Fact<readonly Stored[]>> {
  const lists = await Promise.all(
    KINDS.map(async ([kind, label]) => {
      const labelSelector = `${label}=true,${LABELS.instance}=${server.metadata.name}`;
      // Items of a list come without their kind.
      return mapFact(await read.list(kind, { labelSelector }), (items) =>
        items.map((object): Stored => ({ ...object, ...kind })),
      );
    }),
  );
  return mapFact(allKnown(lists), (all) => all.flat());
}

/**
 * The Services and NetworkPolicies of adapters: what carries our labels, and what has the name of one that is wanted, since somebody
 * else's has no label of ours, and one of ours may have lost it.
 */
export async function readAdapterChildren(
  read: Reader,
  server: RenderableServer,
  adapters: readonly KnownAdapter[],
): Promise<AdapterLives> {
  const labelled = await readLabelled(read, server);
  if (labelled.state !== 'known') return labelled.state === 'unreadable' ? labelled : known(new Map());
  const there = new Set(labelled.value.map(childName));
  const wanted = adapters
    .filter(({ enabled }) => enabled)
    .flatMap((adapter) => [adapterService(server, adapter), adapterNetworkPolicy(server, adapter)])
    .filter((object) => !there.has(childName(object)));
  const named = allKnown(await Promise.all(wanted.map((object) => read.get<KubeObject>(object))));
  return mapFact(named, (found) => {
    const all = [...labelled.value, ...found];
    return new Map(all.map((object) => [childName(object), { object, live: liveOf(object, server) }] as const));
  });
}

/** The objects that make these adapters reachable. One that is not healthy keeps what it has, and gets nothing new. */
export function adapterObjects(
  server: RenderableServer,
  adapters: readonly KnownAdapter[],
  lives: AdapterLives,
): readonly KubeObject[] {
  const there = lives.state === 'known' ? lives.value : new Map<string, unknown>();
  const slugs = new Set<string>();
  return adapters.flatMap((adapter) => {
    const slug = adapterSlug(adapter.type);
    const objects = [adapterService(server, adapter), adapterNetworkPolicy(server, adapter)];
    const exposed = adapter.enabled && (adapter.healthy || objects.some((object) => there.has(childName(object))));
    if (!exposed || slugs.has(slug)) return [];
    slugs.add(slug);
    return objects;
  });
}

/** What is wanted and what is not any more. While the adapters are not known, nothing is judged, and so nothing removed. */
export function adapterFacts(
  server: RenderableServer,
  adapters: readonly KnownAdapter[] | undefined,
  lives: AdapterLives,
): readonly ChildFact[] {
  if (!adapters) return [];
  const there = lives.state === 'known' ? lives.value : new Map<string, { readonly live: Live }>();
  const wanted = adapterObjects(server, adapters, lives).map((object): ChildFact => {
    const child = childName(object);
    const found = there.get(child);
    const live: Fact<Live> = found ? known(found.live) : lives.state === 'unreadable' ? lives : ABSENT;
    return { child, policy: 'enforced', intent: intentOf(object), live };
  });
  const kept = new Set(wanted.map(({ child }) => child));
  const rest = [...there].filter(([child, { live }]) => !kept.has(child) && live.ownership === 'ours');
  return [...wanted, ...rest.map(([child, { live }]): ChildFact => ({ child, policy: 'unwanted', intent: '', live: known(live) }))]; // prettier-ignore
}

/** One value of a Secret that was read; undefined when it is not there or empty. */
function valueIn(secrets: Secrets, secretName: string, key: string): string | undefined {
  const fact = secrets.get(secretName);
  return (fact?.state === 'known' && textIn(fact.value.data, key)) || undefined;
}

/** Where the API is. */
export const endpointOf = (server: RenderableServer, secrets: Secrets, clusterDomain: string): Endpoint =>
  endpointOfServer(server, (secret, key) => valueIn(secrets, secret, key), clusterDomain);

/** The provisioner's own account; undefined when there is none that can be used. */
export const accountOf = (server: RenderableServer, secrets: Secrets): Account | undefined =>
  accountOfServer(server, (secret, key) => valueIn(secrets, secret, key));

/** The server's first administrator, with the place of his password, for people. The server knows him as `admin` alone. */
export function adminOf(server: RenderableServer, secrets: Secrets) {
  const { secretName, key } = settings(server).adminPassword;
  const password = valueIn(secrets, secretName, key);
  const credentials: Credentials | undefined = password === undefined ? undefined : { username: 'admin', password };
  return { credentials, where: `Secret "${secretName}", key "${key}"` };
}

/** uid and version of every Secret that a call depends on. */
function versionsOf(server: RenderableServer, secrets: Secrets): readonly string[] {
  const all = [...secretsOfApi(server), settings(server).adminPassword.secretName];
  return all.map((name) => {
    const fact = secrets.get(name);
    if (fact?.state !== 'known') return fact?.state ?? '';
    const { uid = '', resourceVersion = '' } = fact.value.metadata;
    return `${uid}/${resourceVersion}`;
  });
}

export function serverApiFact(
  server: RenderableServer,
  secrets: Secrets,
  clusterDomain: string,
): Omit<ServerApiFact, 'adapters'> {
  const account = secrets.get(names(server.metadata.name).operatorSecret) ?? ABSENT;
  return {
    basis: digest([urlOf(endpointOf(server, secrets, clusterDomain)), versionsOf(server, secrets)]),
    account: mapFact(account, (found: SecretObject) => liveOf(found as Stored<SecretObject>, server)),
  };
}

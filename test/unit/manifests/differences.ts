// What differs between the children of two DittoServers, as places that a person can find: "config.yaml logging.level", "server image",
// "Service files-api spec.type". Items of lists are told by their name, most of them as a whole.
import { parse } from 'yaml';
import type { KubeObject } from '../../../src/api/kubernetes.ts';
import { ANNOTATIONS } from '../../../src/api/names.ts';

/** Parts that are told as a whole. */
const WHOLE =
  /^(.*?(?:(?:env|volumes|volumeMounts|ports|volumeClaimTemplates|endpoints)\[[^\]]+\]|\w+Probe|ownerReferences|resources\b))/;
/** Parts of a StatefulSet that have a name of their own. */
const SCOPES: readonly (readonly [prefix: string, scope: string])[] = [
  ['spec.template.spec.containers[dittofs].', 'server'],
  ['spec.template.spec.initContainers[wait-for-postgres].', 'init container'],
  ['spec.template.spec.', 'pod'],
];
/** The digests follow from the rest. */
const DIGESTS: readonly string[] = [ANNOTATIONS.configHash, ANNOTATIONS.perconaHash];

type Leaf = readonly [place: string, value: string];

function leavesOf(value: unknown, path: string): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return [[path, JSON.stringify(value)]];
  const entries = Array.isArray(value)
    ? value.map((item, i) => [itemName(item, i), item] as const)
    : Object.entries(value);
  if (entries.length === 0) return [[path, JSON.stringify(value)]];
  const known = entries.filter(([name]) => !DIGESTS.includes(name));
  const step = (name: string): string =>
    Array.isArray(value) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
  return known.flatMap(([name, inner]) => leavesOf(inner, step(name)));
}

function itemName(item: unknown, index: number): string {
  const { name, metadata } = (item ?? {}) as { name?: string; metadata?: { name?: string } };
  return name ?? metadata?.name ?? String(index);
}

function placeOf(title: string, path: string): string {
  const [prefix, scope] = SCOPES.find(([start]) => title.startsWith('StatefulSet') && path.startsWith(start)) ?? [
    '',
    title,
  ];
  const rest = path.slice(prefix.length);
  return `${scope} ${WHOLE.exec(rest)?.[1] ?? rest}`;
}

function childLeaves(child: KubeObject): readonly Leaf[] {
  const { kind, metadata } = child;
  const config = (child as { data?: Readonly<Record<string, string>> }).data?.['config.yaml'];
  if (config !== undefined) return leavesOf(parse(config), '').map(([path, value]) => [`config.yaml ${path}`, value]);
  return leavesOf(child, '').map(([path, value]) => [`${kind} ${metadata.name}/${path}`, value]);
}

const readable = (place: string): string => {
  const [title = '', path] = place.split(/\/(.*)/s);
  return path === undefined ? place : placeOf(title, path);
};

/** Places that differ, sorted; what only one of the two has is told by kind and name, an init container too. */
export function differences(before: readonly KubeObject[], after: readonly KubeObject[]): readonly string[] {
  const leaves = (children: readonly KubeObject[]) => new Map(children.flatMap(childLeaves));
  const titles = (children: readonly KubeObject[]) =>
    new Set(children.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
  const [one, other, ones, others] = [leaves(before), leaves(after), titles(before), titles(after)];
  const single = [...ones, ...others].filter((title) => ones.has(title) !== others.has(title));
  const differing = [...new Set([...one.keys(), ...other.keys()])]
    .filter((place) => one.get(place) !== other.get(place))
    .filter((place) => !single.some((title) => place.startsWith(`${title}/`)))
    .map(readable);
  const places = new Set([...single, ...differing]);
  if (!places.has('init container name')) return [...places].sort();
  return [
    'init container wait-for-postgres',
    ...[...places].filter((place) => !place.startsWith('init container ')),
  ].sort();
}

// What a story leaves behind, in a form in which two runs of it can be compared: everything of one DittoServer without what differs from run to
// run (uids, versions, times, random values, addresses that were allocated), and generations counted from where the story began.
import { DITTO_SERVER, PERCONA_PG_CLUSTER } from '../../../src/api/names.ts';
import type { Subject } from '../../cluster/support/subject.ts';
import type { Admin } from '../../kit/admin.ts';
import type { KubeObject } from '../../kit/kubernetes-types.ts';

const KINDS = [
  DITTO_SERVER,
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'Secret' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  PERCONA_PG_CLUSTER,
] as const;

type Json = Readonly<Record<string, unknown>>;
type Stored = KubeObject & {
  readonly metadata: KubeObject['metadata'] & {
    readonly managedFields?: readonly (Json & { readonly manager: string })[];
  };
  readonly data?: Json;
  readonly status?: unknown;
};

/** Where it stood when the story began: generation by uid. */
export type Beginning = ReadonlyMap<string, number>;

/** By `Kind/name`, as text. */
export type EndState = Readonly<Record<string, string>>;

/** What Percona's operator makes for a database, and takes away in its own time. */
const isPerconas = ({ kind, metadata: { name } }: Stored, subject: Subject): boolean =>
  kind !== 'PersistentVolumeClaim' && name.startsWith(`${subject.names.postgresCluster}-`) && name !== subject.names.postgresUserSecret; // prettier-ignore

async function ownOf(admin: Admin, subject: Subject): Promise<readonly Stored[]> {
  const { namespace, owns } = subject;
  const lists = await Promise.all(
    KINDS.map(async (kind) => (await admin.list<Stored>({ ...kind, namespace })).map((one) => ({ ...one, kind: kind.kind }))), // prettier-ignore
  );
  return lists.flat().filter((one) => owns(one.metadata.name) && !isPerconas(one, subject));
}

export async function beginningOf(admin: Admin, subject: Subject): Promise<Beginning> {
  const all = await ownOf(admin, subject);
  return new Map(all.map(({ metadata }) => [metadata.uid ?? '', metadata.generation ?? 0]));
}

/** Whether Kubernetes' own collector has taken everything away that goes with the DittoServer of this uid. */
export async function isCollected(admin: Admin, subject: Subject, uid: string): Promise<boolean> {
  const all = await ownOf(admin, subject);
  return !all.some(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.uid === uid));
}

/** Filled in by others, or allocated. */
const ALLOCATED = ['clusterIP', 'clusterIPs', 'nodePort', 'healthCheckNodePort', 'volumeName'];
const DROPPED = ['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'selfLink'];

const RANDOM: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(uid)'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?/g, '(time)'],
  [/instance1-[a-z0-9]{4}/g, 'instance1-(random)'],
  [/\b[0-9a-f]{8,64}\b/g, '(digest)'],
];

function managed({ metadata: { managedFields = [] } }: Stored): readonly Json[] {
  const ours = managedFields.filter(({ manager }) => manager.startsWith('dittoserver-provisioner'));
  return ours
    .map((entry) => ({ ...entry, time: undefined }))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Claims are made by the StatefulSet's controller, and annotated by whoever binds them. */
const isOthers = ({ kind }: Stored): boolean => kind === 'PersistentVolumeClaim';

/** Numbers of the DittoServer's own generation, counted from the story's beginning. */
const COUNTED = ['generation', 'observedGeneration'];

function textOf(object: Stored, beginning: Beginning, replaced: readonly string[]): string {
  const { metadata, ...rest } = object;
  const first = beginning.get(metadata.uid ?? '') ?? 0;
  // Status of others, and what is in Secrets, are none of our doing; that a Secret was not written twice the writes tell.
  const told = object.kind === 'DittoServer' ? rest : { ...rest, status: undefined };
  const data = object.kind === 'Secret' ? { data: Object.keys(object.data ?? {}).sort() } : {};
  const fields = managed(object);
  const meta = isOthers(object) ? { labels: metadata.labels } : { ...metadata, managedFields: fields };
  const whole = {
    ...told,
    ...data,
    metadata: { ...meta, leaves: metadata.deletionTimestamp !== undefined },
  };
  const text = JSON.stringify(
    whole,
    (key, value: unknown) => {
      if (DROPPED.includes(key)) return undefined;
      if (ALLOCATED.includes(key)) return '(allocated)';
      if (COUNTED.includes(key) && typeof value === 'number') return value - first;
      return value;
    },
    1,
  );
  const known = replaced.reduce((so, one, i) => so.replaceAll(one, `(text ${i})`), text);
  return RANDOM.reduce((so, [pattern, by]) => so.replace(pattern, by), known);
}

/** @param token what this run put into annotations, or other texts of its own */
export async function endStateOf(
  admin: Admin,
  subject: Subject,
  { beginning, token }: { readonly beginning: Beginning; readonly token: string },
): Promise<EndState> {
  const all = await ownOf(admin, subject);
  const { uid } = all.find(({ kind }) => kind === 'DittoServer')?.metadata ?? {};
  const replaced = [...(uid === undefined ? [] : [uid]), token, subject.namespace, subject.name];
  const entries = all.map((one) => {
    const name = one.metadata.name.replaceAll(subject.name, '(name)');
    const key = RANDOM.reduce((so, [pattern, by]) => so.replace(pattern, by), `${one.kind}/${name}`);
    return [key, textOf(one, beginning, replaced)] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line per object that is missing, is too much, or differs, with the first lines that do. */
export function differences(found: EndState, wanted: EndState): readonly string[] {
  const keys = [...new Set([...Object.keys(found), ...Object.keys(wanted)])];
  return keys.flatMap((key) => {
    const [is, should] = [found[key], wanted[key]];
    if (is === should) return [];
    if (is === undefined) return [`${key} is missing`];
    if (should === undefined) return [`${key} is too much`];
    const [mine, theirs] = [is.split('\n'), should.split('\n')];
    const at = mine.findIndex((line, i) => line !== theirs[i]);
    const around = (lines: readonly string[]): string => lines.slice(Math.max(0, at - 3), at + 3).map((line) => line.trim()).join(' '); // prettier-ignore
    return [`${key} differs: ${around(mine)} in place of ${around(theirs)}`];
  });
}

// What a rollout of pod templates sees and does: which DittoServers still have a template of another version, which of those whose turn it is
// are Ready again, and the mark on a StatefulSet that lets its DittoServer take the new one.
import { ApplicationFailure } from '@temporalio/common';
import type { V1StatefulSet } from '@kubernetes/client-node';
import type { KubeObject, ObjectRef, Stored } from '../src/api/kubernetes.ts';
import { ANNOTATIONS, APP, DITTO_SERVER, LABELS, names } from '../src/api/names.ts';
import type { AdmitInput, Installation, RolloutActivities, ServerName, Survey, SurveyInput } from '../src/api/rollout.ts'; // prettier-ignore
import { storedDittoServer } from '../src/api/stored.ts';
import { KubeError, type Kube } from '../src/kube/index.ts';
import { TEMPLATE_REVISION } from '../src/manifests/index.ts';
import type { StatefulSetFact, StoredDittoServer } from '../src/requirements/facts.ts';
import { isOfAnotherVersion } from '../src/requirements/template.ts';
import type { Deps } from './deps.ts';
import { entryOps, fence, pointer } from './metadata-ops.ts';
import { statefulSetFact } from './observe/stateful-set.ts';

export interface RolloutDeps extends Pick<Deps, 'self'> {
  readonly kube: Pick<Kube, 'get' | 'list' | 'patchJson'>;
  /** Those that are served; none: all. */
  readonly namespaces: readonly string[];
}

type StatefulSet = Stored<KubeObject & Pick<V1StatefulSet, 'spec' | 'status'>>;

const STATEFUL_SET = { apiVersion: 'apps/v1', kind: 'StatefulSet' } as const;
const CURRENT = { templateRevision: TEMPLATE_REVISION };

const nameOf = ({ metadata: { namespace = '', name } }: KubeObject): ServerName => `${namespace}/${name}`;

function refOf(kind: typeof STATEFUL_SET | typeof DITTO_SERVER, server: ServerName): ObjectRef {
  const [namespace = '', name = ''] = server.split('/');
  return { ...kind, metadata: { namespace, name: kind === DITTO_SERVER ? name : names(name).statefulSet } };
}

const isForbidden = (error: unknown): error is KubeError => error instanceof KubeError && error.kind === 'forbidden';

/** What stands where the workers may look, and where they may not: that hinders nobody else. */
interface Seen {
  readonly sets: readonly StatefulSet[];
  readonly unseen: readonly { readonly place: string | undefined; readonly why: string }[];
}

async function seenIn({ kube }: RolloutDeps, place: string | undefined): Promise<Seen> {
  try {
    const { items } = await kube.list<StatefulSet>(STATEFUL_SET, place, { labelSelector: `${LABELS.app}=${APP}` });
    return { sets: items, unseen: [] };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return { sets: [], unseen: [{ place, why: error.message }] };
  }
}

async function statefulSets(deps: RolloutDeps): Promise<Seen> {
  const { namespaces } = deps;
  const places = namespaces.length > 0 ? namespaces : [undefined];
  const seen = await Promise.all(places.map((place) => seenIn(deps, place)));
  const sets = seen.flatMap((one) => one.sets).sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  return { sets, unseen: seen.flatMap((one) => one.unseen) };
}

/** A DittoServer with its StatefulSet, where both are there and belong together. */
interface Pair {
  readonly server: StoredDittoServer;
  readonly live: StatefulSetFact;
}

async function pairOf({ kube }: RolloutDeps, set: StatefulSet | undefined): Promise<Pair | undefined> {
  const found = set && (await kube.get(refOf(DITTO_SERVER, nameOf(set))));
  if (!found) return undefined;
  const server = storedDittoServer(found);
  const live = statefulSetFact(set, server);
  return live.ownership === 'ours' && !live.terminating ? { server, live } : undefined;
}

const isReady = ({ status }: StoredDittoServer): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;

/** Ready with the new template, as Kubernetes and the DittoServer both say. */
const saysReady = ({ server, live }: Pair): boolean =>
  !isOfAnotherVersion(CURRENT, live) && live.updated && live.readyReplicas >= live.replicas && isReady(server);

/**
 * Whether the pod is made from the template that stands. Status alone may speak of the template before (`isSeen`), its updateRevision included; the
 * pod bears the annotations of its own. Where pods may not be read, status must do.
 */
async function hasNewPod({ kube }: RolloutDeps, set: StatefulSet): Promise<boolean> {
  const { namespace = '', name } = set.metadata;
  const ref = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace, name: `${name}-0` } };
  try {
    const found = await kube.get(ref, { metadataOnly: true });
    return found !== undefined && found.metadata.annotations?.[ANNOTATIONS.templateRevision] === revisionOf(set);
  } catch (error) {
    if (isForbidden(error)) return true;
    throw error;
  }
}

/** Ready with the new template; or there is nothing to wait for. */
async function ended(deps: RolloutDeps, set: StatefulSet | undefined): Promise<boolean> {
  const pair = await pairOf(deps, set);
  if (!set || !pair) return true;
  return saysReady(pair) && (pair.live.replicas === 0 || hasNewPod(deps, set));
}

/** Whether it may stand where the workers may not look. */
const isHidden = (server: ServerName, { unseen }: Seen): boolean =>
  unseen.some(({ place }) => place === undefined || server.startsWith(`${place}/`));

/** One that would do nothing with its turn keeps nobody else from it. */
const mayTake = ({ server: { metadata } }: Pair): boolean =>
  metadata.deletionTimestamp === undefined && metadata.annotations?.[ANNOTATIONS.paused] !== 'true';

const revisionOf = ({ spec }: StatefulSet): string | undefined =>
  (spec?.template.metadata?.annotations as Readonly<Record<string, string>> | undefined)?.[
    ANNOTATIONS.templateRevision
  ];

/** Only templates of ours: what another program made is taken over otherwise. */
const isOutdated = (set: StatefulSet): boolean => ![undefined, TEMPLATE_REVISION].includes(revisionOf(set));

async function firstOf(deps: RolloutDeps, sets: readonly StatefulSet[], most: number): Promise<readonly ServerName[]> {
  const next: ServerName[] = [];
  for (const set of sets) {
    if (next.length >= most) break;
    const pair = await orForbidden(pairOf(deps, set), undefined);
    if (pair && mayTake(pair)) next.push(nameOf(set));
  }
  return next;
}

async function survey(deps: RolloutDeps, { turns, had, most }: SurveyInput): Promise<Survey> {
  const seen = await statefulSets(deps);
  const { sets, unseen } = seen;
  const byName = new Map(sets.map((set) => [nameOf(set), set]));
  const checked = await Promise.all(
    turns.map(async (server) => {
      const isOver = !isHidden(server, seen) && (await orForbidden(ended(deps, byName.get(server)), false));
      return isOver ? [server] : [];
    }),
  );
  const left = sets.filter((set) => isOutdated(set) && ![...turns, ...had].includes(nameOf(set)));
  return {
    revision: TEMPLATE_REVISION,
    ended: checked.flat(),
    next: await firstOf(deps, left, most),
    left: left.length,
    ...(unseen.length > 0 && { unseen: unseen.map(({ place, why }) => `${place ?? 'all namespaces'}: ${why}`) }),
  };
}

const ADMISSION = pointer('metadata', 'annotations', ANNOTATIONS.admitTemplate);

async function admit(deps: RolloutDeps, { server, revision }: AdmitInput): Promise<boolean> {
  const ref = refOf(STATEFUL_SET, server);
  const set = await deps.kube.get<StatefulSet>(ref);
  if (!set || !(await pairOf(deps, set))) return false;
  const ops = entryOps(set, 'annotations', { [ANNOTATIONS.admitTemplate]: revision });
  if (ops.length > 0) await deps.kube.patchJson(ref, [fence(set), ...ops]);
  return true;
}

/** One that has taken the template keeps the mark, which says nothing any more. */
async function withdraw(deps: RolloutDeps, { server, revision }: AdmitInput): Promise<void> {
  const ref = refOf(STATEFUL_SET, server);
  const set = await deps.kube.get<StatefulSet>(ref);
  if (set?.metadata.annotations?.[ANNOTATIONS.admitTemplate] !== revision || revisionOf(set) === revision) return;
  await deps.kube.patchJson(ref, [
    { op: 'test', path: '/metadata/uid', value: set.metadata.uid },
    { op: 'test', path: ADMISSION, value: revision },
    { op: 'remove', path: ADMISSION },
  ]);
}

/** Does what may be done; being forbidden to is an answer, not something that more tries could mend. */
async function orForbidden<T>(work: Promise<T>, instead: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isForbidden(error)) return instead;
    throw error;
  }
}

function guard({ self }: RolloutDeps, { cluster, installation }: Installation): void {
  if (self.cluster === cluster && self.installation === installation) return;
  const whom = `${self.cluster}/${self.installation}, not ${cluster}/${installation}`;
  throw ApplicationFailure.nonRetryable(`this worker serves ${whom}`, 'ForeignTarget');
}

/** The activities of workflows/template-rollout.ts, over their dependencies. */
export function createRolloutActivities(deps: RolloutDeps): RolloutActivities {
  return {
    async surveyTemplates(input) {
      guard(deps, input);
      return survey(deps, input);
    },
    async admitTemplate(input) {
      guard(deps, input);
      return orForbidden(admit(deps, input), false);
    },
    async withdrawTemplate(input) {
      guard(deps, input);
      await orForbidden(withdraw(deps, input), undefined);
    },
  };
}

// The pod template of a StatefulSet that is gone while its pod runs on: Kubernetes keeps each template in a ControllerRevision, and lets go of
// them as it lets go of the pod. Read only then.
import type { KubeObject, Stored } from '../../src/api/kubernetes.ts';
import { ANNOTATIONS, labels } from '../../src/api/names.ts';
import type { StatefulSet } from '../../src/manifests/index.ts';
import {
  ABSENT,
  known,
  valueOf,
  type Fact,
  type LeftTemplateFact,
  type PodFact,
  type StatefulSetFact,
  type StoredDittoServer,
} from '../../src/requirements/facts.ts';
import { selector } from './pods.ts';
import { mapFact, type Reader } from './read.ts';

/** It may hold values that somebody wrote into it: it never leaves the activity. */
export interface LeftTemplate {
  readonly revision: string;
  readonly template: Template;
}

type Template = NonNullable<StatefulSet['spec']>['template'];

/** As the StatefulSet controller writes it: `data` is a patch, whose template replaces the one that is there. */
interface Revision extends KubeObject {
  readonly revision: number;
  readonly data?: { readonly spec?: { readonly template?: Template & { readonly $patch?: string } } };
}

const REVISION = { apiVersion: 'apps/v1', kind: 'ControllerRevision' } as const;

function templateOf({ data }: Revision): Template | undefined {
  const { $patch, ...template } = data?.spec?.template ?? {};
  return $patch === 'replace' ? template : undefined;
}

const isLeft = ({ metadata: { ownerReferences = [] } }: Stored): boolean => ownerReferences.length === 0;

/** Templates that bear our mark, which nobody has by accident; the last one is that of the StatefulSet that is gone. */
function lastOf(revisions: readonly Stored<Revision>[]): Fact<LeftTemplate> {
  const found = revisions.filter(isLeft).flatMap((one) => {
    const template = templateOf(one);
    const marked = template?.metadata?.annotations?.[ANNOTATIONS.configHash] !== undefined;
    return template && marked ? [{ at: one.revision, revision: one.metadata.name, template }] : [];
  });
  const last = found.sort((a, b) => a.at - b.at).at(-1);
  return last ? known({ revision: last.revision, template: last.template }) : ABSENT;
}

/** A pod of the StatefulSet that nothing controls. */
const isLone = ({ controllerUid, terminating, revision }: PodFact): boolean =>
  controllerUid === '' && revision !== '' && !terminating;

/** @param pods of the StatefulSet */
export async function readLeftTemplate(
  read: Reader,
  { metadata: { name } }: StoredDittoServer,
  statefulSet: Fact<StatefulSetFact>,
  pods: Fact<readonly PodFact[]>,
): Promise<Fact<LeftTemplate>> {
  const isAlone = statefulSet.state === 'absent' && valueOf(pods)?.some(isLone);
  if (!isAlone) return ABSENT;
  const found = await read.list<Revision>(REVISION, { labelSelector: selector(labels(name)) });
  return found.state === 'known' ? lastOf(found.value) : found;
}

/** What may be told of it. */
export const leftTemplateFact = (left: Fact<LeftTemplate>): Fact<LeftTemplateFact> =>
  mapFact(left, ({ revision }) => ({ revision }));

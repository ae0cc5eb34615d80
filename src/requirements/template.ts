// Pod templates that another version of the provisioner made. They stay as they are, with what their pods read, so that an upgrade restarts
// nothing: until an input changes, the user asks, or a rollout admits the DittoServer in its turn.
import { ANNOTATIONS } from '../api/names.ts';
import { valueOf, type ChildFact, type Facts, type StatefulSetFact } from './facts.ts';

/** The value by which a user asks once and for all. */
const ALWAYS = 'always';

type Revisions = Pick<Facts, 'server' | 'templateRevision'>;

/** Whether the template of a StatefulSet of ours is of another version. One that is to be taken over is written whole. */
export const isOfAnotherVersion = (facts: Pick<Facts, 'templateRevision'>, live: StatefulSetFact): boolean =>
  live.ownership === 'ours' && live.templateRevision !== facts.templateRevision;

function isAdmitted({ server, templateRevision }: Revisions, { admitted }: StatefulSetFact): boolean {
  const asked = server.metadata.annotations?.[ANNOTATIONS.admitTemplate];
  return asked === ALWAYS || [asked, admitted].includes(templateRevision);
}

/** Whether the template is to be replaced by one of this version, which restarts the pod. */
export const isTemplateDue = (facts: Revisions, live: StatefulSetFact): boolean =>
  isOfAnotherVersion(facts, live) && isAdmitted(facts, live);

/** A clause about a template that stays as it is; empty when there is none. */
export function keptTemplate(facts: Facts): string {
  const live = valueOf(facts.statefulSet);
  if (!live || !isOfAnotherVersion(facts, live)) return '';
  const revision = live.templateRevision === '' ? 'another program' : `revision ${live.templateRevision}`;
  return `; the pod template is of ${revision}, that of revision ${facts.templateRevision} comes with the next restart or a rollout`;
}

/** What the pods read, when their template is brought up to date. */
export function withTemplate(facts: Facts): Facts {
  const foundation = facts.foundation.map((fact): ChildFact =>
    fact.policy === 'with-template' ? { ...fact, policy: 'enforced' } : fact,
  );
  return { ...facts, foundation };
}

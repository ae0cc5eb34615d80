// ConfigMap, Services, NetworkPolicy, ServiceMonitor and generated Secrets: there, ours, and as we mean them; and what is not wanted any
// more is gone.
import { judgeChildren } from './children.ts';
import type { ChildFact, Facts } from './facts.ts';
import { met, type Finding, type Requirement } from './finding.ts';
import { withoutEffect } from './without-effect.ts';

const MOST_NAMED = 3;

function outdated(lacks: readonly string[]): string {
  const more = lacks.length > MOST_NAMED ? ` and ${lacks.length - MOST_NAMED} more` : '';
  return `; the CRD of DittoServers is older than the provisioner, so that ${lacks.slice(0, MOST_NAMED).join(', ')}${more} cannot be used: apply deploy/crd of this version`;
}

/** All is well; with what people should know beside that. */
function judgeGood({ spec, metadata }: Facts['server'], lacks: readonly string[]): Finding {
  const idle = withoutEffect(spec, metadata.annotations);
  const note = idle.length > 0 ? `; set, but without effect: ${idle.join(', ')}` : '';
  const message = `the configuration is valid and applied${note}`;
  return lacks.length > 0 ? met('CRDOutdated', `${message}${outdated(lacks)}`) : met('ConfigValid', message);
}

/** Not what is only to be written down on one: src/requirements/notes-written.ts. */
const isObject = ({ policy }: ChildFact): boolean => policy !== 'noted';

export const foundationApplied: Requirement = {
  name: 'foundationApplied',
  condition: 'ConfigReady',
  judge: ({ foundation, memory, server, crdLacks }) =>
    judgeChildren(foundation.filter(isObject), memory.applied, { step: 'applyFoundation', reason: 'ConfigDue' }) ??
    judgeGood(server, crdLacks),
};

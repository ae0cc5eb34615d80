// What is written down on Secrets, beside what they hold: it helps a later life of the DittoServer, and is never a reason to hold up this
// one. So it has no say in any condition, and nothing needs it.
import { digest } from '../api/fingerprint.ts';
import { isDue } from './children.ts';
import { OFF, type Requirement } from './finding.ts';

export const notesWritten: Requirement = {
  name: 'notesWritten',
  condition: 'ConfigReady',
  judge: ({ foundation, memory }) => {
    const due = foundation.filter((fact) => fact.policy === 'noted' && isDue(fact, memory.applied));
    if (due.length === 0) return OFF;
    const summary = `write down on ${due.map(({ child }) => child).join(', ')}`;
    return {
      state: 'act',
      step: 'applyFoundation',
      intent: digest(due.map(({ child, intent }) => [child, intent])),
      summary,
      needs: ['notDeleted', 'specValid', 'notPaused', 'foundationApplied'],
      reason: 'ConfigDue',
      message: `to do: ${summary}`,
    };
  },
};

// From the deletion on nothing is created: Kubernetes' own collector takes the children, and nothing waits for us, unless data is to be
// destroyed.
import { planDataDeletion, type DataDeletion } from './data-deletion.ts';
import { OFF, wait, type Finding, type Requirement } from './finding.ts';

const WAITING = {
  wait: 'the database is being deleted with its data',
  waitToKeep: 'the database is kept; what was put on it for its deletion cannot be taken off yet',
} as const;

const SUMMARY: Readonly<Record<Exclude<DataDeletion['next'], keyof typeof WAITING>, string>> = {
  deleteCluster: 'delete the database with its data',
  deleteClaims: 'delete the volumes of the database',
  release: 'let the DittoServer go',
};

function judgeData(plan: DataDeletion): Finding {
  if (plan.next === 'wait' || plan.next === 'waitToKeep')
    return wait('DeletingData', `${WAITING[plan.next]}: ${plan.why}`);
  return {
    state: 'act',
    step: 'deleteData',
    intent: plan.next,
    summary: SUMMARY[plan.next],
    needs: ['notPaused'],
    reason: 'DeletingData',
    message: `to do: ${SUMMARY[plan.next]}`,
  };
}

export const notDeleted: Requirement = {
  name: 'notDeleted',
  condition: 'Progressing',
  judge: (facts) => {
    if (facts.server.metadata.deletionTimestamp === undefined) return OFF;
    const plan = planDataDeletion(facts);
    return plan ? judgeData(plan) : wait('Deleting', 'the DittoServer is being deleted; nothing is created any more');
  },
};

// From the deletion on nothing is created: Kubernetes' own collector takes the children, and nothing waits for us, unless data is to be
// destroyed.
import { planDataDeletion, type DataDeletion } from './data-deletion.ts';
import { OFF, wait, type Finding, type Requirement } from './finding.ts';

const SUMMARY: Readonly<Record<Exclude<DataDeletion['next'], 'wait'>, string>> = {
  deleteCluster: 'delete the database with its data',
  deleteClaims: 'delete the volumes of the database',
  release: 'let the DittoServer go',
};

function judgeData(plan: DataDeletion): Finding {
  if (plan.next === 'wait') return wait('DeletingData', `the database is being deleted with its data: ${plan.why}`);
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

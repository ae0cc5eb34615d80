// From the deletion on nothing is created: Kubernetes' own collector takes the children, and nothing waits for us.
import { OFF, wait, type Requirement } from './finding.ts';

export const notDeleted: Requirement = {
  name: 'notDeleted',
  condition: 'Progressing',
  judge: ({ server }) =>
    server.metadata.deletionTimestamp === undefined
      ? OFF
      : wait('Deleting', 'the DittoServer is being deleted; nothing is created any more'),
};

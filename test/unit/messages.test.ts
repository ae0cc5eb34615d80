// The names by which a workflow is found; changing them orphans every running one.
import { taskQueue, workflowId } from '../../workflows/messages.ts';

test('the workflow id and the task queue carry the cluster (E13)', () => {
  expect(workflowId({ cluster: 'c1', namespace: 'prod', name: 'files' })).toBe('dittoserver/c1/prod/files');
  expect(taskQueue({ cluster: 'c1', installation: 'main' })).toBe('dittoserver/c1/main');
});

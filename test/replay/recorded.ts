// The histories that were recorded so far. The list only grows: a name may go only with a record in docs/decisions that says why
// no running workflow can have such a history any more.

export const RECORDED: readonly string[] = [
  'applied-to-ready',
  'broken-activity',
  'cancelled',
  'cancelled-2',
  'cluster-database-down',
  'cluster-deleted',
  'cluster-input-missing',
  'cluster-paused',
  'cluster-percona-rotated',
  'cluster-rollout',
  'cluster-rollout-withdrawn',
  'cluster-sqlite',
  'continued-as-new',
  'deadline-passed',
  'deadline-passed-2',
  'deleted-while-waiting',
  'every-stage',
  'every-stage-2',
  'made-again-while-ending',
  'paused-and-resumed',
  'step-of-another-version',
  'update-while-ending',
  'worker-restarted',
];

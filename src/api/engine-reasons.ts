// The part of the table of reasons that is the watcher's: why nothing is done for a DittoServer, which no look can tell.

/** The one condition that comes from the watcher instead of a look; it is there only while it tells of trouble. */
export const WATCHER_CONDITION = 'EngineReachable';

export const ENGINE_REASONS = {
  EngineUnreachable: {
    on: WATCHER_CONDITION,
    meaning: 'Temporal does not answer, so that changes of this DittoServer wait. What runs goes on running.',
    remedy: 'Start Temporal or mend the way to it; check TEMPORAL_ADDRESS. It goes on by itself.',
  },
  EngineNamespaceMissing: {
    on: WATCHER_CONDITION,
    meaning: 'Temporal answers, but does not have the namespace in which the provisioner works.',
    remedy: 'Create the namespace that the message names, or set TEMPORAL_NAMESPACE; it goes on by itself.',
  },
  EngineRefuses: {
    on: WATCHER_CONDITION,
    meaning: 'Temporal answers, but takes no signal for this DittoServer.',
    remedy: 'Mend what the message names: permissions, credentials or limits of Temporal. It goes on by itself.',
  },
  EngineStalled: {
    on: WATCHER_CONDITION,
    meaning:
      'The workflow of this DittoServer makes no progress: its tasks fail, or no worker takes them, so that its status may be old.',
    remedy:
      'If no worker polls, start one. Else see the workflow in the Temporal UI: its run is replaced by itself, at most once in ten minutes.',
  },
} as const;

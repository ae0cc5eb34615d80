// Every reason that a condition, an event or the Temporal UI can show: the condition it belongs to, what it means, what to do,
// and which deadline runs while it stands. docs/reference/conditions.md prints this table; a test keeps the two equal.
import { DATA_REASONS } from './data-reasons.ts';
import { ENGINE_REASONS, type WATCHER_CONDITION } from './engine-reasons.ts';
import { PREDECESSOR_REASONS } from './predecessor-reasons.ts';
import { BY_ITSELF, NOTHING, SERVER_REASONS } from './server-reasons.ts';

export { WATCHER_CONDITION } from './engine-reasons.ts';

import { CREDENTIALS_REASONS } from './credentials-reasons.ts';

export const CONDITION_TYPES = [
  'Ready',
  'TakenOver',
  'ConfigReady',
  'DatabaseReady',
  'Available',
  'Authenticated',
  'AdaptersExposed',
  'SnapshotsScheduled',
  'Progressing',
  'Stalled',
] as const;
export type ConditionType = (typeof CONDITION_TYPES)[number];

/** How long something may take before it is told as stalled; every one is a setting. */
export type Budget = 'inputs' | 'database' | 'pods';

export interface ReasonEntry {
  /** `any`: the condition of the step that it befell. `event`, `workflow`: shown only there. */
  readonly on: ConditionType | typeof WATCHER_CONDITION | 'any' | 'event' | 'workflow';
  readonly meaning: string;
  readonly remedy: string;
  /** `step`: that of what the step works on. Without one, it waits for a person for as long as that takes. */
  readonly deadline?: Budget | 'step';
}

export const REASONS = {
  Queued: {
    on: 'Ready',
    meaning: 'The provisioner has not looked at this DittoServer yet.',
    remedy: 'If it stays so, check that the provisioner runs and watches this namespace.',
  },
  AllConditionsMet: { on: 'Ready', meaning: 'Everything is as asked for.', remedy: NOTHING },

  ...PREDECESSOR_REASONS,

  ConfigValid: {
    on: 'ConfigReady',
    meaning: 'The specification makes sense, its inputs exist and its configuration is applied.',
    remedy: NOTHING,
  },
  ConfigDue: {
    on: 'ConfigReady',
    meaning: 'ConfigMap, Services or generated Secrets are about to be applied.',
    remedy: BY_ITSELF,
  },
  ConfigTerminating: {
    on: 'any',
    meaning: 'A ConfigMap, Service or Secret of an earlier DittoServer of this name is still being deleted.',
    remedy: BY_ITSELF,
    deadline: 'inputs',
  },
  InvalidSpec: {
    on: 'ConfigReady',
    meaning: 'A field has a value that cannot work.',
    remedy: 'Change the field that the message names.',
  },
  NameInvalid: {
    on: 'ConfigReady',
    meaning: 'The name cannot be that of a Service.',
    remedy: 'Create the DittoServer again under another name.',
  },
  NameTooLong: {
    on: 'ConfigReady',
    meaning: 'Names derived from this name would be too long for Kubernetes.',
    remedy: 'Create the DittoServer again under a shorter name.',
  },
  TwoDatabases: {
    on: 'ConfigReady',
    meaning: 'Both spec.percona and spec.database.postgresSecretRef are set.',
    remedy: 'Remove one of the two.',
  },
  DatabaseSwitchRefused: {
    on: 'ConfigReady',
    meaning: 'The change would leave the data of this DittoServer behind in its present database.',
    remedy: 'Take the change back, or accept it with the annotation that the message names.',
  },
  InputsMissing: {
    on: 'ConfigReady',
    meaning: 'A Secret, a key in it or a StorageClass that the specification refers to does not exist.',
    remedy: 'Create what the message lists; it goes on by itself.',
    deadline: 'inputs',
  },
  InputsInvalid: {
    on: 'ConfigReady',
    meaning: 'What stands in a Secret that the specification refers to cannot work.',
    remedy: 'Correct the Secret as the message says; it goes on by itself. A server that runs is left alone meanwhile.',
    deadline: 'inputs',
  },
  InputsUnreadable: {
    on: 'any',
    meaning: 'A referenced Secret, or an object that belongs to the DittoServer, could not be read.',
    remedy: 'See the message; usually a missing permission of the provisioner.',
    deadline: 'inputs',
  },

  PostgresReady: {
    on: 'DatabaseReady',
    meaning: 'The PerconaPGCluster is ready and its credentials are complete.',
    remedy: NOTHING,
  },
  DatabaseDue: {
    on: 'DatabaseReady',
    meaning: 'The PerconaPGCluster is about to be created or changed.',
    remedy: BY_ITSELF,
  },
  DatabaseBlocked: {
    on: 'DatabaseReady',
    meaning: 'The database waits for something that comes before it.',
    remedy: 'Mend what the message or another condition names; it goes on by itself.',
  },
  DatabaseAPIMissing: {
    on: 'DatabaseReady',
    meaning: 'The API of the Percona operator is not installed in this cluster.',
    remedy: 'Install the Percona Operator for PostgreSQL; it goes on by itself.',
    deadline: 'database',
  },
  DatabaseOperatorUnsupported: {
    on: 'DatabaseReady',
    meaning: 'The installed version of the Percona operator cannot be used.',
    remedy: 'Install a version that the message names.',
    deadline: 'database',
  },
  ForeignPostgresCluster: {
    on: 'DatabaseReady',
    meaning: 'A PerconaPGCluster of that name exists that belongs to somebody else.',
    remedy: 'Use another name for the DittoServer; or, if it is to have that database, say so as the message tells.',
    deadline: 'database',
  },
  PostgresClusterTerminating: {
    on: 'DatabaseReady',
    meaning: 'An earlier PerconaPGCluster of this name, or what its operator made of it, has not ended yet.',
    remedy: BY_ITSELF,
    deadline: 'database',
  },
  DatabaseLost: {
    on: 'DatabaseReady',
    meaning: 'The PerconaPGCluster that held the data is gone, and a new one would be empty or a guess.',
    remedy:
      'Restore the PerconaPGCluster or its volume. If it is lost for good, accept an empty one with the annotation that the message names.',
  },
  LeftoverVolumes: {
    on: 'DatabaseReady',
    meaning: 'Several volumes of an earlier database of this name are left, and PostgreSQL would start on any of them.',
    remedy:
      'Find out which volume to start on; take the label postgres-operator.crunchydata.com/cluster off the claims of the others (they stay), or delete those.',
  },
  PostgresInitializing: {
    on: 'DatabaseReady',
    meaning: 'PostgreSQL is starting or being changed.',
    remedy: BY_ITSELF,
    deadline: 'database',
  },
  PostgresOperatorSilent: {
    on: 'DatabaseReady',
    meaning: 'No Percona operator has reported on the PerconaPGCluster for half a minute.',
    remedy: 'Check that the Percona operator runs and watches this namespace.',
    deadline: 'database',
  },
  PostgresPaused: {
    on: 'DatabaseReady',
    meaning: 'The PerconaPGCluster is paused, or its operator holds it.',
    remedy: 'Unset spec.pause of the PerconaPGCluster, or do what the message says.',
    deadline: 'database',
  },
  PostgresPodsNotReady: {
    on: 'DatabaseReady',
    meaning: 'A pod of the PerconaPGCluster cannot start.',
    remedy: 'Mend what the message names; it goes on by itself.',
    deadline: 'database',
  },
  ...CREDENTIALS_REASONS,
  DatabaseUnreadable: {
    on: 'DatabaseReady',
    meaning: 'The PerconaPGCluster, its Secret or its volume claims could not be read.',
    remedy: 'See the message; usually a missing permission of the provisioner.',
    deadline: 'database',
  },
  DatabaseChangeRefused: {
    on: 'DatabaseReady',
    meaning: 'A change of spec.percona collides with an edit that somebody made on the PerconaPGCluster.',
    remedy: 'Take back one of the two edits of the fields that the message names.',
    deadline: 'database',
  },

  MinimumReplicasAvailable: { on: 'Available', meaning: 'The pods asked for are ready.', remedy: NOTHING },
  Stopped: {
    on: 'Available',
    meaning: 'The DittoServer is scaled to zero, as asked for.',
    remedy: 'Set spec.replicas to 1 to start it.',
  },
  NotStarted: { on: 'Available', meaning: 'The StatefulSet does not exist yet.', remedy: 'See the other conditions.' },
  PodsStarting: { on: 'Available', meaning: 'A pod is starting.', remedy: BY_ITSELF, deadline: 'pods' },
  PodsStopping: {
    on: 'Available',
    meaning: 'The DittoServer is scaled to zero and a pod is still stopping.',
    remedy: BY_ITSELF,
    deadline: 'pods',
  },
  ImagePullFailed: {
    on: 'Available',
    meaning: 'An image cannot be pulled.',
    remedy: 'Correct spec.image, or give the node access to the registry.',
    deadline: 'pods',
  },
  VolumePending: {
    on: 'Available',
    meaning: 'A volume claim is not bound.',
    remedy: 'Check the StorageClass and its provisioner.',
    deadline: 'pods',
  },
  PodUnschedulable: {
    on: 'Available',
    meaning: 'No node takes the pod.',
    remedy: 'See the scheduler’s words in the message.',
    deadline: 'pods',
  },
  InitContainerWaiting: {
    on: 'Available',
    meaning: 'An init container has not finished.',
    remedy: 'See its words in the message; wait-for-postgres tells why the database refuses it.',
    deadline: 'pods',
  },
  ContainerCrashing: {
    on: 'Available',
    meaning: 'A container ends again and again.',
    remedy: 'Read its log: kubectl logs --previous.',
    deadline: 'pods',
  },
  ContainerConfigError: {
    on: 'Available',
    meaning: 'A container cannot be created from its configuration.',
    remedy: 'Create what the message names.',
    deadline: 'pods',
  },
  PodsRejected: {
    on: 'Available',
    meaning: 'The API server refuses the pods of the StatefulSet.',
    remedy: 'Mend what the message names: quota, pod security or an admission webhook.',
    deadline: 'pods',
  },

  ...SERVER_REASONS,
  ...DATA_REASONS,

  ReconcileComplete: { on: 'Progressing', meaning: 'Nothing is under way.', remedy: NOTHING },
  Paused: {
    on: 'Progressing',
    meaning: 'The annotation dittofs.io/paused holds every step.',
    remedy: 'Remove the annotation, or set it to "false".',
  },
  Deleting: {
    on: 'Progressing',
    meaning: 'The DittoServer is being deleted; nothing is created any more.',
    remedy: NOTHING,
  },
  WaitingForDatabase: { on: 'Progressing', meaning: 'The work goes on when the database is ready.', remedy: BY_ITSELF },
  StatefulSetDue: { on: 'Progressing', meaning: 'The StatefulSet is about to be applied.', remedy: BY_ITSELF },
  StatefulSetUpdating: {
    on: 'Progressing',
    meaning: 'The StatefulSet is bringing its pods up to date.',
    remedy: BY_ITSELF,
    deadline: 'pods',
  },
  StatefulSetTerminating: {
    on: 'Progressing',
    meaning: 'An earlier StatefulSet of this name is still being deleted.',
    remedy: BY_ITSELF,
    deadline: 'pods',
  },
  PostgresSettling: {
    on: 'Progressing',
    meaning: 'PostgreSQL reports ready after a change; that must hold for five seconds.',
    remedy: BY_ITSELF,
  },
  HeldBack: {
    on: 'Progressing',
    meaning: 'The StatefulSet cannot be brought up to date; its pods keep the configuration that they have.',
    remedy: 'See the condition that is False.',
  },

  InTime: { on: 'Stalled', meaning: 'No deadline has passed.', remedy: NOTHING },
  DeadlinePassed: {
    on: 'Stalled',
    meaning: 'Something has taken longer than it should. The provisioner goes on waiting for it.',
    remedy: 'See the message; it recovers by itself when the cause is gone.',
  },

  ...ENGINE_REASONS,

  Blocked: {
    on: 'any',
    meaning: 'What is to be done is held back by something else, which the message names.',
    remedy: 'Mend what the message names; it goes on by itself.',
  },
  ObjectConflict: {
    on: 'any',
    meaning: 'An object with the name of one of our children exists and belongs to somebody else.',
    remedy: 'Remove that object if nobody needs it, or use another name for the DittoServer.',
    deadline: 'inputs',
  },
  PodsUnreadable: {
    on: 'any',
    meaning:
      'The StatefulSet, its pods, or the template that one which is gone has left for its pod, could not be read.',
    remedy: 'See the message; usually a missing permission of the provisioner.',
    deadline: 'pods',
  },
  Forbidden: {
    on: 'any',
    meaning: 'The provisioner lacks a permission.',
    remedy: 'Grant the permission that the message names (deploy/rbac).',
    deadline: 'step',
  },
  Rejected: {
    on: 'any',
    meaning: 'The API server refuses what a step writes.',
    remedy: 'Change the field that the message names.',
    deadline: 'step',
  },
  ApiConflict: {
    on: 'any',
    meaning: 'An object changed while a step was writing it.',
    remedy: BY_ITSELF,
    deadline: 'step',
  },
  ApiUnavailable: {
    on: 'any',
    meaning: 'The Kubernetes API could not be reached or failed.',
    remedy: BY_ITSELF,
    deadline: 'step',
  },
  Contest: {
    on: 'any',
    meaning: 'Another writer keeps undoing what a step does.',
    remedy: 'Stop the field manager that the message names, or take its fields out of the DittoServer.',
    deadline: 'step',
  },

  LongClusterName: {
    on: 'event',
    meaning: 'The PerconaPGCluster has a longer name than the 22 characters that Percona documents.',
    remedy: 'Nothing to do: names of this length have been tried.',
  },
  Deleted: { on: 'workflow', meaning: 'The DittoServer does not exist any more.', remedy: NOTHING },
  EngineTrouble: {
    on: 'workflow',
    meaning: 'An activity failed or ran out of time; it is tried again.',
    remedy: 'If it stays so, read the workflow’s history and the log of the provisioner.',
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

export type Reason = keyof typeof REASONS;

/** Which deadline runs while a reason stands; none for a reason of somebody else. */
export function deadlineOf(reason: string): Budget | 'step' | undefined {
  const entries: Readonly<Record<string, ReasonEntry | undefined>> = REASONS;
  return entries[reason]?.deadline;
}

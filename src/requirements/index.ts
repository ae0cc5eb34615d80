// The whole logic: what must hold for a DittoServer to be ready, in the order in which it is judged.
import type { Requirement } from './finding.ts';
import { adaptersExposed } from './adapters-exposed.ts';
import { authenticated } from './authenticated.ts';
import { credentialsWhole } from './credentials-whole.ts';
import { databaseLogin } from './database-login.ts';
import { databaseServing } from './database-serving.ts';
import { databaseSwitch } from './database-switch.ts';
import { deletionPolicyApplied } from './deletion-policy-applied.ts';
import { foundationApplied } from './foundation-applied.ts';
import { inputsPresent } from './inputs-present.ts';
import { notDeleted } from './not-deleted.ts';
import { notPaused } from './not-paused.ts';
import { notesWritten } from './notes-written.ts';
import { passwordRotation } from './password-rotation.ts';
import { podsReady } from './pods-ready.ts';
import { postgresClusterCurrent } from './postgres-cluster-current.ts';
import { postgresClusterExists } from './postgres-cluster-exists.ts';
import { postgresReady } from './postgres-ready.ts';
import { rolloutMoves } from './rollout-moves.ts';
import { snapshotPolicies } from './snapshot-policies.ts';
import { specValid } from './spec-valid.ts';
import { statefulSetApplied } from './stateful-set-applied.ts';
import { takenOver } from './taken-over.ts';
import { volumesAsAsked } from './volumes-as-asked.ts';

export const requirements: readonly Requirement[] = [
  notDeleted, // from the deletion on nothing is created
  specValid, // the user's fields make sense together
  takenOver, // what the Go operator made is ours, and it is silent
  databaseSwitch, // no change of the database leaves data behind
  notPaused, // nobody asked to hold every step
  deletionPolicyApplied, // an owner reference on the cluster, or none; first, since a deletion may come at any moment
  inputsPresent, // referenced Secrets, keys and StorageClasses exist
  volumesAsAsked, // the StatefulSet's volumes, which cannot change
  foundationApplied, // ConfigMap, Services, generated Secrets
  postgresClusterExists, // Percona is installed, its cluster exists and is ours
  postgresClusterCurrent, // our own changes of spec.percona have reached it
  postgresReady, // PostgreSQL is ready as asked for
  credentialsWhole, // its user Secret agrees with itself
  passwordRotation, // its password was changed as often as somebody asked for that
  databaseLogin, // it accepts new credentials, before the server is rolled to them
  statefulSetApplied, // with the current hash, or kept up with the one it has
  rolloutMoves, // no pod of an earlier revision holds it
  podsReady, // the server answers its probes
  databaseServing, // and reaches its database
  authenticated, // its API accepts our account
  adaptersExposed, // clients reach its adapters
  snapshotPolicies, // it has the policies that are asked for
  notesWritten, // what is told beside all that, for a later life of it
];

export { judge, type Judgement } from './judge.ts';

// What judging a DittoServer results in, and what a workflow remembers between two looks. Stored in workflow histories:
// names, versions, digests and sentences, never a value of a Secret.
import type { Reason } from './reasons.ts';

/** The one DittoServer that a workflow serves, and the installation that may serve it. */
export interface Target {
  readonly cluster: string;
  readonly installation: string;
  readonly namespace: string;
  readonly name: string;
}

/** The steps that a verdict can ask for; each is an activity of that name. */
export const STEP_NAMES = [
  'takeOver',
  'applyFoundation',
  'createPostgresCluster',
  'adoptPostgresCluster',
  'updatePostgresCluster',
  'applyDeletionPolicy',
  'rotateDatabasePassword',
  'growVolumes',
  'verifyDatabaseLogin',
  'applyStatefulSet',
  'removeStuckPod',
  'connectServerApi',
  'exposeAdapters',
  'applySnapshotPolicies',
  'deleteData',
  'reportLeftovers',
] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** A step and what it is for. The same step with the same intent again and again is a contest with another writer. */
export interface Step {
  readonly name: StepName;
  /** Digest of what the step is meant to bring about. */
  readonly intent: string;
  /** Shown beside the activity in the Temporal UI, e.g. "roll: configuration changed". */
  readonly summary: string;
}

/** Why a step did not succeed, in our own words. */
export interface Failure {
  readonly reason: Reason;
  readonly message: string;
  /** Nobody was asked: no turn was free. It says nothing of the other side. */
  readonly notAsked?: true;
}

/** A step that was taken, kept to notice a contest. One that failed is not taken again before the next look. */
export interface Attempt {
  readonly step: StepName;
  readonly intent: string;
  readonly atMs: number;
  readonly failure?: Failure;
}

/** Something outside of Kubernetes that was asked, kept so that it is asked once for the same facts, and ever less often in vain. */
export interface Asked {
  /** Digest of the facts that the asking rested on. */
  readonly basis: string;
  /** How often it has been asked in all. */
  readonly asks: number;
  /** Epoch ms of the last time. */
  readonly atMs: number;
  /** Times without success in a row. */
  readonly failures: number;
  readonly failure?: Failure;
}

export interface KnownAdapter {
  readonly type: string;
  readonly enabled: boolean;
  readonly port: number;
  readonly healthy: boolean;
}

/** What was learned last from the server's own API. */
export interface ServerApiMemory {
  /** Digest of its answer, as a step saw it or the prober told it. */
  readonly digest: string;
  readonly asked?: Asked;
  readonly database: 'reachable' | 'unreachable' | 'unknown';
  /** Those of the last good answer; an answer that fails takes none away. */
  readonly adapters?: readonly KnownAdapter[];
  readonly policies?: Asked;
}

/** A login to the database with a new configuration's credentials. */
export interface LoginMemory extends Asked {
  readonly outcome: 'accepted' | 'refused' | 'unreachable';
  /** How often in a row they were accepted although the server stands, which explains nothing. */
  readonly unexplained?: number;
}

/** What has been seen of the database's credentials, to tell a change that is finished from one that goes on. */
export interface CredentialsMemory {
  /** The digest of all that the pod should read, as it was seen last; empty while it could not be known. */
  readonly hash: string;
  /** When they had been written by then; only ever compared. */
  readonly writtenAt: string;
  /** Since when the digest has been so (epoch ms). */
  readonly sinceMs: number;
  /** Changes in a row that came before the one before them had rested. */
  readonly changes: number;
  /** When the credentials were written that the pod runs with; absent when nobody knows any more. */
  readonly inUse?: string;
}

/** What a workflow remembers: clocks and hints. Losing it costs one look, nothing else. */
export interface Memory {
  /** uid of the DittoServer served last; empty before the first look. */
  readonly serverUid: string;
  /** Child → fingerprint of the last apply (src/api/fingerprint.ts). */
  readonly applied: Readonly<Record<string, string>>;
  /** Since when the PostgreSQL cluster has been ready without a break (epoch ms); 0 when it is not. */
  readonly databaseReadySinceMs: number;
  /** Since when looks have failed (epoch ms); 0 when the last one succeeded. */
  readonly lookFailingSinceMs: number;
  readonly attempts: readonly Attempt[];
  /** What the prober told last, until a look has taken it up: digest of the answer of the server's own API. */
  readonly told?: string;
  readonly serverApi?: ServerApiMemory;
  readonly databaseLogin?: LoginMemory;
  readonly credentials?: CredentialsMemory;
}

/** What a person sees of a DittoServer in the Temporal UI. */
export interface Story {
  /** One word; the search attribute DittoStage. */
  readonly stage: Stage;
  readonly reason: Reason;
  readonly message: string;
  /** RFC 3339. */
  readonly since: string;
  /** RFC 3339, absent when nothing is due. */
  readonly deadline?: string;
  readonly ready: boolean;
  readonly stalled: boolean;
  /** One line per child: kind, name, state. */
  readonly children: readonly string[];
}

export const STAGES = [
  'Blocked',
  'Paused',
  'Provisioning',
  'WaitingForDatabase',
  'WaitingForPods',
  'WaitingForServer',
  'Ready',
  'Deleting',
  'Gone',
  'Unreachable',
] as const;
export type Stage = (typeof STAGES)[number];

/** The key under which `seen`, and a nudge, hold the digest of the answer of the server's own API. */
export const SERVER_API = 'server-api';

/** How long a step may give no sign of life, ms, where a verdict says nothing of it. */
export const DEFAULT_WORKER_TIMEOUT_MS = 4_000;

/** What a look or a step returns: the next step, or until when to wait. */
export interface Verdict {
  readonly next?: Step;
  /** How long to wait for a nudge when there is no next step. */
  readonly recheckAfterMs: number;
  /** uid → resourceVersion of every object that the verdict rests on. */
  readonly seen: Readonly<Record<string, string>>;
  readonly memory: Memory;
  readonly story: Story;
  /** The DittoServer does not exist. */
  readonly gone: boolean;
  /** Whether the search attributes are registered, so that setting them cannot fail the task. */
  readonly decorate: boolean;
  /** After so long without a sign of life the next step is given to another worker; absent: DEFAULT_WORKER_TIMEOUT_MS. */
  readonly workerTimeoutMs?: number;
}

/** What every activity is given. */
export interface ActivityInput {
  readonly target: Target;
  readonly memory: Memory;
  /** The step to take; absent for a look. */
  readonly step?: Step;
}

// What travels to and from a workflow: the names of signal, update and query, and their types.
// All of it is stored in workflow histories: names, versions and sentences, never a value of a Secret.
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Memory, Story, Target } from '../src/api/verdict.ts';

/** An object that changed: `gone` in place of a resourceVersion says that it was deleted. */
export interface ChangedObject {
  readonly uid: string;
  readonly version: string;
}

/** "Look again": carries what changed, so that an echo of our own write wakes nobody. An empty list always wakes. */
export interface Nudge {
  readonly objects: readonly ChangedObject[];
  /** Wakes whatever the objects are. */
  readonly anything?: true;
}

/** The whole carried state; one object, so that fields can be added. */
export interface DittoServerInput {
  readonly target: Target;
  readonly memory?: Memory;
}

/** The memory of a workflow that has not looked yet. */
export const EMPTY_MEMORY: Memory = {
  serverUid: '',
  applied: {},
  databaseReadySinceMs: 0,
  lookFailingSinceMs: 0,
  attempts: [],
};

/** The answer to `reconcileNow` and to the query `state`. */
export interface State {
  readonly story: Story;
  readonly nextLook?: string;
  /** Full passes since this run began. */
  readonly passes: number;
}

export const nudge = defineSignal<[Nudge]>('nudge');
export const reconcileNow = defineUpdate<State>('reconcileNow');
export const state = defineQuery<State>('state');

/** The workflow's id: one per DittoServer, the cluster in it, so that two clusters can share a Temporal namespace. */
export function workflowId(target: Pick<Target, 'cluster' | 'namespace' | 'name'>): string {
  return `dittoserver/${target.cluster}/${target.namespace}/${target.name}`;
}

/** The task queue of one installation in one cluster. */
export function taskQueue(target: Pick<Target, 'cluster' | 'installation'>): string {
  return `dittoserver/${target.cluster}/${target.installation}`;
}

export const WORKFLOW_TYPE = 'dittoServer';

export type SearchAttributeType = 'KEYWORD' | 'BOOL';

/** The search attributes by which DittoServers are listed and filtered; names are contract, saved filters use them. */
export const SEARCH_ATTRIBUTES = {
  DittoCluster: 'KEYWORD',
  DittoNamespace: 'KEYWORD',
  DittoServer: 'KEYWORD',
  DittoStage: 'KEYWORD',
  DittoReady: 'BOOL',
  DittoStalled: 'BOOL',
} as const satisfies Readonly<Record<string, SearchAttributeType>>;

// A rollout of pod templates: what travels to and from its workflow, and by which names it is found. One per installation.
import type { Target } from './verdict.ts';

export type Installation = Pick<Target, 'cluster' | 'installation'>;

export const ROLLOUT_TYPE = 'templateRollout';
export const ROLLOUT_STATE = 'state';

/** The workflow's id: there is one rollout at a time in an installation. */
export const rolloutId = ({ cluster, installation }: Installation): string =>
  `dittoserver-rollout/${cluster}/${installation}`;

/** A DittoServer as "namespace/name". */
export type ServerName = string;

/** A DittoServer that has been admitted and is not Ready again yet. */
export interface Turn {
  readonly server: ServerName;
  /** Epoch ms at which it returns its turn, Ready or not. */
  readonly untilMs: number;
}

export interface Progress {
  readonly turns: readonly Turn[];
  /** How many were Ready again in time. */
  readonly done: number;
  /** Those that were not. */
  readonly overdue: readonly ServerName[];
  /** Those that could not be admitted: gone, or not to be written by the workers. */
  readonly refused?: readonly ServerName[];
}

export interface RolloutInput extends Installation {
  /** How many DittoServers may have their turn at the same time. */
  readonly atATime: number;
  /** How long a turn may last. */
  readonly deadlineMs: number;
  /** Of the run before this one. */
  readonly progress?: Progress;
}

export interface SurveyInput extends Installation {
  readonly turns: readonly ServerName[];
  /** Those that had their turn. */
  readonly had: readonly ServerName[];
  /** How many to name at most. */
  readonly most: number;
}

export interface Survey {
  /** The revision of the templates that this version makes. */
  readonly revision: string;
  /** Of the turns: Ready again with that template, or gone. */
  readonly ended: readonly ServerName[];
  /** Whose turn may come next, in order. */
  readonly next: readonly ServerName[];
  /** How many have a template of another revision, without turns and those that had one. */
  readonly left: number;
  /** Where could not be looked, and why: "namespace: sentence". */
  readonly unseen?: readonly string[];
}

export interface AdmitInput extends Installation {
  readonly server: ServerName;
  readonly revision: string;
}

export interface RolloutActivities {
  surveyTemplates(input: SurveyInput): Promise<Survey>;
  /** false: there is nothing to admit any more, or it may not be written. */
  admitTemplate(input: AdmitInput): Promise<boolean>;
  /** Takes the admission back from one that has not taken the template yet. */
  withdrawTemplate(input: AdmitInput): Promise<void>;
}

/** What a rollout has come to; the answer to the query `state`, and its result. */
export interface RolloutState extends Progress {
  readonly revision: string;
  readonly left: number;
  /** As the last survey told. */
  readonly unseen: readonly string[];
}

// What activities are given from outside; no activity reaches for a client of its own, so that tests hand in what they need.
import type { Target, Verdict } from '../src/api/verdict.ts';
import type { DittoFs, Sessions } from '../src/dittofs/index.ts';
import type { TryLogin } from '../src/postgres/index.ts';
import type { Kube, Recorder } from '../src/kube/index.ts';
import type { Settings } from '../src/requirements/settings.ts';
import type { Slots } from './slots.ts';

/** The part of the program's logger that activities use. */
export interface Log {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface Deps {
  readonly kube: Kube;
  readonly record: Recorder;
  /** The installation that this process serves; tasks of any other are refused. */
  readonly self: Pick<Target, 'cluster' | 'installation'>;
  readonly settings: Settings;
  /** The last part of the name of every Service, e.g. cluster.local. */
  readonly clusterDomain: string;
  readonly dittofs: DittoFs;
  readonly sessions: Sessions;
  readonly tryLogin: TryLogin;
  /** For steps that talk to servers and databases. */
  readonly slots: Slots;
  readonly now: () => number;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Whether the search attributes are registered. */
  readonly decorated: () => boolean;
  /** After so long without a sign of life of a worker, a step is given to another one. Default DEFAULT_WORKER_TIMEOUT_MS. */
  readonly workerTimeoutMs?: number;
  /** Told that an activity begins; `saw` tells its end. */
  readonly begins?: (target: Target) => void;
  /** Told what a verdict rests on (uid → resourceVersion) that Temporal cannot have given up waiting for. */
  readonly saw?: (target: Target, seen: Verdict['seen']) => void;
  readonly log: Log;
}

/** One activity at work: whom it serves and until when. */
export interface Call {
  readonly deps: Deps;
  readonly target: Target;
  readonly signal: AbortSignal;
}

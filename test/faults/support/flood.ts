// Raw signals to one workflow, as many as Temporal takes: what a watcher without coalescing, or a person with a script, would send.
import { isGrpcServiceError, type WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';

export interface FloodOptions {
  readonly count: number;
  /** As fast as it goes if absent. */
  readonly perSecond?: number;
  /** Sends what was refused again until it is taken, as the watcher does. */
  readonly insist?: true;
  /** Runs once, when half of them have been sent. */
  readonly halfWay?: () => Promise<unknown>;
}

export interface Flood {
  readonly accepted: number;
  readonly refused: number;
  /** What Temporal said to those that it refused, each sentence once. */
  readonly sentences: readonly string[];
  readonly seconds: number;
}

const IN_FLIGHT = 50;
const AGAIN_MS = 100;

const sentenceOf = (error: unknown): string => {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  return isGrpcServiceError(cause) ? cause.details : String(cause);
};

/** Sends signals that each tell of another object, so that each is news. */
export async function flood(workflow: WorkflowHandle, options: FloodOptions): Promise<Flood> {
  const { count, perSecond, insist, halfWay } = options;
  const startedMs = Date.now();
  const sentences = new Set<string>();
  let [begun, accepted, refused] = [0, 0, 0];

  const sendOne = async (i: number): Promise<void> => {
    for (;;) {
      try {
        await workflow.signal('nudge', { objects: [{ uid: `flood-${i}`, version: String(i) }] });
        accepted += 1;
        return;
      } catch (error) {
        refused += 1;
        sentences.add(sentenceOf(error));
        if (!insist) return;
        await delay(AGAIN_MS);
      }
    }
  };
  const sendSome = async (): Promise<void> => {
    for (let i = begun++; i < count; i = begun++) {
      if (perSecond !== undefined) await delay(Math.max(0, startedMs + (i * 1_000) / perSecond - Date.now()));
      if (i === Math.floor(count / 2)) await halfWay?.();
      await sendOne(i);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sendSome));
  return { accepted, refused, sentences: [...sentences], seconds: (Date.now() - startedMs) / 1_000 };
}

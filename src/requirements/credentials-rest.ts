// New credentials are rolled out when they have stopped changing. Two controllers that own the same Secret, one writing the password and
// one the rest, would restart the server with every round of theirs.
import type { CredentialsMemory } from '../api/verdict.ts';
import { valueOf, type Facts } from './facts.ts';

/** How long new credentials must stay as they are: longer than an operator takes to answer a write. */
export const REST_MS = 5_000;
/** A rotation changes them twice: once half written, once whole. So many changes without a rest are a quarrel. */
const QUARREL = 5;

/** Empty while it cannot be known. */
const hashOf = ({ configHash }: Facts): string => (configHash.state === 'computed' ? configHash.hash : '');
const writtenAt = ({ credentials }: Facts): string => valueOf(credentials)?.writtenAt ?? '';

/** When the credentials that the pod has were written: those with which its digest has rested, now or until now. */
function inUseOf(facts: Facts, sinceMs: number): string | undefined {
  const { memory, nowMs, statefulSet } = facts;
  const before = memory.credentials;
  const running = valueOf(statefulSet)?.configHash;
  const hasRested = (seen: CredentialsMemory | undefined, ms: number): boolean => !seen || nowMs - ms >= REST_MS;
  if (running === hashOf(facts) && hasRested(before, sinceMs)) return writtenAt(facts);
  return before && before.hash === running && hasRested(before, before.sinceMs) ? before.writtenAt : before?.inUse;
}

/** What is to be remembered of the credentials as they are seen now; undefined where there are none. */
export function rememberCredentials(facts: Facts): CredentialsMemory | undefined {
  const { memory, nowMs, server } = facts;
  if (server.spec?.percona?.enabled !== true) return undefined;
  const before = memory.credentials;
  const hash = hashOf(facts);
  const isSame = before?.hash === hash;
  const sinceMs = isSame ? before.sinceMs : nowMs;
  const wasRestless = before !== undefined && nowMs - before.sinceMs < REST_MS;
  const changes = isSame ? before.changes : (wasRestless ? before.changes : 0) + 1;
  const inUse = inUseOf(facts, sinceMs);
  return { hash, writtenAt: writtenAt(facts), sinceMs, changes, ...(inUse !== undefined && { inUse }) };
}

/** Whether the credentials were written after those that the pod has; also when nobody knows any more which it has. */
export function areNew(facts: Facts): boolean {
  return facts.credentials.state === 'known' && writtenAt(facts) !== facts.memory.credentials?.inUse;
}

/** Milliseconds for which new credentials must still stay as they are before anything is rolled to them; 0 when they may be. */
export function restLeftMs(facts: Facts): number {
  const seen = facts.memory.credentials;
  return seen && areNew(facts) ? Math.max(0, seen.sinceMs + REST_MS - facts.nowMs) : 0;
}

/** Whether they change so often that somebody must be undoing what somebody else writes. */
export function areUnstable(facts: Facts): boolean {
  const { changes = 0 } = facts.memory.credentials ?? {};
  return changes >= QUARREL && restLeftMs(facts) > 0;
}

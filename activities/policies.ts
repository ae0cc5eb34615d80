// Snapshot policies as the specification asks for them, and which of them the server has otherwise.
import { durationMs, snapshotIntervalMs } from '../src/api/duration.ts';
import type { SnapshotPolicy, WantedPolicy } from '../src/dittofs/index.ts';
import type { RenderableServer } from '../src/manifests/index.ts';

/** As the server names shares: with one slash before them. */
const shareName = (share: string): string => `/${share.replace(/^\/+/, '')}`;

export function wantedPolicies({ spec }: RenderableServer): readonly WantedPolicy[] {
  return (spec.snapshotPolicies ?? []).map(
    ({ share, interval, keepLast = 0, ttl = '', enabled = true, namePrefix = '' }) => ({
      share: shareName(share),
      enabled,
      interval: interval.trim(),
      keepLast,
      ttl,
      namePrefix,
    }),
  );
}

/** The server writes durations in a form of its own, so that they are compared by their length. */
function isSame(wanted: WantedPolicy, live: SnapshotPolicy): boolean {
  return (
    wanted.enabled === live.enabled &&
    wanted.keepLast === live.keepLast &&
    wanted.namePrefix === live.namePrefix &&
    snapshotIntervalMs(wanted.interval) === snapshotIntervalMs(live.interval) &&
    (durationMs(wanted.ttl) ?? 0) === (durationMs(live.ttl) ?? 0)
  );
}

export function differingPolicies(
  wanted: readonly WantedPolicy[],
  live: readonly SnapshotPolicy[],
): readonly WantedPolicy[] {
  return wanted.filter((policy) => {
    const found = live.find(({ share }) => share === policy.share);
    return !found || !isSame(policy, found);
  });
}

// Whether what the specification asks of the server's own API makes sense: the prober's pace, and snapshot policies as DittoFS 0.29.0
// takes them.
import { durationMs, pollingIntervalMs, snapshotIntervalMs } from '../api/duration.ts';
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';

type Policy = NonNullable<DittoServerSpec['snapshotPolicies']>[number];

const PREFIX = /^[A-Za-z0-9_-]{0,64}$/;

function policyFault({ share, interval, keepLast = 0, ttl = '', namePrefix = '' }: Policy): string | undefined {
  if (share.replaceAll('/', '') === '') return 'share is empty: name a share, e.g. /export';
  if (snapshotIntervalMs(interval) === undefined)
    return `interval "${interval}" is none: use a duration such as 6h or 1h30m, or @hourly, @daily or @weekly`;
  if (ttl !== '' && durationMs(ttl) === undefined) return `ttl "${ttl}" is no duration: use e.g. 168h`;
  if (keepLast < 0) return 'keepLast is below zero: use 0 for no limit';
  return PREFIX.test(namePrefix)
    ? undefined
    : 'namePrefix may hold at most 64 letters, digits, "_" and "-": use another one';
}

/** The first fault, as a sentence that names field and mend. */
export function serverApiFault({ adapterDiscovery, snapshotPolicies = [] }: DittoServerSpec): string | undefined {
  const interval = adapterDiscovery?.pollingInterval;
  if (pollingIntervalMs(interval) === undefined) {
    return `spec.adapterDiscovery.pollingInterval "${interval ?? ''}" is not possible: use a duration from 1s to 24h, e.g. 30s`;
  }
  const faults = snapshotPolicies.map((policy, i) => [i, policyFault(policy)] as const);
  const first = faults.find(([, fault]) => fault !== undefined);
  if (first) return `spec.snapshotPolicies[${first[0]}].${first[1] ?? ''}`;
  const shares = snapshotPolicies.map(({ share }) => share.replace(/^\/+/, ''));
  const twice = shares.find((share, i) => shares.indexOf(share) !== i);
  return twice === undefined
    ? undefined
    : `spec.snapshotPolicies has two entries for share "/${twice}": remove one of them`;
}

// Fields of the custom resource that this version does not serve: refused with their path, never silently ignored.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';

type Check = readonly [path: string, isUsed: (spec: DittoServerSpec) => boolean];

const checks: readonly Check[] = [
  ['spec.percona.deletionPolicy: DeleteWithData', (spec) => spec.percona?.deletionPolicy === 'DeleteWithData'],
];

/** The paths of all fields in use that this version does not serve. */
export function notSupportedYet(spec: DittoServerSpec): readonly string[] {
  return checks.filter(([, isUsed]) => isUsed(spec)).map(([path]) => path);
}

// Fields of the custom resource that this version does not serve: refused with their path, never silently ignored.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';

type Check = readonly [path: string, isUsed: (spec: DittoServerSpec) => boolean];

const checks: readonly Check[] = [
  ['spec.database.postgresSecretRef', (spec) => Boolean(spec.database?.postgresSecretRef?.name)],
  ['spec.controlPlane.tls', (spec) => spec.controlPlane?.tls === true],
  ['spec.controlPlane.certSecretName', (spec) => Boolean(spec.controlPlane?.certSecretName)],
  ['spec.controlPlane.clientCASecretName', (spec) => Boolean(spec.controlPlane?.clientCASecretName)],
  ['spec.identity.ldap.enabled', (spec) => spec.identity?.ldap?.enabled === true],
  ['spec.identity.kerberos.enabled', (spec) => spec.identity?.kerberos?.enabled === true],
  ['spec.metrics.enabled', (spec) => spec.metrics?.enabled === true],
  ['spec.snapshotPolicies', (spec) => (spec.snapshotPolicies ?? []).length > 0],
  ['spec.adapterServices', (spec) => spec.adapterServices !== undefined],
  ['spec.adapterDiscovery', (spec) => spec.adapterDiscovery !== undefined],
  ['spec.database.type: postgres', (spec) => spec.database?.type === 'postgres' && spec.percona?.enabled !== true],
  ['spec.percona.sslMode: verify-full', (spec) => spec.percona?.sslMode === 'verify-full'],
  ['spec.percona.deletionPolicy: DeleteWithData', (spec) => spec.percona?.deletionPolicy === 'DeleteWithData'],
];

/** The paths of all fields in use that this version does not serve. */
export function notSupportedYet(spec: DittoServerSpec): readonly string[] {
  return checks.filter(([, isUsed]) => isUsed(spec)).map(([path]) => path);
}

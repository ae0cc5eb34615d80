// From a DittoServer to the objects that it wants: pure rendering, one file per child. The same DittoServer gives the same bytes,
// whatever the order of its maps and lists. What may be rendered is judged in src/requirements.
export { adapterNetworkPolicy, adapterService } from './adapter-children.ts';
export { backupSecretName, perconaHash, postgresCluster } from './postgres-cluster.ts';
export { configHash, podInputs } from './config-hash.ts';
export { configMap, type ConfigMap } from './config-map.ts';
export { adminSecret, jwtSecret, type RandomBytes, type Secret } from './generated-secrets.ts';
export type { Manifest } from './manifest.ts';
export { baselineNetworkPolicy, type NetworkPolicy } from './network-policy.ts';
export { operatorSecret } from './operator-secret.ts';
export { controllerReference } from './owner.ts';
export {
  formatOperatorVersion,
  isSupportedOperator,
  parseOperatorVersion,
  perconaImages,
  SUPPORTED_OPERATORS,
} from './percona-images.ts';
export { secretRefs, secretValueName, type SecretPurpose, type SecretRef } from './secret-refs.ts';
export { isRenderable, type RenderableServer } from './server.ts';
export { serviceMonitor, type ServiceMonitor } from './service-monitor.ts';
export { apiService, headlessService, metricsService, type Service } from './services.ts';
export { settings, type Settings } from './settings.ts';
export { statefulSet, TEMPLATE_REVISION, type StatefulSet } from './stateful-set.ts';
export { WAIT_FOR_POSTGRES_SCRIPT, WAIT_FOR_POSTGRES_SECONDS } from './wait-for-postgres.ts';

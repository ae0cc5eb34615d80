// After all cluster tests: stops the shared clusters.
import { stopSharedClusters } from '../kit/shared-cluster.ts';

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default async function teardown(): Promise<void> {
  await stopSharedClusters();
}

// The one cluster of a jest run: started by globalSetup, stopped by globalTeardown, attached to by test files.
import { clusterFile, clusterFileVariable, type ClusterOptions, type OwnedCluster, startCluster } from './cluster.ts';

// jest loads setup and teardown as separate modules of one process.
const holder = globalThis as { kitSharedCluster?: OwnedCluster };

/** For globalSetup: starts the cluster and tells test processes where it is. */
export async function startSharedCluster(options: ClusterOptions = {}): Promise<void> {
  const cluster = await startCluster({ name: 'shared', ...options });
  holder.kitSharedCluster = cluster;
  process.env[clusterFileVariable] = clusterFile(cluster.description);
}

/** For globalTeardown. */
export async function stopSharedCluster(): Promise<void> {
  const cluster = holder.kitSharedCluster;
  if (!cluster) return;
  delete holder.kitSharedCluster;
  await cluster.stop();
}

// The clusters of a jest run, one for each worker that may stop a part of it: started by globalSetup, stopped by globalTeardown, attached
// to by test files.
import { delimiter } from 'node:path';
import { clusterFile, clusterFileVariable, type ClusterOptions, type OwnedCluster, startCluster } from './cluster.ts';

// jest loads setup and teardown as separate modules of one process.
const holder = globalThis as { kitSharedClusters?: readonly OwnedCluster[] };

/** For globalSetup: starts `count` clusters and tells test processes where they are. */
export async function startSharedClusters(count: number, options: ClusterOptions = {}): Promise<void> {
  const starting = Array.from({ length: count }, () => startCluster({ name: 'shared', ...options }));
  const started = await Promise.allSettled(starting);
  holder.kitSharedClusters = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const clusters = await Promise.all(starting).catch(async (error: unknown) => {
    await stopSharedClusters();
    throw error;
  });
  process.env[clusterFileVariable] = clusters.map(({ description }) => clusterFile(description)).join(delimiter);
}

/** For globalTeardown. */
export async function stopSharedClusters(): Promise<void> {
  const clusters = holder.kitSharedClusters ?? [];
  delete holder.kitSharedClusters;
  const stopped = await Promise.allSettled(clusters.map((cluster) => cluster.stop()));
  for (const one of stopped) if (one.status === 'rejected') throw one.reason;
}

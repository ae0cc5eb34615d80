// Records every version of the objects of a kind, so that a test can tell what was there in between.
import { createInterface } from 'node:readline';
import { apiPath, type KindRef } from '../../kit/admin.ts';
import type { Cluster } from '../../kit/cluster.ts';
import type { KubeObject } from '../../kit/kubernetes-types.ts';

export interface Version<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

export interface Recording<T> {
  /** In the order in which they were stored, which `metadata.resourceVersion` (a revision of the whole store) tells as well. */
  all(): readonly Version<T>[];
  versions(name: string): readonly Version<T>[];
  stop(): void;
}

/** Returns when everything that is stored from now on will be recorded. */
export async function record<T extends KubeObject>({ admin }: Cluster, kind: KindRef): Promise<Recording<T>> {
  const path = apiPath(kind);
  const { metadata } = (await admin.request('GET', path)) as { metadata: { resourceVersion: string } };
  const query = new URLSearchParams({ watch: 'true', resourceVersion: metadata.resourceVersion });
  const end = new AbortController();
  const stream = await admin.open(`${path}?${query.toString()}`, end.signal);
  const seen: Version<T>[] = [];
  const lines = createInterface({ input: stream });
  lines.on('line', (line) => void seen.push(JSON.parse(line) as Version<T>));
  // It ends by being aborted.
  for (const emitter of [stream, lines]) emitter.on('error', () => undefined);
  return {
    all: () => seen,
    versions: (name) => seen.filter(({ object }) => object.metadata.name === name),
    stop: () => end.abort(),
  };
}

/** The values in the order of their first appearance. */
export function distinct<T>(values: readonly (T | undefined)[]): readonly T[] {
  return [...new Set(values)].filter((value) => value !== undefined);
}

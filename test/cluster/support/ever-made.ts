// Everything that was ever made in a namespace, by watching: how often each object was, also one that went again, and every content that the
// Secrets which we generate have ever had.
import { PERCONA_PG_CLUSTER } from '../../../src/api/names.ts';
import type { Cluster } from '../../kit/cluster.ts';
import type { KubeObject } from '../../kit/kubernetes-types.ts';
import { distinct, record, type Recording } from './recording.ts';
import type { Subject } from './subject.ts';

const KINDS = {
  Secret: { apiVersion: 'v1', kind: 'Secret' },
  Service: { apiVersion: 'v1', kind: 'Service' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  Pod: { apiVersion: 'v1', kind: 'Pod' },
  StatefulSet: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  ControllerRevision: { apiVersion: 'apps/v1', kind: 'ControllerRevision' },
  PerconaPGCluster: PERCONA_PG_CLUSTER,
} as const;
type Kind = keyof typeof KINDS;

/** A revision is named by a number of 32 bits, whose digits Kubernetes writes with these letters: seldom short, but never bound to a length. */
const REVISION = /^(ControllerRevision .*)-[4-9bcdf]{1,10}$/;

type Recorded = KubeObject & { readonly data?: unknown };

export interface EverMade {
  /** What was made for a DittoServer, each as often as it was made, without the random parts of names. */
  made(server: Subject): readonly string[];
  /** The same without what Percona's operator makes, which takes its own time. */
  madeByUs(server: Subject): readonly string[];
  /** How many contents each of the Secrets which we generate has ever had. */
  contents(server: Subject): readonly number[];
  stop(): void;
}

/** Begins to watch; what is there already does not count. */
export async function everMade(cluster: Cluster, namespace: string): Promise<EverMade> {
  const recordings = new Map<Kind, Recording<Recorded>>();
  for (const [kind, ref] of Object.entries(KINDS) as [Kind, (typeof KINDS)[Kind]][])
    recordings.set(kind, await record<Recorded>(cluster, { ...ref, namespace }));

  const made = (server: Subject, counts: (kind: Kind, name: string) => boolean): readonly string[] => {
    const lines = [...recordings].flatMap(([kind, recording]) =>
      recording
        .all()
        .filter(
          ({ type, object: { metadata } }) =>
            type === 'ADDED' && server.owns(metadata.name) && counts(kind, metadata.name),
        )
        .map(({ object }) => `${kind} ${object.metadata.name.replace(server.name, '<name>')}`),
    );
    return lines
      .map((line) => line.replace(/instance1-[a-z0-9]{4}/, 'instance1-xxxx').replace(REVISION, '$1-hash'))
      .sort();
  };
  return {
    made: (server) => made(server, () => true),
    madeByUs: (server) => made(server, (_, name) => !name.startsWith(`${server.names.postgresCluster}-`)),
    contents: ({ names }) =>
      [names.jwtSecret, names.adminSecret, names.operatorSecret].map((name) => {
        const versions = recordings.get('Secret')?.versions(name) ?? [];
        return distinct(versions.map(({ object }) => JSON.stringify(object.data))).length;
      }),
    stop() {
      for (const recording of recordings.values()) recording.stop();
    },
  };
}

// A PerconaPGCluster that operator 2.9.0 accepts and brings to `ready`: for trying the kit itself, without the product.
import type { KubeObject } from './kubernetes-types.ts';

export interface PgCluster extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly state?: string };
}

/** Out of a cluster all images must be named, also that of backups which are off. */
export function examplePgCluster(namespace: string, name: string): PgCluster {
  const volume = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  return {
    apiVersion: 'pgv2.percona.com/v2',
    kind: 'PerconaPGCluster',
    metadata: { namespace, name },
    spec: {
      crVersion: '2.9.0',
      postgresVersion: 16,
      image: 'percona/percona-distribution-postgresql:16',
      initContainer: { image: 'percona/percona-postgresql-operator:2.9.0' },
      instances: [{ name: 'instance1', replicas: 1, dataVolumeClaimSpec: volume }],
      users: [{ name: 'dittofs', databases: ['dittofs'], password: { type: 'AlphaNumeric' } }],
      backups: { enabled: false, pgbackrest: { image: 'percona/percona-pgbackrest:2' } },
    },
  };
}

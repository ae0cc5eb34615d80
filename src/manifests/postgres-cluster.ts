// The PerconaPGCluster "<name>-postgres": the server's own PostgreSQL. Created once, then changed only when the DittoServer's
// spec.percona changes: what users change on the cluster itself stays (design: create, then only on our own change).
import { ANNOTATIONS, BACKUP_REPOSITORY, INSTANCE_SET, PERCONA_PG_CLUSTER, POSTGRES_USER } from '../api/names.ts';
import { deletionPolicy } from '../api/deletion-policy.ts';
import type { ObjectMeta } from '../api/kubernetes.ts';
import type {
  PerconaBackups,
  PerconaInstanceSet,
  PerconaOperatorVersion,
  PerconaPGCluster,
  PerconaRepository,
} from '../api/percona.ts';
import { canonical } from './canonical.ts';
import { digest } from './digest.ts';
import { controllerReference, outlivingMeta } from './owner.ts';
import { formatOperatorVersion, perconaImages } from './percona-images.ts';
import { resources } from './resources.ts';
import type { RenderableServer } from './server.ts';
import { perconaSettings, settings, type PerconaSettings } from './settings.ts';

/**
 * The cluster for a DittoServer with spec.percona.
 *
 * @param operator decides `crVersion` and the images: the installed operator when the cluster is made, the live cluster's own
 *   `crVersion` when it is changed, so that a change by the user never brings an upgrade with it
 * @throws Error if the images are not known (perconaImages says which are missing) or Percona is off
 */
export function postgresCluster(server: RenderableServer, operator: PerconaOperatorVersion): PerconaPGCluster {
  const percona = perconaOf(server);
  const found = perconaImages(percona, operator);
  if ('missing' in found) throw new Error(`images are not known: ${found.missing.join(', ')}`);
  const { images } = found;
  return {
    ...PERCONA_PG_CLUSTER,
    metadata: clusterMeta(server),
    spec: {
      crVersion: formatOperatorVersion(operator),
      image: images.postgres,
      postgresVersion: percona.postgresVersion,
      // An operator that runs outside the cluster cannot find out its own image, and then makes nothing (2.9.0).
      initContainer: { image: images.initContainer },
      instances: [instanceSet(percona)],
      users: [{ name: POSTGRES_USER, databases: [percona.databaseName], password: { type: 'AlphaNumeric' } }],
      backups: backups(server, percona, images.pgbackrest),
    },
  };
}

/**
 * Digest of what of spec.percona reaches the cluster, with defaults filled in; kept on the cluster to tell whether the user's
 * wishes have changed since. Our own tables are not in it: a new version of ours changes no cluster.
 */
export function perconaHash(server: RenderableServer): string {
  const { replicas, postgresVersion, storageSize, storageClassName, databaseName, images, backup, ...rest } =
    perconaOf(server);
  const inputs = { replicas, postgresVersion, storageSize, storageClassName, databaseName, images, backup };
  const all = { ...inputs, resources: resources(rest.resources) };
  return digest(new Map([['percona', JSON.stringify(canonical(all))]]));
}

/** The Secret with the credentials for backups, when there are to be backups and it is named. */
export function backupSecretName(server: RenderableServer): string | undefined {
  return settings(server).percona?.backup?.credentialsSecretRef?.name || undefined;
}

function perconaOf({ spec }: RenderableServer): PerconaSettings {
  if (spec.percona?.enabled !== true) throw new Error('spec.percona.enabled is not true');
  return perconaSettings(spec.percona);
}

/** With Retain there is no owner reference, so that no way of deletion can reach the cluster. */
function clusterMeta(server: RenderableServer): ObjectMeta {
  const { names } = settings(server);
  return {
    ...outlivingMeta(server, names.postgresCluster),
    annotations: { [ANNOTATIONS.perconaHash]: perconaHash(server) },
    ...(deletionPolicy(server.spec) === 'Delete' && { ownerReferences: [controllerReference(server)] }),
  };
}

function instanceSet(percona: PerconaSettings): PerconaInstanceSet {
  const { replicas, storageSize, storageClassName } = percona;
  const wanted = resources(percona.resources);
  return {
    name: INSTANCE_SET,
    replicas,
    ...(wanted && { resources: wanted }),
    dataVolumeClaimSpec: {
      accessModes: ['ReadWriteOnce'],
      ...(storageClassName !== undefined && { storageClassName }),
      resources: { requests: { storage: storageSize } },
    },
  };
}

function backups(server: RenderableServer, { backup }: PerconaSettings, image: string): PerconaBackups {
  // Said explicitly: the operator takes an absent `enabled` as true, and then wants a repository.
  if (!backup) return { enabled: false, pgbackrest: { image } };
  const secretName = backupSecretName(server);
  return {
    enabled: true,
    pgbackrest: {
      image,
      ...(secretName !== undefined && { configuration: [{ secret: { name: secretName } }] }),
      global: {
        [`${BACKUP_REPOSITORY}-path`]: repositoryPath(server),
        // pgBackRest keeps everything for ever unless it is told.
        [`${BACKUP_REPOSITORY}-retention-full`]: String(backup.retentionDays),
        [`${BACKUP_REPOSITORY}-retention-full-type`]: 'time',
        [`${BACKUP_REPOSITORY}-s3-uri-style`]: backup.uriStyle,
        [`${BACKUP_REPOSITORY}-storage-verify-tls`]: 'y',
      },
      repos: [repository(backup)],
    },
  };
}

/** A path belongs to one life of one DittoServer: two databases in one repository would spoil each other's backups. */
function repositoryPath({ metadata }: RenderableServer): string {
  const { namespace, uid, name } = metadata;
  return `/pgbackrest/${namespace}/${uid}/${name}/${BACKUP_REPOSITORY}`;
}

function repository(backup: NonNullable<PerconaSettings['backup']>): PerconaRepository {
  const { bucket, endpoint, region, fullSchedule, incrSchedule } = backup;
  return {
    name: BACKUP_REPOSITORY,
    s3: { bucket, endpoint, region },
    schedules: { full: fullSchedule, incremental: incrSchedule },
  };
}

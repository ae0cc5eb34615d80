// The PostgreSQL server for the `database` container of a pod that the Percona operator (2.9.0) made. In the image, Patroni makes and
// starts the server; here it is initdb and postgres, with the same volumes, the operator's own certificate, and its host
// rule: only TLS, only SCRAM. Standbys are declared only.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Pod } from '../kubernetes-types.ts';
import { postgresPaths } from '../tools/postgres.ts';
import type { Program } from './images.ts';

/** Where the server listens for the superuser. */
export const SOCKET_FOLDER = '/tmp/postgres';

const CLUSTER_LABEL = 'postgres-operator.crunchydata.com/cluster';
const DATA_LABEL = 'postgres-operator.crunchydata.com/data';

/** The PerconaPGCluster whose PostgreSQL a pod is to run. */
export function isPerconaInstance({ metadata }: Pod): boolean {
  return metadata.labels?.[CLUSTER_LABEL] !== undefined && metadata.labels[DATA_LABEL] === 'postgres';
}

/** Names a cluster among all namespaces. */
export function clusterKey({ metadata }: Pick<Pod, 'metadata'>): string {
  return `${metadata.namespace}/${metadata.labels?.[CLUSTER_LABEL]}`;
}

/** The major version of the server that this machine has; the data folder is named after it. */
export function postgresMajor(): string {
  const version = execFileSync(join(postgresPaths().binFolder, 'postgres'), ['--version'], { encoding: 'utf8' });
  return /\d+/.exec(version)?.[0] ?? 'unknown';
}

const script = `set -eu
umask 077
# The operator's liveness check sees to this in the image.
rm -f "$PGDATA/postmaster.pid"
if [ ! -f "$PGDATA/PG_VERSION" ]; then
  rm -rf "$PGDATA"
  initdb -D "$PGDATA" --no-sync --encoding=UTF8 --locale=C --username=postgres --auth=peer >/dev/null
fi
printf '%s\\n' 'local all postgres peer' 'hostssl all all all scram-sha-256' >"$PGDATA/pg_hba.conf"
mkdir -p ${SOCKET_FOLDER}
exec postgres -D "$PGDATA" -c 'listen_addresses=*' -c "port=$PGPORT" -c unix_socket_directories=${SOCKET_FOLDER} \\
  -c password_encryption=scram-sha-256 -c fsync=off -c ssl=on \\
  -c ssl_cert_file=/pgconf/tls/tls.crt -c ssl_key_file=/pgconf/tls/tls.key
`;

/** What the container runs in place of Patroni. Its readiness is that of the server's port, asked often, as nothing else waits for it. */
export function databaseProgram(): Pick<Program, 'stopSignal' | 'instead'> {
  const port = { tcpSocket: { port: 'postgres' }, timeoutSeconds: 1, failureThreshold: 3 };
  return {
    // "Fast": open connections are cut, the data are left in order.
    stopSignal: 'SIGINT',
    instead: {
      command: ['/bin/sh', '-c', script],
      args: [],
      env: [
        { name: 'PGDATA', value: `/pgdata/stand-in-pg${postgresMajor()}` },
        { name: 'PGPORT', value: '5432' },
        { name: 'LC_ALL', value: 'C' },
      ],
      envFrom: [],
      livenessProbe: { ...port, periodSeconds: 10 },
      readinessProbe: { ...port, periodSeconds: 0.2 },
    },
  };
}

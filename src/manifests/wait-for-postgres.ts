// The init container that holds the server back until PostgreSQL accepts its login: the server itself tries once and exits.
import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import { CONTAINERS } from '../api/names.ts';
import { fromSecret } from './environment.ts';
import type { Json } from './manifest.ts';
import { OLDEST_RELEASE } from './percona-images.ts';
import { initSecurityContext } from './security-context.ts';
import { DEFAULTS, EXTERNAL_SSL_MODE, type Settings } from './settings.ts';
import { MOUNTED_FILES, waitVolumeMounts } from './volumes.ts';

/** How long one start of the init container waits, by the clock. */
export const WAIT_FOR_POSTGRES_SECONDS = 300;

/**
 * Waits for a real login over TLS, and for the right to create tables: the operator makes role, database and schema one after the
 * other, after the Secret. Needs sh, psql, date, sleep, timeout and tr. The last answer becomes the container's termination
 * message, so that it can be told from the pod's status. An attempt is bounded from outside too, since a server that accepts a
 * connection and then is silent escapes PGCONNECT_TIMEOUT.
 */
export const WAIT_FOR_POSTGRES_SCRIPT = `# Waits until PostgreSQL accepts the login of $PGUSER on $PGDATABASE; exit 1 after $WAIT_SECONDS.
export PGSSLMODE="\${PGSSLMODE:-${EXTERNAL_SSL_MODE}}"
# A server that is to be checked without a CA of its own is checked against those that everybody knows, as DittoFS does.
[ "$PGSSLMODE" != verify-full ] || export PGSSLROOTCERT="\${PGSSLROOTCERT:-system}"
export PGCONNECT_TIMEOUT=5 PGAPPNAME=${CONTAINERS.waitForPostgres} PGOPTIONS='-c statement_timeout=5s' LC_ALL=C
trap 'echo "stopped"; exit 143' TERM INT

ready="select case
  when pg_is_in_recovery() then 'the server is in recovery'
  when current_schema() is null then 'user ' || current_user || ' has no schema yet'
  when not has_schema_privilege(current_schema(), 'CREATE') then
    'user ' || current_user || ' may not create tables in schema ' || current_schema()
  else 'ready' end"

started=$(date +%s)
attempts=0
told=
echo "waiting for PostgreSQL at $PGHOST:\${PGPORT:-5432}, at most $WAIT_SECONDS s"
while :; do
  attempts=$((attempts + 1))
  answer=$(timeout 8 psql -XAtqw -c "$ready" 2>&1) || answer=\${answer:-no answer within 8 s}
  answer=$(printf %s "$answer" | tr '\\n' ' ')
  waited=$(($(date +%s) - started))
  if [ "$answer" = ready ]; then
    echo "PostgreSQL is ready after $waited s and $attempts attempts"
    exit 0
  fi
  if [ "$answer" != "$told" ]; then
    echo "after $waited s: $answer"
    told=$answer
  fi
  [ "$waited" -ge "$WAIT_SECONDS" ] && break
  sleep 2 >/dev/null 2>&1 &
  wait $!
done
echo "gave up after $waited s and $attempts attempts" >&2
# Status tells it: it must not change with each start that fails for the same reason.
message="gave up: $answer"
echo "$message" >&2
if [ -w "\${TERMINATION_LOG:=/dev/termination-log}" ]; then printf %s "$message" >"$TERMINATION_LOG"; fi
exit 1
`;

/** None where the server has no PostgreSQL, or the user leaves it out. */
export function waitForPostgres(set: Settings): readonly Json<V1Container>[] {
  const login = loginOf(set);
  if (!login || !set.waitForPostgres.enabled) return [];
  const volumeMounts = waitVolumeMounts(set);
  return [
    {
      name: CONTAINERS.waitForPostgres,
      image: imageOf(set),
      command: ['/bin/sh', '-c', WAIT_FOR_POSTGRES_SCRIPT],
      env: [...login, { name: 'WAIT_SECONDS', value: String(WAIT_FOR_POSTGRES_SECONDS) }],
      // Small and explicit: a namespace with a quota refuses containers that say nothing.
      resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '250m', memory: '64Mi' } },
      securityContext: initSecurityContext(set.podSecurityContext),
      terminationMessagePolicy: 'FallbackToLogsOnError',
      ...(volumeMounts.length > 0 && { volumeMounts }),
    },
  ];
}

/** libpq's variables, with the values that the server gets. */
function loginOf({ percona, names, externalPostgres }: Settings): readonly Json<V1EnvVar>[] | undefined {
  if (percona) {
    const secret = names.postgresUserSecret;
    const verify = percona.sslMode === 'verify-full';
    return [
      fromSecret('PGHOST', secret, 'host'),
      fromSecret('PGPORT', secret, 'port'),
      fromSecret('PGUSER', secret, 'user'),
      fromSecret('PGPASSWORD', secret, 'password'),
      fromSecret('PGDATABASE', secret, 'dbname'),
      { name: 'PGSSLMODE', value: percona.sslMode },
      ...(verify ? [{ name: 'PGSSLROOTCERT', value: MOUNTED_FILES.postgresCa }] : []),
    ];
  }
  if (externalPostgres === undefined) return undefined;
  return [
    fromSecret('PGHOST', externalPostgres, 'host'),
    fromSecret('PGPORT', externalPostgres, 'port', true),
    fromSecret('PGUSER', externalPostgres, 'user'),
    fromSecret('PGPASSWORD', externalPostgres, 'password'),
    fromSecret('PGDATABASE', externalPostgres, 'database'),
    fromSecret('PGSSLMODE', externalPostgres, 'sslmode', true),
  ];
}

function imageOf({ waitForPostgres: { image }, percona }: Settings): string {
  return image ?? percona?.images.postgres ?? waitImage(percona?.postgresVersion ?? DEFAULTS.percona.postgresVersion);
}

/**
 * The PostgreSQL image of the oldest supported operator, whichever is installed: an upgrade of the operator must not change the
 * pod. psql of any major talks to any server; the table's newest image serves a major that the table does not have.
 */
function waitImage(postgresVersion: number): string {
  const tags = OLDEST_RELEASE.postgres;
  const tag = tags[postgresVersion] ?? Object.values(tags).at(-1) ?? '';
  return `docker.io/percona/percona-distribution-postgresql:${tag}`;
}

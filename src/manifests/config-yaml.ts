// config.yaml, the server's configuration file. Values that are secret reach the server through its environment, which overrides the
// file, or as mounted files (DittoFS 0.29.0, prefix DITTOFS_).
import { stringify } from 'yaml';
import { kerberosConfig, ldapConfig } from './identity-config.ts';
import { MOUNTED_FILES, MOUNT_PATHS } from './volumes.ts';
import { EXTERNAL_SSL_MODE, settings, type Settings } from './settings.ts';
import type { RenderableServer } from './server.ts';

/** What the server is given to shut down, as the grace period of its pod assumes. */
const SHUTDOWN_TIMEOUT = '30s';
/** The server knows no other name for its first administrator. */
export const ADMIN_NAME = 'admin';
/** In the pod everything listens on all addresses; who may connect is a matter of Services and NetworkPolicies. */
const ANY_ADDRESS = '0.0.0.0';

/** The text of config.yaml; for a DittoServer without PostgreSQL byte for byte what the Go operator wrote. */
export function configYaml(server: RenderableServer): string {
  const set = settings(server);
  const { level, format, output } = set.logging;
  const config = {
    logging: { level, format, output },
    shutdown_timeout: SHUTDOWN_TIMEOUT,
    database: database(set),
    controlplane: controlPlane(set),
    admin: { username: ADMIN_NAME },
    ...(set.metrics && { metrics: metrics(set.metrics) }),
    ...(set.ldap && { ldap: ldapConfig(set.ldap) }),
    ...(set.kerberos && { kerberos: kerberosConfig(set.kerberos) }),
    // Without it newer servers keep the journal, the only copy of writes not yet stored, on the pod's own disk; 0.29.0 ignores it.
    ...(set.storage.contentSize !== undefined && { blockstore: { journal: { path: MOUNT_PATHS.content } } }),
  };
  return stringify(config, { indent: 4, lineWidth: 0 });
}

/** How an external PostgreSQL is reached stands in its Secret, which may leave sslmode to us: the server's own default is none. */
function database({ percona, externalPostgres, sqlite }: Settings): object {
  if (percona) return { type: 'postgres' };
  if (externalPostgres !== undefined) return { type: 'postgres', postgres: { sslmode: EXTERNAL_SSL_MODE } };
  return { type: 'sqlite', sqlite: { path: sqlite.path } };
}

function controlPlane({ controlPlane: { port }, jwt, tls }: Settings): object {
  return {
    host: ANY_ADDRESS,
    port,
    jwt: { access_token_duration: jwt.accessTokenDuration, refresh_token_duration: jwt.refreshTokenDuration },
    ...(tls && {
      tls: {
        cert_file: MOUNTED_FILES.tlsCert,
        key_file: MOUNTED_FILES.tlsKey,
        ...(tls.clientCaSecret !== undefined && { client_ca: MOUNTED_FILES.clientCa }),
      },
    }),
  };
}

function metrics({ port, path, token }: NonNullable<Settings['metrics']>): object {
  return {
    enabled: true,
    host: ANY_ADDRESS,
    port,
    path,
    ...(token ? { auth: 'token', token_file: MOUNTED_FILES.metricsToken } : { auth: 'none' }),
  };
}

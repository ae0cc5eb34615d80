// config.yaml, the server's configuration file: logging, database, API and first administrator. Values that are secret reach
// the server through its environment, which overrides the file (DittoFS 0.29.0, prefix DITTOFS_).
import { stringify } from 'yaml';
import { MOUNT_PATHS } from './volumes.ts';
import { settings, type Settings } from './settings.ts';
import type { RenderableServer } from './server.ts';

/** What the server is given to shut down, as the grace period of its pod assumes. */
const SHUTDOWN_TIMEOUT = '30s';

/** The text of config.yaml; for a DittoServer without PostgreSQL byte for byte what the Go operator wrote. */
export function configYaml(server: RenderableServer): string {
  const set = settings(server);
  const { level, format, output } = set.logging;
  const { accessTokenDuration, refreshTokenDuration } = set.jwt;
  const config = {
    logging: { level, format, output },
    shutdown_timeout: SHUTDOWN_TIMEOUT,
    database: database(set),
    controlplane: {
      host: '0.0.0.0',
      port: set.controlPlane.port,
      jwt: { access_token_duration: accessTokenDuration, refresh_token_duration: refreshTokenDuration },
    },
    admin: { username: set.admin.username },
    // Without it the journal, the only copy of writes not yet stored, would lie on the pod's own disk.
    ...(set.storage.contentSize !== undefined && { blockstore: { journal: { path: MOUNT_PATHS.content } } }),
  };
  return stringify(config, { indent: 4, lineWidth: 0 });
}

function database({ percona, sqlite }: Settings): object {
  return percona ? { type: 'postgres' } : { type: 'sqlite', sqlite: { path: sqlite.path } };
}

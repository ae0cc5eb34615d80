// What restarts the pod: one digest over all that it reads, and nothing else. Not the generation, so that an edit which does not
// concern the pod leaves it alone; not what we render from it, so that a new version of ours restarts nothing.
import { canonical } from './canonical.ts';
import { digest } from './digest.ts';
import { resources } from './resources.ts';
import type { RenderableServer } from './server.ts';
import { settings, type Settings } from './settings.ts';

/**
 * The fields of a DittoServer that reach its pod, with defaults filled in. Inputs added by later versions must be absent (undefined)
 * where they are not used: anything else restarts every server there is.
 */
export function podInputs(server: RenderableServer) {
  const set = settings(server);
  return {
    image: set.image,
    terminationGracePeriodSeconds: set.terminationGracePeriodSeconds,
    resources: resources(set.resources),
    securityContext: set.securityContext,
    podSecurityContext: set.podSecurityContext,
    jwtKey: { secretName: set.jwtKey.secretName, key: set.jwtKey.key },
    adminPassword: { secretName: set.adminPassword.secretName, key: set.adminPassword.key },
    logging: set.logging,
    port: set.controlPlane.port,
    tokens: { access: set.jwt.accessTokenDuration, refresh: set.jwt.refreshTokenDuration },
    adminName: set.admin.username,
    contentVolume: set.storage.contentSize !== undefined,
    database: databaseInputs(set),
  };
}

function databaseInputs({ percona, sqlite, waitForPostgres }: Settings) {
  if (!percona) return { sqlite: sqlite.path };
  const { sslMode, postgresVersion, images } = percona;
  const { enabled, image = images.postgres } = waitForPostgres;
  // Without an image of its own the init container takes one by PostgreSQL's major version.
  const wait = enabled ? { image, postgresVersion: image === undefined ? postgresVersion : undefined } : undefined;
  return { sslMode, wait };
}

/**
 * The digest for the pod template's annotation `dittofs.io/config-hash` and for status.configHash, 64 hex digits.
 *
 * @param secretValues the values of all secretRefs that exist, under secretValueName; one that is not there is left out
 */
export function configHash(server: RenderableServer, secretValues: ReadonlyMap<string, string | Uint8Array>): string {
  const values = new Map<string, string | Uint8Array>(
    [...secretValues].map(([name, value]) => [`secret:${name}`, value]),
  );
  values.set('spec', JSON.stringify(canonical(podInputs(server))));
  return digest(values);
}

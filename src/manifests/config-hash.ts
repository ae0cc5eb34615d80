// What restarts the pod: one digest over all that it reads, and nothing else. Not the generation, so that an edit which does not
// concern the pod leaves it alone; not what we render from it, so that a new version of ours restarts nothing.
import { canonical } from './canonical.ts';
import { ADMIN_NAME } from './config-yaml.ts';
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
    resources: set.resources && (resources(set.resources) ?? 'none'),
    securityContext: set.securityContext,
    podSecurityContext: set.podSecurityContext,
    jwtKey: { secretName: set.jwtKey.secretName, key: set.jwtKey.key },
    adminPassword: { secretName: set.adminPassword.secretName, key: set.adminPassword.key },
    logging: set.logging,
    port: set.controlPlane.port,
    tokens: { access: set.jwt.accessTokenDuration, refresh: set.jwt.refreshTokenDuration },
    adminName: ADMIN_NAME,
    contentVolume: set.storage.contentSize !== undefined,
    database: databaseInputs(set),
    tls: set.tls,
    metrics: metricsInputs(set),
    ldap: set.ldap,
    kerberos: kerberosInputs(set),
  };
}

/** A ServiceMonitor is none of the pod's business. */
function metricsInputs({ metrics }: Settings) {
  return metrics && { port: metrics.port, path: metrics.path, token: metrics.token };
}

/** The first domain controller is asked first, so their order counts. */
function kerberosInputs({ kerberos }: Settings) {
  const account = kerberos?.machineAccount;
  return kerberos && { ...kerberos, machineAccount: account && { ...account, dcAddress: account.dcAddress.join(' ') } };
}

function databaseInputs({ percona, externalPostgres, sqlite, waitForPostgres }: Settings) {
  if (!percona && externalPostgres === undefined) return { sqlite: sqlite.path };
  const { enabled, image = percona?.images.postgres } = waitForPostgres;
  if (!percona) return { external: externalPostgres, wait: enabled ? { image } : undefined };
  const { sslMode, postgresVersion } = percona;
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
